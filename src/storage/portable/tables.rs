//! How the rows of each table are read and stored.

/// When the rows of a table are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// What is there already decides as the caller says.
    AsAsked,
    /// What is there already stays.
    IfMissing,
    /// They say more about something that was stored before.
    Always,
    /// They belong to the installation: only in a new database.
    Installation,
}

/// Columns that name a thing, and the kind of the thing.
pub type Identity = (&'static str, &'static [&'static str]);

/// A table, or those rows of one that have no other form.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    /// Every row. Without it the rows are given by who found that they have no other form.
    pub(super) select: Option<&'static str>,
    /// Stores a row; the parameters have the names of the columns. `PUT` stands for the kind of `INSERT`.
    pub(super) put: &'static str,
    /// Goes before that: makes what the row needs.
    pub(super) prepare: Option<&'static str>,
    /// Behind `put` when a row that is there shall become this one.
    pub(super) replace: &'static str,
    /// What goes before that: the rows that belonged to the former one.
    pub(super) clear: &'static [&'static str],
    pub rule: Rule,
    /// What a row is, where others belong to it.
    pub identity: Option<Identity>,
    /// What a row belongs to: when that is left as it is, so is the row.
    pub belongs_to: Option<Identity>,
}

pub const ACCOUNTS: &str = "accounts";
/// Each row has a file.
pub const UPLOADS: &str = "uploads";
const GROUPS: &str = "groups";
const ROOMS: &str = "rooms";
const NODES: &str = "pubsub_nodes";

/// Of an account, in every table that has it.
const OF_ACCOUNT: Option<Identity> = Some((ACCOUNTS, &["host", "localpart"]));
const OF_GROUP: Option<Identity> = Some((GROUPS, &["host", "group_name"]));
const OF_NODE: Option<Identity> = Some((NODES, &["service", "node"]));
const OF_ROOM: Option<Identity> = Some((ROOMS, &["host", "service", "room"]));

const NEW: Table = Table {
    name: "",
    select: None,
    put: "",
    prepare: None,
    replace: "",
    clear: &[],
    rule: Rule::AsAsked,
    identity: None,
    belongs_to: None,
};

