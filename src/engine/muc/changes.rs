//! What stored changes do to the rooms that somebody is in. They come as events of the writer, whoever made them: a
//! client or an administrator.

use std::sync::Arc;

use jiff::Timestamp;

use super::announce::{self, Notice, status_element};
use super::entering::own_subject;
use super::leaving::forget;
use super::room::{Room, State, Subject};
use super::{roles, service, status};
use crate::domain::address::Address;
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::event::Event;
use crate::domain::room::{RoomCause, RoomFarewell, RoomPlace, RoomSettings};
use crate::domain::secret::Secret;
use crate::engine::Engine;
use crate::engine::stanza::{Kind, MessageType, Stanza};
use crate::engine::xml::{Element, ns};
use crate::storage::{group_members, rooms};

/// Runs on the writer's thread.
pub fn hear(engine: &Engine, event: &Event) {
    match event {
        Event::RoomServiceCreated { host, name } => service::register(engine, host, name),
        Event::RoomChanged { room, settings } => {
            with_room(engine, room, |room, state| {
                change_settings(engine, room, state, settings);
            });
        }
        Event::RoomSubjectSet {
            room,
            subject,
            stanza,
            at,
        } => with_room(engine, room, |room, state| {
            set_subject(engine, room, state, subject.as_deref(), stanza.as_deref(), *at);
        }),
        Event::RoomAffiliationChanged {
            room,
            affiliate,
            affiliation,
            cause,
        } => with_room(engine, room, |room, state| {
            change_affiliation(engine, room, state, affiliate, *affiliation, cause);
        }),
        Event::RoomRemoved { room, farewell } => destroy(engine, room, farewell),
        Event::GroupChanged {
            host,
            name,
            joined,
            left,
            ..
        } => {
            for room in engine.rooms().all() {
                if room.place().host == *host {
                    with_room(engine, room.place(), |room, state| {
                        change_group(engine, room, state, name, joined, left);
                    });
                }
            }
        }
        _ => {}
    }
}

/// A room that is not in memory reads the change when it is loaded.
fn with_room(engine: &Engine, place: &RoomPlace, change: impl FnOnce(&Arc<Room>, &mut State)) {
    let Ok(address) = place.address() else { return };
    if let Some(room) = engine.rooms().hold(&address) {
        change(&room, &mut room.lock());
    }
}

fn change_settings(engine: &Engine, room: &Arc<Room>, state: &mut State, settings: &Arc<RoomSettings>) {
    state.is_locked = false;
    let before = std::mem::replace(&mut state.settings, Arc::clone(settings));
    let codes = announced_codes(&before, settings);
    if !codes.is_empty() {
        let mut x = Element::new("x", ns::MUC_USER);
        for code in codes {
            x.push(status_element(code));
        }
        let message = Stanza::new(Kind::Message(MessageType::Groupchat))
            .with_from(room.address().clone().into())
            .with_child(x);
        announce::to_everybody(engine, state, &Arc::new(message));
    }
    show_and_hide(engine, state, &before);
    if settings.members_only && !before.members_only {
        let strangers = state.occupants.iter().filter(|occupant| occupant.affiliation.is_none());
        let strangers: Vec<Box<str>> = strangers.map(|occupant| occupant.nick().into()).collect();
        for nick in strangers {
            let cause = RoomCause::default();
            roles::remove(engine, room, state, &nick, None, &[status::MEMBERS_ONLY], &cause);
        }
    }
}

/// Occupants whose role was not announced and is now, or the other way round.
fn show_and_hide(engine: &Engine, state: &State, before: &RoomSettings) {
    for occupant in state.occupants.iter() {
        let was_announced = before.broadcast_roles.contains(&occupant.role);
        match (was_announced, state.announces(occupant.role)) {
            (false, true) => {
                announce::to_others(engine, state, occupant, occupant.role, &Notice::present(occupant));
            }
            (true, false) => announce::hide_from_others(engine, state, occupant),
            _ => {}
        }
    }
}

/// §10.2.1
fn announced_codes(before: &RoomSettings, now: &RoomSettings) -> Vec<u16> {
    let mut codes = Vec::new();
    let is_otherwise_equal = RoomSettings {
        logged: now.logged,
        anyone_discovers_addresses: now.anyone_discovers_addresses,
        subject: now.subject.clone(),
        ..before.clone()
    } == *now;
    if !is_otherwise_equal {
        codes.push(status::SETTINGS_CHANGED);
    }
    match (before.logged, now.logged) {
        (false, true) => codes.push(status::LOGGED),
        (true, false) => codes.push(status::NOT_LOGGED),
        _ => {}
    }
    match (before.anyone_discovers_addresses, now.anyone_discovers_addresses) {
        (false, true) => codes.push(status::ADDRESSES_NOW_SHOWN),
        (true, false) => codes.push(status::ADDRESSES_NOW_HIDDEN),
        _ => {}
    }
    codes
}

