//! Who is owner, admin, member or outcast of a room, in the order of addition. An affiliate has one
//! affiliation at most, and a change that would leave a room without an owner is a `Conflict`.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::room_nicknames;
use super::room_records::Found;
use super::rows::{self, failure, json};
use super::writer::Transaction;
use crate::domain::address::{Address, Host};
use crate::domain::affiliation::{Affiliate, Affiliation, Affiliations};
use crate::domain::event::Event;
use crate::domain::page::{Page, PageRequest};
use crate::domain::room::no_owner;
use crate::domain::{Error, Kind, Result};

/// Casts out those who are outcasts in `wanted` and gives those that are new.
pub fn cast_out(transaction: &mut Transaction<'_>, room: &Found, wanted: &Affiliations) -> Result<Affiliations> {
    let is_outcast = |(_, affiliation): &&(Affiliate, Affiliation)| *affiliation == Affiliation::Outcast;
    let mut outcasts = wanted.iter().filter(is_outcast).peekable();
    if outcasts.peek().is_none() {
        return Ok(Affiliations::new());
    }
    let former = all(transaction, room.id)?;
    give(transaction, room, &former, outcasts)
}

/// Makes `wanted` the affiliations of a room and gives those that are new, in their order. What
/// stays keeps its place in the order.
pub fn replace_all(transaction: &mut Transaction<'_>, room: &Found, wanted: &Affiliations) -> Result<Affiliations> {
    let former = all(transaction, room.id)?;
    let added = give(transaction, room, &former, wanted.iter())?;
    let wanted: HashSet<&Affiliate> = wanted.iter().map(|(affiliate, _)| affiliate).collect();
    for (affiliate, _) in former.iter().filter(|(affiliate, _)| !wanted.contains(affiliate)) {
        take(transaction, room, affiliate)?;
    }
    require_owner(transaction, room)?;
    Ok(added)
}

/// Gives what is wanted to whoever does not have it, and tells which that is.
fn give<'wanted>(
    transaction: &mut Transaction<'_>,
    room: &Found,
    former: &'wanted Affiliations,
    wanted: impl Iterator<Item = &'wanted (Affiliate, Affiliation)>,
) -> Result<Affiliations> {
    let mut held: HashMap<&Affiliate, Affiliation> = former.iter().map(|(who, what)| (who, *what)).collect();
    let mut added = Vec::new();
    for (affiliate, affiliation) in wanted {
        match held.insert(affiliate, *affiliation) {
            Some(former) if former == *affiliation => continue,
            Some(_) => assign(transaction, room, affiliate, *affiliation)?,
            None => insert(transaction, room, affiliate, *affiliation)?,
        }
        added.push((affiliate.clone(), *affiliation));
    }
    Ok(added)
}

/// Gives `affiliation` to all of `affiliates` in place of any other, and tells who did not have it.
pub fn add(
    transaction: &mut Transaction<'_>,
    room: &Found,
    affiliation: Affiliation,
    affiliates: &[Affiliate],
) -> Result<Vec<Affiliate>> {
    let mut added = Vec::new();
    for affiliate in affiliates {
        if own(transaction, room.id, affiliate)? != Some(affiliation) {
            assign(transaction, room, affiliate, affiliation)?;
            added.push(affiliate.clone());
        }
    }
    require_owner(transaction, room)?;
    Ok(added)
}

/// Gives `affiliation` to all of `affiliates` and to nobody else, and tells who did not have it.
pub fn replace(
    transaction: &mut Transaction<'_>,
    room: &Found,
    affiliation: Affiliation,
    affiliates: &[Affiliate],
) -> Result<Vec<Affiliate>> {
    let wanted: HashSet<&Affiliate> = affiliates.iter().collect();
    for (affiliate, held) in all(transaction, room.id)? {
        if held == affiliation && !wanted.contains(&affiliate) {
            take(transaction, room, &affiliate)?;
        }
    }
    add(transaction, room, affiliation, affiliates)
}