/// In the order in which they need each other.
pub const TABLES: &[Table] = &[
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
    Table {
        name: "room_services",
        select: Some("SELECT host, name AS service, folded, description, hidden FROM room_services ORDER BY host, id"),
        put: "PUT INTO room_services (host, name, folded, description, hidden) \
              VALUES (:host, :service, :folded, :description, :hidden)",
        rule: Rule::IfMissing,
        ..NEW
    },
    Table {
        name: "retired_rooms",
        select: Some(
            "SELECT host, room_services.name AS service, retired_rooms.name AS room \
             FROM room_services JOIN retired_rooms ON service = id ORDER BY host, id, retired_rooms.name",
        ),
        put: "PUT INTO retired_rooms (service, name) SELECT id, :room FROM room_services \
              WHERE host = :host AND name = :service",
        rule: Rule::IfMissing,
        ..NEW
    },
    Table {
        name: ROOMS,
        select: Some(
            "SELECT host, room_services.name AS service, rooms.name AS room, natural_name, natural_name_folded, \
             rooms.description, password, subject, max_occupants, persistent, public, registration_enabled, \
             anyone_discovers_addresses, occupants_change_subject, occupants_invite, change_nickname, logged, \
             reserved_nicknames_only, members_only, moderated, broadcast_roles, private_messages, retire_on_removal, \
             created, modified FROM rooms JOIN room_services ON room_services.id = service ORDER BY host, rooms.id",
        ),
        put: "PUT INTO rooms (service, name, natural_name, natural_name_folded, description, password, subject, \
              max_occupants, persistent, public, registration_enabled, anyone_discovers_addresses, \
              occupants_change_subject, occupants_invite, change_nickname, logged, reserved_nicknames_only, \
              members_only, moderated, broadcast_roles, private_messages, retire_on_removal, created, modified) \
              SELECT id, :room, :natural_name, :natural_name_folded, :description, :password, :subject, \
              :max_occupants, :persistent, :public, :registration_enabled, :anyone_discovers_addresses, \
              :occupants_change_subject, :occupants_invite, :change_nickname, :logged, :reserved_nicknames_only, \
              :members_only, :moderated, :broadcast_roles, :private_messages, :retire_on_removal, :created, :modified \
              FROM room_services WHERE host = :host AND name = :service",
        // The history of the room stays with it.
        replace: " ON CONFLICT (service, name) DO UPDATE SET natural_name = excluded.natural_name, \
                  natural_name_folded = excluded.natural_name_folded, description = excluded.description, \
                  password = excluded.password, subject = excluded.subject, max_occupants = excluded.max_occupants, \
                  persistent = excluded.persistent, public = excluded.public, \
                  registration_enabled = excluded.registration_enabled, \
                  anyone_discovers_addresses = excluded.anyone_discovers_addresses, \
                  occupants_change_subject = excluded.occupants_change_subject, \
                  occupants_invite = excluded.occupants_invite, change_nickname = excluded.change_nickname, \
                  logged = excluded.logged, reserved_nicknames_only = excluded.reserved_nicknames_only, \
                  members_only = excluded.members_only, moderated = excluded.moderated, \
                  broadcast_roles = excluded.broadcast_roles, private_messages = excluded.private_messages, \
                  retire_on_removal = excluded.retire_on_removal, created = excluded.created, \
                  modified = excluded.modified",
        clear: &[
            "DELETE FROM room_affiliations WHERE room = (SELECT rooms.id FROM rooms \
             JOIN room_services ON room_services.id = service \
             WHERE host = :host AND room_services.name = :service AND rooms.name = :room)",
            "DELETE FROM room_nicknames WHERE room = (SELECT rooms.id FROM rooms \
             JOIN room_services ON room_services.id = service \
             WHERE host = :host AND room_services.name = :service AND rooms.name = :room)",
        ],
        identity: OF_ROOM,
        ..NEW
    },
    Table {
        name: "room_affiliations",
        select: Some(
            "SELECT host, room_services.name AS service, rooms.name AS room, position, affiliation, address, \
             group_name, reason \
             FROM rooms JOIN room_services ON room_services.id = service JOIN room_affiliations ON room = rooms.id \
             ORDER BY host, rooms.id, position",
        ),
        put: "INSERT OR REPLACE INTO room_affiliations (room, position, affiliation, address, group_name, reason) \
              SELECT rooms.id, :position, :affiliation, :address, :group_name, :reason \
              FROM rooms JOIN room_services ON room_services.id = service \
              WHERE host = :host AND room_services.name = :service AND rooms.name = :room",
        rule: Rule::Always,
        belongs_to: OF_ROOM,
        ..NEW
    },
    Table {
        name: "room_subjects",
        select: Some(
            "SELECT host, room_services.name AS service, rooms.name AS room, set_at, stanza \
             FROM rooms JOIN room_services ON room_services.id = service JOIN room_subjects AS held ON held.room = rooms.id \
             ORDER BY host, rooms.id",
        ),
        put: "INSERT OR REPLACE INTO room_subjects (room, set_at, stanza) SELECT rooms.id, :set_at, :stanza \
              FROM rooms JOIN room_services ON room_services.id = service \
              WHERE host = :host AND room_services.name = :service AND rooms.name = :room",
        rule: Rule::Always,
        belongs_to: OF_ROOM,
        ..NEW
    },
    Table {
        name: "room_profiles",
        select: Some(
            "SELECT host, room_services.name AS service, rooms.name AS room, language, node, list_readers \
             FROM rooms JOIN room_services ON room_services.id = service JOIN room_profiles AS held ON held.room = rooms.id \
             ORDER BY host, rooms.id",
        ),
        put: "INSERT OR REPLACE INTO room_profiles (room, language, node, list_readers) SELECT rooms.id, :language, :node, :list_readers \
              FROM rooms JOIN room_services ON room_services.id = service \
              WHERE host = :host AND room_services.name = :service AND rooms.name = :room",
        rule: Rule::Always,
        belongs_to: OF_ROOM,
        ..NEW
    },
    Table {
        name: "room_vcards",
        select: Some(
            "SELECT host, room_services.name AS service, rooms.name AS room, vcard, photos \
             FROM rooms JOIN room_services ON room_services.id = service JOIN room_vcards AS held ON held.room = rooms.id \
             ORDER BY host, rooms.id",
        ),
        put: "INSERT OR REPLACE INTO room_vcards (room, vcard, photos) SELECT rooms.id, :vcard, :photos \
              FROM rooms JOIN room_services ON room_services.id = service \
              WHERE host = :host AND room_services.name = :service AND rooms.name = :room",
        rule: Rule::Always,
        belongs_to: OF_ROOM,
        ..NEW
    },
    Table {
        name: "room_nicknames",
        select: Some(
            "SELECT host, room_services.name AS service, rooms.name AS room, address, nickname \
             FROM rooms JOIN room_services ON room_services.id = service JOIN room_nicknames AS held ON held.room = rooms.id \
             ORDER BY host, rooms.id, address",
        ),
        put: "INSERT OR REPLACE INTO room_nicknames (room, address, nickname) SELECT rooms.id, :address, :nickname \
              FROM rooms JOIN room_services ON room_services.id = service \
              WHERE host = :host AND room_services.name = :service AND rooms.name = :room",
        rule: Rule::Always,
        belongs_to: OF_ROOM,
        ..NEW
    },
    // Clients know the ids of archived messages, which are made of the number of the archive.
    Table {
        name: "account_archives",
        select: Some(
            "SELECT host, localpart, archives.id AS number FROM archives JOIN accounts ON accounts.id = account \
             ORDER BY archives.id",
        ),
        put: "INSERT OR IGNORE INTO archives (id, account) \
              SELECT nullif(:number, (SELECT id FROM archives WHERE id = :number)), id FROM accounts \
              WHERE host = :host AND localpart = :localpart",
        rule: Rule::Always,
        belongs_to: OF_ACCOUNT,
        ..NEW
    },
    Table {
        name: "room_archives",
        select: Some(
            "SELECT host, room_services.name AS service, rooms.name AS room, archives.id AS number FROM archives \
             JOIN rooms ON rooms.id = room JOIN room_services ON room_services.id = service ORDER BY archives.id",
        ),
        put: "INSERT OR IGNORE INTO archives (id, room) \
              SELECT nullif(:number, (SELECT id FROM archives WHERE id = :number)), rooms.id \
              FROM rooms JOIN room_services ON room_services.id = service \
              WHERE host = :host AND room_services.name = :service AND rooms.name = :room",
        rule: Rule::Always,
        belongs_to: OF_ROOM,
        ..NEW
    },
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
    Table {
        name: NODES,
        select: Some("SELECT service, name AS node, creator, created, config FROM pubsub_nodes ORDER BY id"),
        put: "PUT INTO pubsub_nodes (service, name, creator, created, config) \
              VALUES (:service, :node, :creator, :created, :config)",
        replace: " ON CONFLICT (service, name) DO UPDATE SET creator = excluded.creator, created = excluded.created, \
                  config = excluded.config",
        clear: &[
            "DELETE FROM pubsub_affiliations \
             WHERE node = (SELECT id FROM pubsub_nodes WHERE service = :service AND name = :node)",
            "DELETE FROM pubsub_subscriptions \
             WHERE node = (SELECT id FROM pubsub_nodes WHERE service = :service AND name = :node)",
            "DELETE FROM pubsub_items \
             WHERE node = (SELECT id FROM pubsub_nodes WHERE service = :service AND name = :node)",
        ],
        identity: OF_NODE,
        ..NEW
    },
    Table {
        name: "pubsub_moved",
        select: Some("SELECT service, name AS node, creator, uri FROM pubsub_moved ORDER BY seq"),
        put: "INSERT OR IGNORE INTO pubsub_moved (service, name, creator, uri) \
              SELECT :service, :node, :creator, :uri \
              WHERE NOT EXISTS (SELECT 1 FROM pubsub_nodes WHERE service = :service AND name = :node)",
        rule: Rule::IfMissing,
        ..NEW
    },
    Table {
        name: "pubsub_affiliations",
        select: Some(
            "SELECT service, name AS node, address, affiliation FROM pubsub_nodes \
             JOIN pubsub_affiliations ON node = id ORDER BY id, address",
        ),
        put: "INSERT OR REPLACE INTO pubsub_affiliations (node, address, affiliation) \
              SELECT id, :address, :affiliation FROM pubsub_nodes WHERE service = :service AND name = :node",
        rule: Rule::Always,
        belongs_to: OF_NODE,
        ..NEW
    },
    Table {
        name: "pubsub_subscriptions",
        select: Some(
            "SELECT service, name AS node, held.id AS id, subscriber, resource, state, options FROM pubsub_nodes \
             JOIN pubsub_subscriptions AS held ON node = pubsub_nodes.id ORDER BY pubsub_nodes.id, held.id",
        ),
        put: "INSERT OR REPLACE INTO pubsub_subscriptions (node, id, subscriber, resource, state, options) \
              SELECT id, :id, :subscriber, :resource, :state, :options \
              FROM pubsub_nodes WHERE service = :service AND name = :node",
        rule: Rule::Always,
        belongs_to: OF_NODE,
        ..NEW
    },
    Table {
        name: "pubsub_items",
        select: Some(
            "SELECT service, name AS node, held.id AS id, publisher, at, payload FROM pubsub_items AS held \
             JOIN pubsub_nodes ON pubsub_nodes.id = node ORDER BY seq",
        ),
        put: "INSERT OR IGNORE INTO pubsub_items (node, id, publisher, at, payload, bytes) \
              SELECT id, :id, :publisher, :at, :payload, octet_length(:id) + ifnull(octet_length(:payload), 0) \
              FROM pubsub_nodes WHERE service = :service AND name = :node",
        rule: Rule::Always,
        belongs_to: OF_NODE,
        ..NEW
    },
];
