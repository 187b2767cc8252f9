//! The service itself: what everything else needs, and what it has noted.

use super::{NEW, Rule, Table};

/// What goes before everything.
pub const FIRST: &[Table] = &[
    Table {
        name: "hosts",
        select: Some("SELECT name, created, shared_version FROM hosts ORDER BY name"),
        put: "UPDATE hosts SET created = :created, shared_version = :shared_version WHERE name = :name",
        rule: Rule::Installation,
        ..NEW
    },
    Table {
        name: "settings",
        select: Some("SELECT key, value FROM settings ORDER BY key"),
        put: "INSERT OR REPLACE INTO settings (key, value) VALUES (:key, :value)",
        rule: Rule::Installation,
        ..NEW
    },
    Table {
        name: "properties",
        select: Some("SELECT key, value FROM properties ORDER BY key"),
        put: "PUT INTO properties (key, value) VALUES (:key, :value)",
        replace: " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        identity: Some(("properties", &["key"])),
        ..NEW
    },
    Table {
        name: "audit_log",
        select: Some("SELECT id, at, username, summary, details, node FROM audit_log ORDER BY id"),
        put: "INSERT OR REPLACE INTO audit_log (id, at, username, summary, details, node) \
              VALUES (:id, :at, :username, :summary, :details, :node)",
        rule: Rule::Installation,
        ..NEW
    },
];

/// What goes behind everything: rows of others move the counters.
pub const LAST: &[Table] = &[
    Table {
        name: "standing_messages",
        select: Some("SELECT host, kind, \"set\", body FROM standing_messages ORDER BY host, kind"),
        put: "PUT INTO standing_messages (host, kind, \"set\", body) VALUES (:host, :kind, :set, :body)",
        replace: " ON CONFLICT DO UPDATE SET \"set\" = excluded.\"set\", body = excluded.body",
        rule: Rule::Installation,
        ..NEW
    },
    Table {
        name: "service_addresses",
        select: Some("SELECT list, address FROM service_addresses ORDER BY list, address"),
        put: "INSERT OR IGNORE INTO service_addresses (list, address) VALUES (:list, :address)",
        rule: Rule::Installation,
        ..NEW
    },
    Table {
        name: "counters",
        select: Some("SELECT name, value FROM counters ORDER BY name"),
        put: "INSERT OR REPLACE INTO counters (name, value) VALUES (:name, :value)",
        rule: Rule::Installation,
        ..NEW
    },
];
