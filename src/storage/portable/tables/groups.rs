//! Groups.

use super::{GROUPS, NEW, OF_GROUP, Rule, Table};

pub const TABLES: &[Table] = &[
    Table {
        name: GROUPS,
        select: Some(
            "SELECT host, name AS group_name, description, sharing, display_name FROM groups ORDER BY host, id",
        ),
        put: "PUT INTO groups (host, name, description, sharing, display_name) \
              VALUES (:host, :group_name, :description, :sharing, :display_name)",
        replace: " ON CONFLICT (host, name) DO UPDATE SET description = excluded.description, \
                  sharing = excluded.sharing, display_name = excluded.display_name",
        clear: &[
            "DELETE FROM group_members \
             WHERE \"group\" = (SELECT id FROM groups WHERE host = :host AND name = :group_name)",
            "DELETE FROM group_properties \
             WHERE \"group\" = (SELECT id FROM groups WHERE host = :host AND name = :group_name)",
        ],
        identity: OF_GROUP,
        ..NEW
    },
    Table {
        name: "group_members",
        select: Some(
            "SELECT host, name AS group_name, address, admin FROM groups JOIN group_members ON \"group\" = id \
             ORDER BY host, id, address",
        ),
        put: "INSERT OR REPLACE INTO group_members (\"group\", address, admin) \
              SELECT id, :address, :admin FROM groups WHERE host = :host AND name = :group_name",
        rule: Rule::Always,
        belongs_to: OF_GROUP,
        ..NEW
    },
    Table {
        name: "group_properties",
        select: Some(
            "SELECT host, name AS group_name, key, value FROM groups JOIN group_properties ON \"group\" = id \
             ORDER BY host, id, key",
        ),
        put: "INSERT OR REPLACE INTO group_properties (\"group\", key, value) \
              SELECT id, :key, :value FROM groups WHERE host = :host AND name = :group_name",
        rule: Rule::Always,
        belongs_to: OF_GROUP,
        ..NEW
    },
];
