//! Registering with a room (XEP-0045 §7.10): who does is a member with a nickname that nobody else may use there.

use std::sync::Arc;

use super::approval::{self, NICKNAME, QUESTIONS};
use super::entering::check_nick;
use super::incoming::Incoming;
use super::live::Held;
use super::refusals::refused;
use super::reply::{Reply, Request};
use super::rights::Standing;
use super::roles;
use crate::domain::address::prepare_resource;
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::room::{Role, RoomCause, RoomSettings};
use crate::engine::answer::Answer;
use crate::engine::form::{Field, FieldKind, Filled, Form};
use crate::engine::stanza::{Condition, IqType, Kind, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::room_changes::{self, AffiliationChange, NicknameChange};
use crate::storage::{room_affiliations, room_nicknames, rooms};

/// What becomes of a registration.
enum Outcome {
    Registered,
    /// Those who decide who enters have to be asked.
    Asked,
}

/// Serves a query of `jabber:iq:register`.
pub async fn serve(incoming: &Incoming, room: &Held, query: &Element) -> Result<Reply, StanzaError> {
    check(incoming, room)?;
    if incoming.stanza.kind == Kind::Iq(IqType::Get) {
        return show(incoming, room).await.map(Reply::Result);
    }
    if query.has_child("remove", ns::REGISTER) {
        return unregister(incoming, room).await;
    }
    let Some(form) = Filled::read_in(query)? else {
        return Err(bad_request("give a form"));
    };
    if form.is_cancelled() {
        return Ok(Reply::Result(None));
    }
    form.check_type(ns::MUC_REGISTER)?;
    let nickname = form.value(NICKNAME).filter(|nickname| !nickname.trim().is_empty());
    let nickname = nickname.ok_or_else(|| bad_request("give a nickname"))?;
    let nickname = prepare_resource(nickname).map_err(|_| bad_request("that is no nickname"))?;
    match register(incoming, room, nickname.clone()).await? {
        Outcome::Registered => Ok(Reply::Given),
        Outcome::Asked => approval::ask(incoming, room, &nickname, &form).await,
    }
}

fn check(incoming: &Incoming, room: &Held) -> Result<(), StanzaError> {
    let state = room.lock();
    let is_outcast = state.affiliation(&incoming.sender.address().bare) == Some(Affiliation::Outcast);
    if is_outcast || !state.settings.registration_enabled {
        return Err(Condition::NotAllowed.into());
    }
    Ok(())
}

/// Where members may more than others, nobody makes himself one who may not do as much already.
fn may_become_member(settings: &RoomSettings, sender: Standing) -> bool {
    let is_for_all = !settings.members_only && !settings.moderated && settings.password.is_none();
    is_for_all || sender.affiliation.is_some() || matches!(sender.role, Role::Participant | Role::Moderator)
}

async fn show(incoming: &Incoming, room: &Held) -> Answer {
    let query = Element::new("query", ns::REGISTER);
    Ok(Some(match find_nickname(incoming, room).await? {
        Some(nickname) => query
            .with_child(Element::new("registered", ns::REGISTER))
            .with_child(Element::new("username", ns::REGISTER).with_text(nickname)),
        None => query
            .with_child(Element::new("instructions", ns::REGISTER).with_text("Fill in the form to register."))
            .with_child(form(room).to_form()),
    }))
}

fn form(room: &Held) -> Form {
    let form = Form::new(ns::MUC_REGISTER)
        .with_title(format!("Registration with the room {}", room.place().name))
        .with_instructions("The nickname will be yours alone in this room.")
        .with(
            Field::new(NICKNAME, FieldKind::TextSingle)
                .with_label("Nickname")
                .required(),
        );
    let questions = QUESTIONS.iter();
    questions.fold(form, |form, (name, kind, label)| {
        form.with(Field::new(*name, *kind).with_label(*label))
    })
}

/// The nickname that is reserved for the sender.
pub async fn find_nickname(incoming: &Incoming, room: &Held) -> Result<Option<String>, StanzaError> {
    let (place, owner) = (room.place().clone(), incoming.sender.address().bare.clone());
    let read = incoming.engine.store().read(move |connection| {
        let found = rooms::locate(connection, &place)?;
        room_nicknames::find(connection, &found, &owner)
    });
    read.await.map_err(refused)
}

/// Registers the sender, unless that has to be approved of (§9.9).
async fn register(incoming: &Incoming, room: &Held, nickname: Box<str>) -> Result<Outcome, StanzaError> {
    let most = incoming.engine.settings().limits.room_affiliations;
    let (engine, request) = (incoming.engine.clone(), Request::of(incoming));
    let (room, sender) = (Arc::clone(room), Arc::clone(&incoming.sender));
    let owner = sender.address().bare.clone();
    let stored = incoming.engine.store().submit(move |transaction| {
        let found = rooms::locate(transaction, room.place())?;
        let affiliation = room_affiliations::effective(transaction, &found, &owner)?;
        if affiliation == Some(Affiliation::Outcast) {
            return Ok(Err(StanzaError::from(Condition::NotAllowed)));
        }
        let is_free = {
            let state = room.lock();
            if let Err(error) = check_nick(&state, &owner, &nickname) {
                return Ok(Err(error));
            }
            let role = state.occupants.of(&sender).map_or(Role::None, |occupant| occupant.role);
            may_become_member(&state.settings, Standing { affiliation, role })
        };
        if !is_free {
            return Ok(Ok(Outcome::Asked));
        }
        let (working, registered, request) = (engine.clone(), Arc::clone(&room), request.clone());
        let (person, reserved) = (owner.clone(), nickname.clone());
        transaction.after_commit(move || {
            let mut state = registered.lock();
            if affiliation.is_none() {
                roles::note_affiliation(&mut state, &person, Some(Affiliation::Member));
            }
            state.nicknames.reserve(person.clone(), reserved);
            request.inform(&working);
            roles::follow(&working, &registered, &mut state, &person, &RoomCause::default());
        });
        room_changes::register(transaction, &found, &owner, &nickname)?;
        room_affiliations::check_number(transaction, &found, most)?;
        Ok(Ok(Outcome::Registered))
    });
    stored.await.map_err(refused)?
}

/// Gives the nickname back, and the membership that came with it.
async fn unregister(incoming: &Incoming, room: &Held) -> Result<Reply, StanzaError> {
    let (engine, request) = (incoming.engine.clone(), Request::of(incoming));
    let (room, owner) = (Arc::clone(room), incoming.sender.address().bare.clone());
    let stored = incoming.engine.store().submit(move |transaction| {
        let mut found = rooms::locate(transaction, room.place())?;
        if room_nicknames::find(transaction, &found, &owner)?.is_none() {
            return Ok(Err(StanzaError::from(Condition::RegistrationRequired)));
        }
        let affiliate = Affiliate::User(owner.clone());
        let is_member = room_affiliations::own(transaction, found.id, &affiliate)? == Some(Affiliation::Member);
        let (working, left, request, person) = (engine.clone(), Arc::clone(&room), request.clone(), owner.clone());
        transaction.after_commit(move || {
            let mut state = left.lock();
            if is_member {
                roles::note_affiliation(&mut state, &person, None);
            }
            state.nicknames.release(&person);
            request.inform(&working);
            roles::follow(&working, &left, &mut state, &person, &RoomCause::default());
        });
        room_nicknames::release(transaction, &found, &owner)?;
        if is_member {
            let change = AffiliationChange {
                affiliate,
                affiliation: None,
                nickname: NicknameChange::Kept,
                cause: RoomCause::default(),
            };
            room_changes::change_affiliations(transaction, &mut found, &[change])?;
        }
        Ok(Ok(()))
    });
    stored.await.map_err(refused)??;
    Ok(Reply::Given)
}

fn bad_request(text: &str) -> StanzaError {
    StanzaError::new(Condition::BadRequest).with_text(text)
}
