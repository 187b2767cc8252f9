//! Rooms with their settings. Their affiliations are in `room_affiliations`.

use std::sync::Arc;

use rusqlite::{Connection, Row, ToSql, named_params, params};

use super::leftovers;
use super::room_affiliations;
pub use super::room_records::locate;
use super::room_records::{Found, locate_in};
use super::room_services;
use super::room_subjects;
use super::rows::{self, failure, time};
use super::writer::Transaction;
use crate::domain::address::{Host, Localpart};
use crate::domain::affiliation::{Affiliation, Affiliations};
use crate::domain::event::Event;
use crate::domain::page::{Page, PageRequest};
use crate::domain::room::{
    PrivateMessages, Role, Room, RoomCause, RoomContent, RoomFarewell, RoomFilter, RoomPlace, RoomSettings,
};
use crate::domain::secret::Secret;
use crate::domain::{Error, Kind, Result};
use jiff::Timestamp;

const COLUMNS: &str = "id, name, natural_name, description, password, subject, max_occupants, persistent, public, \
    registration_enabled, anyone_discovers_addresses, occupants_change_subject, occupants_invite, change_nickname, \
    logged, reserved_nicknames_only, members_only, moderated, broadcast_roles, private_messages, retire_on_removal, \
    created, modified";

/// About what a room without affiliations, and an affiliation, take in memory.
const ROOM_BYTES: usize = 1024;
const AFFILIATION_BYTES: usize = 128;

/// Makes the room `content`, whether or not there is one, and its service when there is none.
/// Gives the affiliations that are new; the first owner of a new room is its creator, not new.
/// `NotAllowed` when the name is retired.
pub fn set(
    transaction: &mut Transaction<'_>,
    place: &RoomPlace,
    content: &RoomContent,
    now: Timestamp,
) -> Result<Affiliations> {
    let service = room_services::locate_or_insert(transaction, &place.host, &place.service)?;
    let is_new = locate_in(transaction, &service, place)?.is_none();
    if is_new && is_retired(transaction, service.id, &place.name)? {
        return Err(retired(&place.name));
    }
    let id = upsert(transaction, service.id, &place.name, content, now)?;
    let room = Found {
        id,
        place: RoomPlace {
            service: service.name,
            ..place.clone()
        },
        reserved_nicknames_only: content.settings.reserved_nicknames_only,
        retire_on_removal: false,
        cause: RoomCause::default(),
    };
    let mut added = affiliate(transaction, &room, content)?;
    if is_new
        && let Some(creator) = added
            .iter()
            .position(|(_, affiliation)| *affiliation == Affiliation::Owner)
    {
        added.remove(creator);
    }
    if content.settings.subject.is_some() || room_subjects::find(transaction, &room)?.is_some() {
        room_subjects::set(transaction, &room, now, None)?;
    }
    transaction.emit(Event::RoomSubjectSet {
        room: room.place,
        subject: content.settings.subject.clone(),
        stanza: None,
        at: now,
    });
    Ok(added)
}

/// Gives a room that has these settings by now its affiliations, and tells of both. Gives the affiliations that are new.
pub(super) fn affiliate(
    transaction: &mut Transaction<'_>,
    room: &Found,
    content: &RoomContent,
) -> Result<Affiliations> {
    let changed = Event::RoomChanged {
        room: room.place.clone(),
        settings: Arc::new(content.settings.clone()),
    };
    // Who is banned goes as an outcast, even if his role is not announced from now on.
    let banned = room_affiliations::cast_out(transaction, room, &content.affiliations)?;
    // Who becomes a member stays where members only stay from now on, and who is none any more where all may be.
    let mut added = if content.settings.members_only {
        let added = room_affiliations::replace_all(transaction, room, &content.affiliations)?;
        transaction.emit(changed);
        added
    } else {
        transaction.emit(changed);
        room_affiliations::replace_all(transaction, room, &content.affiliations)?
    };
    added.extend(banned);
    Ok(added)
}

/// Gives a room that was looked up this content; nobody is told, and affiliations stay.
pub fn update(transaction: &Transaction<'_>, room: &Found, content: &RoomContent, now: Timestamp) -> Result<()> {
    let service = room_services::locate(transaction, &room.place.host, &room.place.service)?;
    upsert(transaction, service.id, &room.place.name, content, now).map(drop)
}

/// Lets in whom enters with a reserved nickname only. Members that came without one stay.
pub fn require_reserved_nicknames(transaction: &Transaction<'_>, room: &Found) -> Result<()> {
    transaction
        .prepare_cached("UPDATE rooms SET reserved_nicknames_only = 1 WHERE id = ?1")
        .and_then(|mut statement| statement.execute([room.id]))
        .map_err(failure)?;
    Ok(())
}