fn set_subject(
    engine: &Engine,
    room: &Arc<Room>,
    state: &mut State,
    subject: Option<&str>,
    stanza: Option<&str>,
    at: Timestamp,
) {
    let mut settings = RoomSettings::clone(&state.settings);
    settings.subject = subject.map(str::to_owned);
    state.settings = Arc::new(settings);
    let by_occupant = stanza.and_then(Stanza::from_text).map(Arc::new);
    let told = by_occupant
        .clone()
        .unwrap_or_else(|| Arc::new(own_subject(room, subject)));
    state.subject = Subject {
        stanza: by_occupant,
        at: Some(at),
    };
    announce::to_everybody(engine, state, &told);
}

fn change_affiliation(
    engine: &Engine,
    room: &Arc<Room>,
    state: &mut State,
    affiliate: &Affiliate,
    affiliation: Option<Affiliation>,
    cause: &RoomCause,
) {
    match affiliate {
        Affiliate::User(address) => {
            roles::note_affiliation(state, address, affiliation);
            roles::follow(engine, room, state, address, cause);
        }
        Affiliate::Group(name) => {
            if state.affiliates.change_group(name, affiliation) {
                roles::follow_everybody(engine, room, state, cause);
            } else if let Some(affiliation) = affiliation {
                look_up_group(engine, room, name, affiliation, cause);
            }
        }
    }
}

/// Reads who is in a group that has just got an affiliation, in the order of all changes.
fn look_up_group(engine: &Engine, room: &Arc<Room>, name: &str, affiliation: Affiliation, cause: &RoomCause) {
    let (working, place) = (engine.clone(), room.place().clone());
    let (name, cause) = (name.to_owned(), cause.clone());
    let read = engine.store().submit(move |transaction| {
        let has_it_still = (Affiliate::Group(name.clone()), affiliation);
        if !rooms::find(transaction, &place)?.affiliations.contains(&has_it_still) {
            return Ok(());
        }
        let names = [name.clone()].into();
        let mut groups = group_members::people_of_groups(transaction, &place.host, &names)?;
        let people = groups.remove(&name).unwrap_or_default();
        let (engine, place, name, cause) = (working.clone(), place.clone(), name.clone(), cause.clone());
        transaction.after_commit(move || {
            with_room(&engine, &place, |room, state| {
                state.affiliates.set_group(name, affiliation, people);
                roles::follow_everybody(&engine, room, state, &cause);
            });
        });
        Ok(())
    });
    // Submitted; what follows is done there.
    drop(read);
}

fn change_group(
    engine: &Engine,
    room: &Arc<Room>,
    state: &mut State,
    name: &str,
    joined: &[Address],
    left: &[Address],
) {
    if state.affiliates.change_people(name, joined, left) {
        for account in joined.iter().chain(left) {
            roles::follow(engine, room, state, account, &RoomCause::default());
        }
    }
}

/// Tells each occupant that the room is no more (§10.9).
fn destroy(engine: &Engine, place: &RoomPlace, farewell: &RoomFarewell) {
    let Ok(address) = place.address() else { return };
    let Some(room) = engine.rooms().forget(&address) else {
        return;
    };
    let mut state = room.lock();
    state.is_destroyed = true;
    let destroyed = destroy_element(farewell);
    for occupant in state.occupants.take() {
        let gone = Notice {
            affiliation: None,
            destroyed: Some(&destroyed),
            ..Notice::gone(&occupant, &[])
        };
        announce::to_own(engine, &state, &occupant, &gone);
        for session in occupant.sessions() {
            forget(session, &room);
        }
    }
}

fn destroy_element(farewell: &RoomFarewell) -> Element {
    let mut destroy = Element::new("destroy", ns::MUC_USER).with_optional_attr("jid", farewell.alternate.as_ref());
    if let Some(password) = &farewell.password {
        destroy.push(Element::new("password", ns::MUC_USER).with_text(Secret::expose(password)));
    }
    if let Some(reason) = &farewell.reason {
        destroy.push(Element::new("reason", ns::MUC_USER).with_text(&**reason));
    }
    destroy
}
