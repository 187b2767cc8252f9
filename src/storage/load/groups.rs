//! Groups that come from elsewhere.

use rusqlite::params;

use crate::domain::Result;
use crate::domain::address::Host;
use crate::domain::group::{Group, GroupContent};
use crate::storage::rows::failure;
use crate::storage::{Transaction, group_records, rosters};

/// Stores a group with everything that is known of it, in the place of the one that has its name.
pub fn put_group(transaction: &mut Transaction<'_>, host: &Host, group: &Group) -> Result<()> {
    let id: i64 = transaction
        .prepare_cached(
            "INSERT INTO groups (host, name, description, sharing, display_name) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (host, name) DO UPDATE SET description = excluded.description, sharing = excluded.sharing, \
             display_name = excluded.display_name RETURNING id",
        )
        .and_then(|mut statement| {
            let sharing = group_records::sharing_number(group.sharing);
            let values = params![
                host.as_str(),
                group.name,
                group.description,
                sharing,
                group.display_name
            ];
            statement.query_row(values, |row| row.get(0))
        })
        .map_err(failure)?;
    for table in ["group_members", "group_properties"] {
        transaction
            .prepare_cached(&format!("DELETE FROM {table} WHERE \"group\" = ?1"))
            .and_then(|mut statement| statement.execute([id]))
            .map_err(failure)?;
    }
    let content = GroupContent {
        name: group.name.clone(),
        description: group.description.clone(),
        sharing: group.sharing,
        members: group.members.clone(),
        admins: group.admins.clone(),
    };
    group_records::insert_members(transaction, id, &content)?;
    for (key, value) in &group.properties {
        transaction
            .prepare_cached("INSERT INTO group_properties (\"group\", key, value) VALUES (?1, ?2, ?3)")
            .and_then(|mut statement| statement.execute(params![id, key, value]))
            .map_err(failure)?;
    }
    rosters::advance_shared(transaction, host)
}