/// Sets the subject by the message of an occupant.
pub fn set_subject(
    transaction: &mut Transaction<'_>,
    place: &RoomPlace,
    subject: &str,
    stanza: Arc<str>,
    at: Timestamp,
) -> Result<()> {
    let room = locate(transaction, place)?;
    transaction
        .prepare_cached("UPDATE rooms SET subject = ?2 WHERE id = ?1")
        .and_then(|mut statement| statement.execute(params![room.id, subject]))
        .map_err(failure)?;
    room_subjects::set(transaction, &room, at, Some(&stanza))?;
    transaction.emit(Event::RoomSubjectSet {
        room: room.place,
        subject: Some(subject.to_owned()),
        stanza: Some(stanza),
        at,
    });
    Ok(())
}

/// Removes a room that nobody is in any more, unless it is there to stay.
pub fn remove_deserted(transaction: &mut Transaction<'_>, place: &RoomPlace) -> Result<()> {
    let room = match locate(transaction, place) {
        Err(Error::NotFound { .. }) => return Ok(()),
        found => found?,
    };
    if settings(transaction, &room)?.persistent {
        return Ok(());
    }
    remove(transaction, place, &RoomFarewell::default())
}

/// Removes a room, and retires its name when it is to be.
pub fn remove(transaction: &mut Transaction<'_>, place: &RoomPlace, farewell: &RoomFarewell) -> Result<()> {
    let room = locate(transaction, place)?;
    if room.retire_on_removal {
        transaction
            .prepare_cached("INSERT OR IGNORE INTO retired_rooms SELECT service, name FROM rooms WHERE id = ?1")
            .and_then(|mut statement| statement.execute([room.id]))
            .map_err(failure)?;
    }
    leftovers::remove(transaction, leftovers::Kind::Room, room.id)?;
    transaction.emit(Event::RoomRemoved {
        room: room.place,
        farewell: farewell.clone(),
    });
    Ok(())
}

/// Removes what a start does not bring back: the rooms that are not persistent.
pub fn remove_temporary(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(REMOVE_TEMPORARY, [])?;
    Ok(())
}

pub(super) const REMOVE_TEMPORARY: &str = "DELETE FROM rooms WHERE NOT persistent";

/// The room with its affiliations; `NotFound` for the service or for the room.
pub fn find(connection: &Connection, place: &RoomPlace) -> Result<Room> {
    let found = locate(connection, place)?;
    let page = format!("SELECT {COLUMNS} FROM rooms WHERE id = ?1");
    let room = select(connection, &page, 1, &[&found.id])?;
    room.items
        .into_iter()
        .next()
        .ok_or_else(|| Error::not_found(Kind::Room, place.name.as_str()))
}

/// The settings of a room that was looked up.
pub fn settings(connection: &Connection, room: &Found) -> Result<RoomSettings> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM rooms WHERE id = ?1"))
        .and_then(|mut statement| statement.query_row([room.id], from_row))
        .map(|room| room.settings)
        .map_err(failure)
}

/// A page of the rooms of a service, by name; `NotFound` when there is no such service.
pub fn list(
    connection: &Connection,
    host: &Host,
    service: &str,
    filter: &RoomFilter,
    page: &PageRequest,
) -> Result<Page<Room>> {
    let service = room_services::locate(connection, host, service)?;
    let limit = rows::limit(page.limit);
    let after = page.after.as_deref().unwrap_or_default();
    let mut condition = String::from("service = ?1 AND name > ?2");
    let mut values: Vec<&dyn ToSql> = vec![&service.id, &after, &limit];
    if filter.public_only {
        condition.push_str(" AND public");
    }
    let texts = filter
        .containing
        .as_ref()
        .map(|search| (search.prepared.as_str(), search.lower_case.as_str()));
    if let Some((prepared, lower_case)) = &texts {
        condition.push_str(" AND (instr(name, ?4) OR instr(natural_name_folded, ?5))");
        values.extend([prepared as &dyn ToSql, lower_case]);
    }
    let rooms = format!("SELECT {COLUMNS} FROM rooms WHERE {condition} ORDER BY name LIMIT ?3");
    select(connection, &rooms, page.limit, &values)
}

/// Whether there is a room at `place`, or an administrator can make one there: `TooLong` or `Invalid` by its name,
/// `NotAllowed` when the name is retired. Occupants make rooms with longer names.
pub fn check_name(connection: &Connection, place: &RoomPlace) -> Result<()> {
    let service = match room_services::locate(connection, &place.host, &place.service) {
        Err(Error::NotFound { .. }) => return place.checked(),
        found => found?,
    };
    if locate_in(connection, &service, place)?.is_some() {
        return Ok(());
    }
    place.checked()?;
    if is_retired(connection, service.id, &place.name)? {
        return Err(retired(&place.name));
    }
    Ok(())
}

fn retired(name: &Localpart) -> Error {
    Error::NotAllowed {
        reason: format!("the room name {:?} must not be used again", name.as_str()),
    }
}

/// Whether a removed room had this name and keeps it for ever.
fn is_retired(connection: &Connection, service: i64, name: &Localpart) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM retired_rooms WHERE service = ?1 AND name = ?2")
        .and_then(|mut statement| statement.exists(params![service, name.as_str()]))
        .map_err(failure)
}

