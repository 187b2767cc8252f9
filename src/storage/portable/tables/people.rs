//! Accounts, and what belongs to them.

use super::{NEW, OF_ACCOUNT, Rule, Table, UPLOADS};

pub const TABLES: &[Table] = &[
    Table {
        name: "accounts",
        select: Some(
            "SELECT host, localpart, name, email, created, modified, administrator FROM accounts ORDER BY host, id",
        ),
        put: "UPDATE accounts SET name = :name, email = :email, created = :created, modified = :modified, \
              administrator = :administrator WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "account_properties",
        select: Some(
            "SELECT host, localpart, key, value FROM accounts JOIN account_properties ON account = id \
             ORDER BY host, id, key",
        ),
        put: "INSERT OR REPLACE INTO account_properties (account, key, value) \
              SELECT id, :key, :value FROM accounts WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: UPLOADS,
        select: Some(
            "SELECT host, localpart, uploads.id AS id, uploads.name AS name, bytes, content_type, \
             uploads.created AS created FROM accounts JOIN uploads ON account = accounts.id WHERE state = 2 \
             ORDER BY host, accounts.id, uploads.id",
        ),
        put: "INSERT OR REPLACE INTO uploads (id, account, name, bytes, content_type, permit, state, created) \
              SELECT :id, id, :name, :bytes, :content_type, x'', 2, :created FROM accounts \
              WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "lockouts",
        select: Some(
            "SELECT host, localpart, \"from\", until, reason FROM accounts JOIN lockouts ON account = id \
             ORDER BY host, id",
        ),
        put: "INSERT OR REPLACE INTO lockouts (account, \"from\", until, reason) \
              SELECT id, :from, :until, :reason FROM accounts WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "last_activity",
        select: Some(
            "SELECT host, localpart, at, status FROM accounts JOIN last_activity ON account = id ORDER BY host, id",
        ),
        put: "INSERT OR REPLACE INTO last_activity (account, at, status) \
              SELECT id, :at, :status FROM accounts WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "last_logins",
        select: Some("SELECT host, localpart, at FROM accounts JOIN last_logins ON account = id ORDER BY host, id"),
        put: "INSERT OR REPLACE INTO last_logins (account, at) \
              SELECT id, :at FROM accounts WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "standing_message_receipts",
        select: Some(
            "SELECT host, localpart, \"set\" FROM accounts JOIN standing_message_receipts ON account = id \
             ORDER BY host, id",
        ),
        put: "INSERT OR REPLACE INTO standing_message_receipts (account, \"set\") \
              SELECT id, :set FROM accounts WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "blocked_addresses",
        select: Some(
            "SELECT host, localpart, address FROM accounts JOIN blocked_addresses ON account = id \
             ORDER BY host, id, address",
        ),
        put: "INSERT OR REPLACE INTO blocked_addresses (account, address) \
              SELECT id, :address FROM accounts WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "push_registrations",
        select: Some(
            "SELECT host, localpart, service, node, options FROM accounts JOIN push_registrations ON account = id \
             ORDER BY host, id, service, node",
        ),
        put: "INSERT OR REPLACE INTO push_registrations (account, service, node, options) \
              SELECT id, :service, :node, :options FROM accounts WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "archive_preferences",
        select: Some(
            "SELECT host, localpart, standard, always, never FROM accounts JOIN archive_preferences ON account = id \
             ORDER BY host, id",
        ),
        put: "INSERT OR REPLACE INTO archive_preferences (account, standard, always, never) \
              SELECT id, :standard, :always, :never FROM accounts WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "roster_items",
        put: "INSERT OR REPLACE INTO roster_items \
              (roster, contact, nickname, subscription, ask, groups, overrides, version, approved) \
              SELECT id, :contact, :nickname, :subscription, :ask, :groups, :overrides, 0, :approved \
              FROM rosters WHERE host = :host AND localpart = :localpart",
        prepare: Some("INSERT OR IGNORE INTO rosters (host, localpart) VALUES (:host, :localpart)"),
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "roster_item_versions",
        select: Some(
            "SELECT host, localpart, contact, roster_items.version AS version FROM rosters \
             JOIN roster_items ON roster = id ORDER BY host, localpart, contact",
        ),
        put: "UPDATE roster_items SET version = :version WHERE contact = :contact \
              AND roster = (SELECT id FROM rosters WHERE host = :host AND localpart = :localpart)",
        rule: Rule::Installation,
        ..NEW
    },
    Table {
        name: "roster_versions",
        select: Some("SELECT host, localpart, version, oldest FROM rosters ORDER BY host, localpart"),
        put: "INSERT INTO rosters (host, localpart, version, oldest) \
              VALUES (:host, :localpart, :version, :oldest) ON CONFLICT (host, localpart) \
              DO UPDATE SET version = excluded.version, oldest = excluded.oldest",
        rule: Rule::Installation,
        ..NEW
    },
    Table {
        name: "roster_tombstones",
        select: Some(
            "SELECT host, localpart, contact, roster_tombstones.version AS version FROM rosters \
             JOIN roster_tombstones ON roster = id ORDER BY host, localpart, contact",
        ),
        put: "INSERT OR REPLACE INTO roster_tombstones (roster, contact, version) \
              SELECT id, :contact, :version FROM rosters WHERE host = :host AND localpart = :localpart",
        prepare: Some("INSERT OR IGNORE INTO rosters (host, localpart) VALUES (:host, :localpart)"),
        rule: Rule::Installation,
        ..NEW
    },
    Table {
        name: "vcards",
        put: "INSERT OR REPLACE INTO vcards (host, localpart, vcard) VALUES (:host, :localpart, :vcard)",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "offline_messages",
        put: "INSERT INTO offline_messages (account, at, stanza, bytes, archive_id) \
              SELECT id, :at, :stanza, octet_length(:stanza), :archive_id FROM accounts \
              WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "private_xml",
        put: "INSERT OR REPLACE INTO private_xml (account, namespace, name, xml, bytes) \
              SELECT id, :namespace, :name, :xml, octet_length(:xml) FROM accounts \
              WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "subscription_requests",
        put: "INSERT OR REPLACE INTO subscription_requests (account, sender, at, stanza) \
              SELECT id, :sender, :at, :stanza FROM accounts WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
];
