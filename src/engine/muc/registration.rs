//! Registering with a room (XEP-0045 §7.10): who does is a member with a nickname that nobody else may use there.

use std::sync::Arc;

use super::admin::standing;
use super::incoming::Incoming;
use super::live::Held;
use super::refusals::refused;
use super::reply::{Reply, Request};
use super::rights::Standing;
use crate::domain::address::{Address, prepare_resource};
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::room::{Role, RoomCause, RoomSettings};
use crate::engine::answer::Answer;
use crate::engine::form::{Field, FieldKind, Filled, Form};
use crate::engine::stanza::{Condition, IqType, Kind, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::room_changes::{self, AffiliationChange, NicknameChange};
use crate::storage::{room_affiliations, room_nicknames, rooms};

const NICKNAME: &str = "muc#register_roomnick";

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
    register(incoming, room, nickname).await
}

fn check(incoming: &Incoming, room: &Held) -> Result<(), StanzaError> {
    let state = room.lock();
    let sender = standing(&state, incoming);
    let is_outcast = sender.affiliation == Some(Affiliation::Outcast);
    if is_outcast || !state.settings.registration_enabled || !may_become_member(&state.settings, sender) {
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
    let text = |name, label| Field::new(name, FieldKind::TextSingle).with_label(label);
    Form::new(ns::MUC_REGISTER)
        .with_title(format!("Registration with the room {}", room.place().name))
        .with_instructions("The nickname will be yours alone in this room.")
        .with(text(NICKNAME, "Nickname").required())
        .with(text("muc#register_first", "Given name"))
        .with(text("muc#register_last", "Family name"))
        .with(text("muc#register_email", "Email address"))
        .with(text("muc#register_url", "A web page"))
        .with(Field::new("muc#register_faqentry", FieldKind::TextMulti).with_label("About yourself"))
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

async fn register(incoming: &Incoming, room: &Held, nickname: Box<str>) -> Result<Reply, StanzaError> {
    let (engine, request) = (incoming.engine.clone(), Request::of(incoming));
    let most = incoming.engine.settings().limits.room_affiliations;
    let (room, owner) = (Arc::clone(room), incoming.sender.address().bare.clone());
    let stored = incoming.engine.store().submit(move |transaction| {
        let found = rooms::locate(transaction, room.place())?;
        if room_affiliations::effective(transaction, &found, &owner)? == Some(Affiliation::Outcast) {
            return Ok(Err(Condition::NotAllowed.into()));
        }
        if is_used_by_another(&room, &nickname, &owner) {
            let error = StanzaError::new(Condition::Conflict).with_text("somebody in the room has that nickname");
            return Ok(Err(error));
        }
        let (working, request) = (engine.clone(), request.clone());
        transaction.after_commit(move || request.inform(&working));
        room_changes::register(transaction, &found, &owner, &nickname)?;
        room_affiliations::check_number(transaction, &found, most)?;
        let (room, owner, nickname) = (Arc::clone(&room), owner.clone(), nickname.clone());
        transaction.after_commit(move || room.lock().nicknames.reserve(owner, nickname));
        Ok(Ok(()))
    });
    stored.await.map_err(refused)??;
    Ok(Reply::Given)
}

fn is_used_by_another(room: &super::room::Room, nickname: &str, owner: &Address) -> bool {
    let state = room.lock();
    state
        .occupants
        .get(nickname)
        .is_some_and(|occupant| occupant.account != *owner)
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
        let (working, request) = (engine.clone(), request.clone());
        transaction.after_commit(move || request.inform(&working));
        room_nicknames::release(transaction, &found, &owner)?;
        let affiliate = Affiliate::User(owner.clone());
        if room_affiliations::own(transaction, found.id, &affiliate)? == Some(Affiliation::Member) {
            let change = AffiliationChange {
                affiliate,
                affiliation: None,
                nickname: NicknameChange::Kept,
                cause: RoomCause::default(),
            };
            room_changes::change_affiliations(transaction, &mut found, &[change])?;
        }
        let (room, owner) = (Arc::clone(&room), owner.clone());
        transaction.after_commit(move || room.lock().nicknames.release(&owner));
        Ok(Ok(()))
    });
    stored.await.map_err(refused)??;
    Ok(Reply::Given)
}

fn bad_request(text: &str) -> StanzaError {
    StanzaError::new(Condition::BadRequest).with_text(text)
}
