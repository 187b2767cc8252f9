//! Chat services, rooms with their affiliations, and what was said in them.

use serde::{Deserialize, Serialize};

use super::MoveIn;
use crate::{
    domain::{
        Error,
        address::{Address, Localpart, prepare_resource},
        affiliation::{Affiliate, Affiliation, Affiliations},
        archive::{ArchiveCopy, ArchiveOwner, NewArchivedMessage},
        room::{RoomContent, RoomPlace, default_owner},
    },
    exchange::openfire::{self, Record},
    storage::{archive, room_nicknames, room_services, rooms},
    transfer::loading::{Existing, ImportError},
};

const SERVICES: &str = "chat services";
const ROOMS: &str = "rooms";

pub fn take(move_in: &mut MoveIn<'_>) -> Result<(), ImportError> {
    take_services(move_in)?;
    move_in.each("ofmucroom", take_room)?;
    take_history(move_in)
}

/// The kind under which rooms are staged that were taken, by their number in the dump.
const TAKEN: &str = "taken rooms";

/// A room that was taken, for those who look for it by its number.
#[derive(Deserialize, Serialize)]
struct TakenRoom {
    service: String,
    name: String,
    address_visible: bool,
}

fn take_services(move_in: &mut MoveIn<'_>) -> Result<(), ImportError> {
    move_in.each("ofmucservice", |move_in, record| {
        let loading = &mut *move_in.loading;
        let service = match openfire::service(&record, &move_in.host) {
            Ok(service) => service,
            Err(error) => {
                loading.summary.skip(SERVICES, record.required("subdomain"), error);
                return Ok(());
            }
        };
        match room_services::locate(&loading.load, &move_in.host, &service.name) {
            // Every host has its first service from the beginning: that it exists is no reason to stop.
            Ok(found) if loading.existing == Existing::Replace => {
                loading
                    .load
                    .write(|transaction| room_services::describe(transaction, &found, &service))?;
                loading.summary.take(SERVICES);
            }
            Ok(_) => loading.summary.skip(SERVICES, &service.name, "exists already"),
            Err(Error::NotFound { .. }) => {
                loading
                    .load
                    .write(|transaction| room_services::insert(transaction, &move_in.host, &service))?;
                loading.summary.take(SERVICES);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    })
}

fn take_room(move_in: &mut MoveIn<'_>, record: Record) -> Result<(), ImportError> {
    let service = move_in.records("ofmucservice", record.required("serviceid"))?.pop();
    let name = record.required("name");
    let Some(service) = service else {
        move_in
            .loading
            .summary
            .skip(ROOMS, name, "its chat service is not in the file");
        return Ok(());
    };
    let (service, now) = (service.required("subdomain"), move_in.loading.now);
    let (place, mut content) = match openfire::room(&record, &move_in.host, service, now) {
        Ok(found) => found,
        Err(error) => {
            move_in.loading.summary.skip(ROOMS, name, error);
            return Ok(());
        }
    };
    let shown = place.to_string();
    let exists = match rooms::locate(&move_in.loading.load, &place) {
        Ok(_) => true,
        Err(Error::NotFound { .. }) => false,
        Err(error) => return Err(error.into()),
    };
    if !move_in.loading.wants(exists, ROOMS, &shown)? {
        return Ok(());
    }
    let (affiliations, nicknames) = affiliations(move_in, &record, &place)?;
    content.affiliations = affiliations;
    let address_visible = content.settings.anyone_discovers_addresses;
    let stored = content.checked().and_then(|mut content: RoomContent| {
        // Members without a nickname, whom the rule would refuse, are there already.
        let reserved = std::mem::take(&mut content.settings.reserved_nicknames_only);
        move_in.loading.load.write(|transaction| {
            rooms::set(transaction, &place, &content, now)?;
            let room = rooms::locate(transaction, &place)?;
            let mut taken = Vec::new();
            for (member, nickname) in &nicknames {
                match room_nicknames::reserve(transaction, &room, member, nickname) {
                    Err(Error::Conflict { .. }) => taken.push(nickname.clone()),
                    reserved => reserved?,
                }
            }
            if reserved {
                rooms::require_reserved_nicknames(transaction, &room)?;
            }
            Ok(taken)
        })
    });
    match stored {
        Ok(taken) => {
            move_in.loading.summary.take(ROOMS);
            for nickname in taken {
                let what = format!("the nickname {nickname:?} is reserved for another member already");
                move_in.loading.summary.note(ROOMS, &shown, what);
            }
        }
        // The name was retired.
        Err(error @ Error::NotAllowed { .. }) => {
            move_in.loading.summary.skip(ROOMS, &shown, error);
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }
    if !move_in.records("ofmucroomprop", record.required("roomid"))?.is_empty() {
        let what = "properties of rooms do not exist here";
        move_in.loading.summary.note(ROOMS, &shown, what);
    }
    let taken = TakenRoom {
        service: place.service.clone(),
        name: place.name.as_str().to_owned(),
        address_visible,
    };
    let row = serde_json::to_string(&taken).map_err(Error::internal)?;
    move_in.loading.load.stage(TAKEN, record.required("roomid"), &row)?;
    Ok(())
}

/// Reserved nicknames, prepared.
type Nicknames = Vec<(Address, Box<str>)>;

/// Owners first, and the nicknames of members. A room that has no owner gets the one that a new room without owners has.
fn affiliations(
    move_in: &mut MoveIn<'_>,
    record: &Record,
    place: &RoomPlace,
) -> Result<(Affiliations, Nicknames), ImportError> {
    const AFFILIATIONS: &str = "affiliations";
    let room = record.required("roomid");
    let (mut given, mut nicknames) = (Affiliations::new(), Nicknames::new());
    for record in move_in.records("ofmucaffiliation", room)? {
        match openfire::affiliation(&record, &move_in.host) {
            Ok(found) => given.push(found),
            Err(error) => move_in.loading.summary.skip(AFFILIATIONS, place, error),
        }
    }
    for record in move_in.records("ofmucmember", room)? {
        match openfire::member(&record, &move_in.host) {
            Ok((member, nickname)) => {
                match (&member, nickname.as_deref().map(prepare_resource)) {
                    (Affiliate::User(address), Some(Ok(nickname))) => nicknames.push((address.clone(), nickname)),
                    (_, None) => {}
                    _ => {
                        let what = format!("the nickname {:?} can be nobody's", nickname.unwrap_or_default());
                        move_in.loading.summary.note(ROOMS, place, what);
                    }
                }
                given.push((member, Affiliation::Member));
            }
            Err(error) => move_in.loading.summary.skip(AFFILIATIONS, place, error),
        }
    }
    given.sort_by_key(|(_, affiliation)| *affiliation);
    if given
        .first()
        .is_none_or(|(_, affiliation)| *affiliation != Affiliation::Owner)
    {
        let owner = default_owner(&move_in.host);
        move_in
            .loading
            .summary
            .note(ROOMS, place, format!("it has no owner, so {owner} becomes one"));
        given.retain(|(affiliate, _)| *affiliate != Affiliate::User(owner.clone()));
        given.insert(0, (Affiliate::User(owner), Affiliation::Owner));
    }
    Ok((given, nicknames))
}

fn take_history(move_in: &mut MoveIn<'_>) -> Result<(), ImportError> {
    const HISTORY: &str = "messages of rooms";
    move_in.each("ofmucconversationlog", |move_in, record| {
        let loading = &mut *move_in.loading;
        let Some(row) = loading.load.first_staged_of(TAKEN, record.required("roomid"))? else {
            loading.summary.skip_of(HISTORY);
            return Ok(());
        };
        let room: TakenRoom = serde_json::from_str(&row).map_err(Error::internal)?;
        let place = RoomPlace {
            host: move_in.host.clone(),
            service: room.service,
            name: Localpart::from_stored(room.name),
        };
        match openfire::history_entry(&record, place.address()?.as_str(), loading.now) {
            Ok(Some(entry)) => {
                let copy = ArchiveCopy {
                    owner: ArchiveOwner::Room(place),
                    contact: entry.sender,
                    address_visible: room.address_visible,
                    nickname: entry.nickname,
                };
                let message = NewArchivedMessage {
                    stanza: entry.stanza.into(),
                    at: entry.at,
                    copies: vec![copy],
                };
                loading
                    .load
                    .write(|transaction| archive::import(transaction, &[message]))?;
                loading.summary.take(HISTORY);
            }
            // A change of the subject: the room has its last one.
            Ok(None) => {}
            Err(error) => loading.summary.skip(HISTORY, place, error),
        }
        Ok(())
    })
}