/// Takes `affiliation` from somebody for whom exactly this counts, else it is a `Conflict`. Who
/// has it by a group only keeps it.
pub fn remove(
    transaction: &mut Transaction<'_>,
    room: &Found,
    affiliation: Affiliation,
    affiliate: &Affiliate,
) -> Result<()> {
    let own = own(transaction, room.id, affiliate)?;
    let through_groups = through_groups(transaction, room, affiliate)?;
    if Affiliation::effective(own, &through_groups) != Some(affiliation) {
        return Err(Error::conflict(format!(
            "this is no {} of the room",
            affiliation.as_str()
        )));
    }
    if own.is_some() {
        take(transaction, room, affiliate)?;
        require_owner(transaction, room)?;
    }
    Ok(())
}

/// A page of those who have `affiliation`, in the order of addition. The key is the position.
pub fn list(
    connection: &Connection,
    room: &Found,
    affiliation: Affiliation,
    page: &PageRequest<i64>,
) -> Result<Page<Affiliate, i64>> {
    let limit = rows::limit(page.limit);
    let rows = connection
        .prepare_cached(
            "SELECT affiliation, address, group_name, position FROM room_affiliations \
             WHERE room = ?1 AND position > ?2 AND affiliation = ?3 ORDER BY position LIMIT ?4",
        )
        .and_then(|mut statement| {
            let values = params![room.id, page.after.unwrap_or(0), affiliation.as_str(), limit];
            let rows = statement.query_map(values, |row| Ok((from_row(row, 0)?, row.get(3)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })
        .map_err(failure)?;
    let rows = rows
        .into_iter()
        .filter_map(|(held, position): (Option<_>, i64)| held.map(|(affiliate, _)| (affiliate, position)))
        .collect();
    let page = Page::from_rows(rows, page.limit, |(_, position)| *position);
    Ok(page.map(|(affiliate, _)| affiliate))
}

/// An affiliation from the columns affiliation, address, group_name that begin at `first`; `None`
/// where a join found nothing.
pub fn from_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<(Affiliate, Affiliation)>> {
    let affiliation = row.get::<_, Option<String>>(first)?;
    let Some(affiliation) = affiliation.and_then(|name| Affiliation::from_name(&name)) else {
        return Ok(None);
    };
    let affiliate = match row.get::<_, Option<String>>(first + 1)? {
        Some(address) => Affiliate::User(Address::from_stored(address)),
        None => Affiliate::Group(row.get(first + 2)?),
    };
    Ok(Some((affiliate, affiliation)))
}

fn all(connection: &Connection, room: i64) -> Result<Affiliations> {
    connection
        .prepare_cached(
            "SELECT affiliation, address, group_name FROM room_affiliations WHERE room = ?1 ORDER BY position",
        )
        .and_then(|mut statement| {
            let rows = statement.query_map([room], |row| from_row(row, 0))?;
            rows.filter_map(rusqlite::Result::transpose).collect()
        })
        .map_err(failure)
}

/// What counts for somebody, groups included.
pub fn effective(connection: &Connection, room: &Found, address: &Address) -> Result<Option<Affiliation>> {
    let affiliate = Affiliate::User(address.clone());
    let mut own = own(connection, room.id, &affiliate)?;
    if own.is_none() && is_domain_cast_out(connection, room, address)? {
        own = Some(Affiliation::Outcast);
    }
    let through_groups = through_groups(connection, room, &affiliate)?;
    Ok(Affiliation::effective(own, &through_groups))
}

/// Whether the host of an address, or a domain above it, is cast out (XEP-0045 §9.2).
fn is_domain_cast_out(connection: &Connection, room: &Found, address: &Address) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM room_affiliations WHERE room = ?1 AND affiliation = 'outcast' \
             AND address IN (SELECT value FROM json_each(?2))",
        )
        .and_then(|mut statement| statement.exists(params![room.id, json(address.domains())]))
        .map_err(failure)
}

/// Gives or takes an affiliation, unless that changes nothing. Whoever has made all changes asks for an owner.
pub fn change(
    transaction: &mut Transaction<'_>,
    room: &Found,
    affiliate: &Affiliate,
    affiliation: Option<Affiliation>,
) -> Result<()> {
    if own(transaction, room.id, affiliate)? == affiliation {
        return Ok(());
    }
    match affiliation {
        Some(affiliation) => assign(transaction, room, affiliate, affiliation),
        None => take(transaction, room, affiliate),
    }
}

/// What the affiliate has in person.
pub fn own(connection: &Connection, room: i64, affiliate: &Affiliate) -> Result<Option<Affiliation>> {
    let (column, value) = key(affiliate);
    let name: Option<String> = connection
        .prepare_cached(&format!(
            "SELECT affiliation FROM room_affiliations WHERE room = ?1 AND {column} = ?2"
        ))
        .and_then(|mut statement| statement.query_row(params![room, value], |row| row.get(0)).optional())
        .map_err(failure)?;
    Ok(name.and_then(|name| Affiliation::from_name(&name)))
}

/// What somebody has by the groups they are in. Groups are in no groups.
fn through_groups(connection: &Connection, room: &Found, affiliate: &Affiliate) -> Result<Vec<Affiliation>> {
    let Affiliate::User(address) = affiliate else {
        return Ok(Vec::new());
    };
    let names: Vec<String> = connection
        .prepare_cached(
            "SELECT held.affiliation FROM room_affiliations AS held \
             JOIN groups ON groups.host = ?2 AND groups.name = held.group_name \
             JOIN group_members AS member ON member.\"group\" = groups.id AND member.address = ?3 \
             WHERE held.room = ?1",
        )
        .and_then(|mut statement| {
            let values = params![room.id, room.place.host.as_str(), address.as_str()];
            let rows = statement.query_map(values, |row| row.get(0))?;
            rows.collect()
        })
        .map_err(failure)?;
    Ok(names.iter().filter_map(|name| Affiliation::from_name(name)).collect())
}

/// Puts the affiliate at the end of the order with `affiliation` in place of any other.
pub(super) fn assign(
    transaction: &mut Transaction<'_>,
    room: &Found,
    affiliate: &Affiliate,
    affiliation: Affiliation,
) -> Result<()> {
    erase(transaction, room.id, affiliate)?;
    insert(transaction, room, affiliate, affiliation)
}

/// Puts an affiliate that has no affiliation at the end of the order.
fn insert(
    transaction: &mut Transaction<'_>,
    room: &Found,
    affiliate: &Affiliate,
    affiliation: Affiliation,
) -> Result<()> {
    if affiliation == Affiliation::Member
        && room.reserved_nicknames_only
        && !has_nickname(transaction, room, affiliate)?
    {
        return Err(Error::conflict("members of this room need a nickname"));
    }
    if affiliation == Affiliation::Outcast {
        release_nickname(transaction, room, affiliate)?;
    }
    if let Affiliate::Group(name) = affiliate {
        require_group(transaction, &room.place.host, name)?;
    }
    let (column, value) = key(affiliate);
    // One row of VALUES: for rows of a SELECT, SQLite keeps a journal per statement, whose end it seeks from its start.
    transaction
        .prepare_cached(&format!(
            "INSERT INTO room_affiliations (room, position, affiliation, {column}) VALUES \
             (?1, (SELECT coalesce(max(position), 0) + 1 FROM room_affiliations WHERE room = ?1), ?2, ?3)"
        ))
        .and_then(|mut statement| statement.execute(params![room.id, affiliation.as_str(), value]))
        .map_err(failure)?;
    tell(transaction, room, affiliate, Some(affiliation));
    Ok(())
}

/// Takes any affiliation from the affiliate.
pub(super) fn take(transaction: &mut Transaction<'_>, room: &Found, affiliate: &Affiliate) -> Result<()> {
    erase(transaction, room.id, affiliate)?;
    release_nickname(transaction, room, affiliate)?;
    tell(transaction, room, affiliate, None);
    Ok(())
}

fn has_nickname(connection: &Connection, room: &Found, affiliate: &Affiliate) -> Result<bool> {
    match affiliate {
        Affiliate::User(address) => Ok(room_nicknames::find(connection, room, address)?.is_some()),
        Affiliate::Group(_) => Ok(false),
    }
}

/// A nickname belongs to an affiliation that lets its owner in.
fn release_nickname(transaction: &Transaction<'_>, room: &Found, affiliate: &Affiliate) -> Result<()> {
    match affiliate {
        Affiliate::User(address) => room_nicknames::release(transaction, room, address),
        Affiliate::Group(_) => Ok(()),
    }
}

fn erase(transaction: &Transaction<'_>, room: i64, affiliate: &Affiliate) -> Result<()> {
    let (column, value) = key(affiliate);
    transaction
        .prepare_cached(&format!(
            "DELETE FROM room_affiliations WHERE room = ?1 AND {column} = ?2"
        ))
        .and_then(|mut statement| statement.execute(params![room, value]))
        .map_err(failure)?;
    Ok(())
}

fn tell(transaction: &mut Transaction<'_>, room: &Found, affiliate: &Affiliate, affiliation: Option<Affiliation>) {
    transaction.emit(Event::RoomAffiliationChanged {
        room: room.place.clone(),
        affiliate: affiliate.clone(),
        affiliation,
        cause: room.cause.clone(),
    });
}

/// `LimitReached` when the room has more than `most`.
pub fn check_number(connection: &Connection, room: &Found, most: u64) -> Result<()> {
    let number: i64 = connection
        .prepare_cached("SELECT count(*) FROM room_affiliations WHERE room = ?1")
        .and_then(|mut statement| statement.query_row([room.id], |row| row.get(0)))
        .map_err(failure)?;
    if number.unsigned_abs() > most {
        return Err(Error::LimitReached {
            what: "affiliations of the room",
            most,
        });
    }
    Ok(())
}

/// `LimitReached` when an address owns as many rooms in person as `most`.
pub fn check_ownerships(connection: &Connection, address: &Address, most: u64) -> Result<()> {
    let number: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM room_affiliations JOIN rooms ON rooms.id = room \
             WHERE address = ?1 AND affiliation = 'owner' AND service <> 0",
        )
        .and_then(|mut statement| statement.query_row([address.as_str()], |row| row.get(0)))
        .map_err(failure)?;
    if number.unsigned_abs() >= most {
        return Err(Error::LimitReached {
            what: "rooms of one owner",
            most,
        });
    }
    Ok(())
}

/// `Conflict` when nobody owns the room.
pub fn require_owner(connection: &Connection, room: &Found) -> Result<()> {
    if has_owner(connection, room.id)? {
        return Ok(());
    }
    Err(no_owner())
}

pub(super) fn has_owner(connection: &Connection, room: i64) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM room_affiliations WHERE room = ?1 AND affiliation = 'owner'")
        .and_then(|mut statement| statement.exists([room]))
        .map_err(failure)
}

fn require_group(connection: &Connection, host: &Host, name: &str) -> Result<()> {
    let exists = connection
        .prepare_cached("SELECT 1 FROM groups WHERE host = ?1 AND name = ?2")
        .and_then(|mut statement| statement.exists(params![host.as_str(), name]))
        .map_err(failure)?;
    if exists {
        return Ok(());
    }
    Err(Error::not_found(Kind::Group, name))
}

/// The column that holds the affiliate, and its value there. The other column is NULL, and a search must not ask for that:
/// SQLite would visit everybody in the room.
pub(super) fn key(affiliate: &Affiliate) -> (&'static str, &str) {
    match affiliate {
        Affiliate::User(address) => ("address", address.as_str()),
        Affiliate::Group(name) => ("group_name", name),
    }
}
