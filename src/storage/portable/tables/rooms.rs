//! Chat services and rooms.

use super::{NEW, OF_ROOM, ROOMS, Rule, Table};

pub const TABLES: &[Table] = &[
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
];
