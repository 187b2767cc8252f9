//! Registrations with a room where members may more than others, of which its owners and admins approve (XEP-0045 §9.9).
//! They are asked with a form that says who it is, and what comes back decides. No request is kept: whoever may approve of
//! one may make anybody a member.

use std::sync::Arc;

use rusqlite::Connection;

use super::entering::check_nick;
use super::finding;
use super::incoming::Incoming;
use super::invitations;
use super::live::Held;
use super::refusals::refused;
use super::reply::Reply;
use super::rights::{self, Standing};
use crate::domain::Result;
use crate::domain::address::{Address, prepare_resource};
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::page::PageRequest;
use crate::domain::room::{Role, RoomCause, RoomPlace};
use crate::engine::blocking;
use crate::engine::form::{Field, FieldKind, Filled, Form, find_about};
use crate::engine::stanza::{Condition, Kind, MessageType, Stanza, StanzaError};
use crate::engine::xml::ns;
use crate::storage::{group_members, room_affiliations, room_changes, rooms};

pub const NICKNAME: &str = "muc#register_roomnick";
/// What somebody who registers is asked besides.
pub const QUESTIONS: [(&str, FieldKind, &str); 5] = [
    ("muc#register_first", FieldKind::TextSingle, "Given name"),
    ("muc#register_last", FieldKind::TextSingle, "Family name"),
    ("muc#register_email", FieldKind::TextSingle, "Email address"),
    ("muc#register_url", FieldKind::TextSingle, "A web page"),
    ("muc#register_faqentry", FieldKind::TextMulti, "About yourself"),
];

const ALLOW: &str = "muc#register_allow";
/// Who it is about. The fields that are registered for this form do not say it.
const ADDRESS: &str = "x-muc#register_jid";

/// Owners and admins who are asked.
const MOST: usize = 20;

/// Whether a message to a room is an answer to such a question.
pub fn is_one(stanza: &Stanza) -> bool {
    find_about(stanza.children(), ns::MUC_REGISTER).is_some()
}

/// Asks those who decide whether the sender may be a member.
pub async fn ask(incoming: &Incoming, room: &Held, nickname: &str, filled: &Filled<'_>) -> Result<Reply, StanzaError> {
    let question = Stanza::new(Kind::Message(MessageType::Normal))
        .with_from(room.address().clone().into())
        .with_child(form(&incoming.sender.address().bare, nickname, filled).to_form());
    let place = room.place().clone();
    let read = incoming
        .engine
        .store()
        .read(move |connection| list_deciding(connection, &place));
    for person in read.await.map_err(refused)? {
        // Whom somebody has blocked does not reach him through a room either (XEP-0191 §3.3).
        let is_blocked = blocking::holds_back(&incoming.engine, &person, incoming.sender.address());
        if !is_blocked.await.map_err(refused)? {
            let question = Stanza::to_owned(&question).with_to(person.into());
            incoming.engine.receive(question).await;
        }
    }
    Ok(Reply::Result(None))
}

fn form(person: &Address, nickname: &str, filled: &Filled<'_>) -> Form {
    let form = Form::new(ns::MUC_REGISTER)
        .with_title("Registration request")
        .with_instructions("To let this person in, choose \"Allow this person to register?\" and submit the form.")
        .with(
            Field::new(ADDRESS, FieldKind::JidSingle)
                .with_label("Address")
                .with_value(person),
        )
        .with(
            Field::new(NICKNAME, FieldKind::TextSingle)
                .with_label("Nickname")
                .with_value(nickname),
        );
    let said = QUESTIONS.iter().filter(|(name, ..)| filled.value(name).is_some());
    let form = said.fold(form, |form, (name, kind, label)| {
        let field = Field::new(*name, *kind).with_label(*label);
        form.with(field.with_values(filled.values(name)))
    });
    form.with(Field::boolean(ALLOW, false).with_label("Allow this person to register?"))
}

