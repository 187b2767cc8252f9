//! Takes whoever is gone, an address or a group, out of all rooms; none of them is left without an owner.

use rusqlite::{Connection, params};

use super::room_affiliations::{assign, has_owner, key, own, take};
use super::room_records::Found;
use super::rows::failure;
use super::writer::Transaction;
use crate::domain::Result;
use crate::domain::address::{Address, Host, Localpart};
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::room::{RoomCause, RoomPlace};

/// Takes an address out of every room of every host; where it is the only owner, `heir` becomes
/// owner in its place.
pub fn remove_address(transaction: &mut Transaction<'_>, address: &Address, heir: &Address) -> Result<()> {
    remove_everywhere(transaction, &Affiliate::User(address.clone()), None, heir)
}

/// Takes a group out of every room of its host; where it is the only owner, `heir` becomes owner
/// in its place.
pub fn remove_group(transaction: &mut Transaction<'_>, host: &Host, group: &str, heir: &Address) -> Result<()> {
    remove_everywhere(transaction, &Affiliate::Group(group.to_owned()), Some(host), heir)
}

fn remove_everywhere(
    transaction: &mut Transaction<'_>,
    affiliate: &Affiliate,
    host: Option<&Host>,
    heir: &Address,
) -> Result<()> {
    let heir = Affiliate::User(heir.clone());
    for room in rooms_of(transaction, affiliate, host)? {
        let held = own(transaction, room.id, affiliate)?;
        take(transaction, &room, affiliate)?;
        if held == Some(Affiliation::Owner) && !has_owner(transaction, room.id)? {
            assign(transaction, &room, &heir, Affiliation::Owner)?;
        }
    }
    Ok(())
}

/// The rooms in which the affiliate has an affiliation: of `host`, or of all hosts.
fn rooms_of(connection: &Connection, affiliate: &Affiliate, host: Option<&Host>) -> Result<Vec<Found>> {
    let (column, value) = key(affiliate);
    connection
        .prepare_cached(&format!(
            "SELECT rooms.id, service.host, service.name, rooms.name, reserved_nicknames_only, retire_on_removal \
             FROM room_affiliations AS held \
             JOIN rooms ON rooms.id = held.room JOIN room_services AS service ON service.id = rooms.service \
             WHERE held.{column} = ?1 AND service.host <> '' AND (?2 IS NULL OR service.host = ?2)"
        ))
        .and_then(|mut statement| {
            let rows = statement.query_map(params![value, host.map(Host::as_str)], |row| {
                Ok(Found {
                    id: row.get(0)?,
                    place: RoomPlace {
                        host: Host::from_stored(row.get::<_, String>(1)?),
                        service: row.get(2)?,
                        name: Localpart::from_stored(row.get::<_, String>(3)?),
                    },
                    reserved_nicknames_only: row.get(4)?,
                    retire_on_removal: row.get(5)?,
                    cause: RoomCause::default(),
                })
            })?;
            rows.collect()
        })
        .map_err(failure)
}
