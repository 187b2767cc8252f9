//! Archives of accounts and rooms, without the messages in them.

use super::{NEW, OF_ACCOUNT, OF_ROOM, Rule, Table};

pub const TABLES: &[Table] = &[
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
];