/// Owners and admins, in person and through groups.
fn list_deciding(connection: &Connection, place: &RoomPlace) -> Result<Vec<Address>> {
    let room = rooms::locate(connection, place)?;
    let mut affiliates = Vec::new();
    for affiliation in [Affiliation::Owner, Affiliation::Admin] {
        affiliates.extend(room_affiliations::list(connection, &room, affiliation, &PageRequest::first())?.items);
    }
    let groups = Affiliate::groups_among(&affiliates);
    let through_groups = group_members::people_of_groups(connection, &place.host, &groups)?;
    let mut people: Vec<Address> = Vec::new();
    let in_person = affiliates.into_iter().filter_map(|affiliate| match affiliate {
        Affiliate::User(address) => Some(address),
        Affiliate::Group(_) => None,
    });
    for person in in_person.chain(through_groups.into_values().flatten()) {
        if people.len() < MOST && !people.contains(&person) {
            people.push(person);
        }
    }
    Ok(people)
}

/// Serves an answer.
pub async fn take(incoming: &Incoming, place: &RoomPlace) {
    let outcome = match finding::expect(&incoming.engine, place).await {
        Ok(room) => decide(incoming, &room).await,
        Err(error) => Err(error),
    };
    if let Err(error) = outcome {
        incoming.refuse(error);
    }
}

async fn decide(incoming: &Incoming, room: &Held) -> Result<(), StanzaError> {
    let form = find_about(incoming.stanza.children(), ns::MUC_REGISTER).ok_or(Condition::BadRequest)?;
    let form = Filled::read(form)?;
    // Who does not approve says nothing.
    if form.is_cancelled() || !form.boolean(ALLOW)?.ok_or(Condition::BadRequest)? {
        return Ok(());
    }
    let person = form.address(ADDRESS)?.ok_or(Condition::BadRequest)?.bare;
    person.localpart().ok_or(Condition::BadRequest)?;
    let nickname = form.value(NICKNAME).ok_or(Condition::BadRequest)?;
    let nickname = prepare_resource(nickname).map_err(|_| Condition::BadRequest)?;
    admit(incoming, room, person, nickname).await
}

async fn admit(incoming: &Incoming, room: &Held, person: Address, nickname: Box<str>) -> Result<(), StanzaError> {
    let (engine, room, actor) = (incoming.engine.clone(), Arc::clone(room), Arc::clone(&incoming.sender));
    let most = engine.settings().limits.room_affiliations;
    let stored = incoming.engine.store().submit(move |transaction| {
        let mut found = rooms::locate(transaction, room.place())?;
        let standing = Standing {
            affiliation: room_affiliations::effective(transaction, &found, &actor.address().bare)?,
            role: Role::None,
        };
        let former = room_affiliations::effective(transaction, &found, &person)?;
        if let Err(condition) = rights::check_affiliation(standing, None, Some(Affiliation::Member)) {
            return Ok(Err(StanzaError::from(condition)));
        }
        if former == Some(Affiliation::Outcast) {
            return Ok(Err(StanzaError::from(Condition::NotAllowed)));
        }
        {
            let state = room.lock();
            if let Err(error) = check_nick(&state, &person, &nickname) {
                return Ok(Err(error));
            }
            found.cause = RoomCause {
                actor: state.occupants.of(&actor).map(|occupant| occupant.nick().into()),
                reason: None,
            };
        }
        room_changes::register(transaction, &found, &person, &nickname)?;
        room_affiliations::check_number(transaction, &found, most)?;
        let (engine, room, actor) = (engine.clone(), Arc::clone(&room), Arc::clone(&actor));
        let (person, nickname) = (person.clone(), nickname.clone());
        transaction.after_commit(move || {
            let mut state = room.lock();
            state.nicknames.reserve(person.clone(), nickname);
            let newcomers = if former.is_none() { vec![person] } else { Vec::new() };
            invitations::to_new_members(&engine, &room, &state, &actor.address().bare, newcomers);
        });
        Ok(Ok(()))
    });
    stored.await.map_err(refused)?
}