fn upsert(
    transaction: &Transaction<'_>,
    service: i64,
    name: &Localpart,
    content: &RoomContent,
    now: Timestamp,
) -> Result<i64> {
    let settings = &content.settings;
    let roles: Vec<&str> = settings.broadcast_roles.iter().map(|role| role.as_str()).collect();
    transaction
        .prepare_cached(
            "INSERT INTO rooms (service, name, natural_name, natural_name_folded, description, password, subject, \
             max_occupants, persistent, public, registration_enabled, anyone_discovers_addresses, \
             occupants_change_subject, occupants_invite, change_nickname, logged, reserved_nicknames_only, \
             members_only, moderated, broadcast_roles, private_messages, retire_on_removal, created, modified) \
             VALUES (:service, :name, :natural_name, :natural_name_folded, :description, :password, :subject, \
             :max_occupants, :persistent, :public, :registration_enabled, :anyone_discovers_addresses, \
             :occupants_change_subject, :occupants_invite, :change_nickname, :logged, :reserved_nicknames_only, \
             :members_only, :moderated, :broadcast_roles, :private_messages, coalesce(:retire_on_removal, 0), \
             :created, :modified) \
             ON CONFLICT (service, name) DO UPDATE SET natural_name = excluded.natural_name, \
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
             retire_on_removal = coalesce(:retire_on_removal, retire_on_removal), \
             created = excluded.created, modified = excluded.modified \
             RETURNING id",
        )
        .and_then(|mut statement| {
            statement.query_row(
                named_params! {
                    ":service": service,
                    ":name": name.as_str(),
                    ":natural_name": settings.natural_name,
                    ":natural_name_folded": settings.natural_name.as_ref().map(|text| text.to_lowercase()),
                    ":description": settings.description,
                    ":password": settings.password.as_ref().map(Secret::expose),
                    ":subject": settings.subject,
                    ":max_occupants": settings.max_occupants,
                    ":persistent": settings.persistent,
                    ":public": settings.public,
                    ":registration_enabled": settings.registration_enabled,
                    ":anyone_discovers_addresses": settings.anyone_discovers_addresses,
                    ":occupants_change_subject": settings.occupants_change_subject,
                    ":occupants_invite": settings.occupants_invite,
                    ":change_nickname": settings.change_nickname,
                    ":logged": settings.logged,
                    ":reserved_nicknames_only": settings.reserved_nicknames_only,
                    ":members_only": settings.members_only,
                    ":moderated": settings.moderated,
                    ":broadcast_roles": roles.join(" "),
                    ":private_messages": settings.private_messages.as_str(),
                    ":retire_on_removal": content.retire_on_removal,
                    ":created": content.created.unwrap_or(now).as_millisecond(),
                    ":modified": content.modified.unwrap_or(now).as_millisecond(),
                },
                |row| row.get(0),
            )
        })
        .map_err(failure)
}

/// Reads one page of rooms with the affiliations of all of them in the same statement. A subquery with a limit gives its
/// rows in its own order and the join keeps it; to order them once more, SQLite would have to hold all of them.
fn select(connection: &Connection, rooms: &str, limit: usize, values: &[&dyn ToSql]) -> Result<Page<Room>> {
    let sql = format!(
        "SELECT page.*, held.affiliation, held.address, held.group_name FROM ({rooms}) AS page \
         LEFT JOIN room_affiliations AS held ON held.room = page.id"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
    let rows = statement.query(values).map_err(failure)?;
    let page = rows::page_of_lists(rows, limit, ROOM_BYTES, from_row, |row, room| {
        let held = room_affiliations::from_row(row, 23)?;
        let bytes = held.as_ref().map_or(0, |_| AFFILIATION_BYTES);
        room.affiliations.extend(held);
        Ok(bytes)
    })?;
    let page = page.finish(|(_, room)| room.name.as_str().to_owned());
    Ok(page.map(|(_, room)| room))
}

/// A room without its affiliations, from the columns of [`COLUMNS`].
fn from_row(row: &Row<'_>) -> rusqlite::Result<Room> {
    let roles: String = row.get(18)?;
    let private_messages: String = row.get(19)?;
    Ok(Room {
        name: Localpart::from_stored(row.get::<_, String>(1)?),
        settings: RoomSettings {
            natural_name: row.get(2)?,
            description: row.get(3)?,
            password: row.get::<_, Option<String>>(4)?.map(Secret::new),
            subject: row.get(5)?,
            max_occupants: row.get(6)?,
            persistent: row.get(7)?,
            public: row.get(8)?,
            registration_enabled: row.get(9)?,
            anyone_discovers_addresses: row.get(10)?,
            occupants_change_subject: row.get(11)?,
            occupants_invite: row.get(12)?,
            change_nickname: row.get(13)?,
            logged: row.get(14)?,
            reserved_nicknames_only: row.get(15)?,
            members_only: row.get(16)?,
            moderated: row.get(17)?,
            broadcast_roles: roles.split_whitespace().filter_map(Role::from_name).collect(),
            private_messages: PrivateMessages::from_name(&private_messages).unwrap_or_default(),
        },
        retire_on_removal: row.get(20)?,
        created: time(row.get(21)?),
        modified: time(row.get(22)?),
        affiliations: Vec::new(),
    })
}
