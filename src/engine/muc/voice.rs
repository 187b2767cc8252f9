//! Asking for a voice in a moderated room (XEP-0045 §7.13, §8.6): the room asks its moderators, and one of them answers.

use std::sync::Arc;

use super::finding;
use super::incoming::Incoming;
use super::live::Held;
use super::occupants::Occupant;
use super::rights::{self, Standing};
use super::roles::{self, RoleChange};
use crate::domain::address::prepare_resource;
use crate::domain::room::{Role, RoomCause, RoomPlace};
use crate::engine::form::{Field, FieldKind, Filled, Form, find_about};
use crate::engine::stanza::{Condition, Kind, MessageType, Stanza, StanzaError};
use crate::engine::xml::ns;

const ROLE: &str = "muc#role";
const ADDRESS: &str = "muc#jid";
const NICKNAME: &str = "muc#roomnick";
const ALLOW: &str = "muc#request_allow";

/// Whether a message to a room is about a voice.
pub fn is_one(stanza: &Stanza) -> bool {
    find_about(stanza.children(), ns::MUC_REQUEST).is_some()
}

/// Serves a request, or the answer to one.
pub async fn take(incoming: &Incoming, place: &RoomPlace) {
    let outcome = match finding::expect(&incoming.engine, place).await {
        Ok(room) => serve(incoming, &room),
        Err(error) => Err(error),
    };
    if let Err(error) = outcome {
        incoming.refuse(error);
    }
}

fn serve(incoming: &Incoming, room: &Held) -> Result<(), StanzaError> {
    let form = find_about(incoming.stanza.children(), ns::MUC_REQUEST).ok_or(Condition::BadRequest)?;
    let form = Filled::read(form)?;
    if form.is_cancelled() {
        return Ok(());
    }
    match form.boolean(ALLOW)? {
        Some(true) => grant(incoming, room, &form),
        // A moderator who does not allow it says nothing.
        Some(false) => Ok(()),
        None => ask(incoming, room, &form),
    }
}

fn ask(incoming: &Incoming, room: &Held, form: &Filled<'_>) -> Result<(), StanzaError> {
    if form.value(ROLE).is_some_and(|role| role != Role::Participant.as_str()) {
        return Err(Condition::BadRequest.into());
    }
    let state = room.lock();
    let Some(occupant) = state.occupants.of(&incoming.sender) else {
        return Err(Condition::NotAcceptable.into());
    };
    if occupant.role != Role::Visitor {
        return Err(StanzaError::new(Condition::NotAllowed).with_text("there is a voice already"));
    }
    let request = Stanza::new(Kind::Message(MessageType::Normal))
        .with_from(room.address().clone().into())
        .with_child(approval(occupant).to_form());
    let request = Arc::new(request);
    for moderator in state
        .occupants
        .iter()
        .filter(|occupant| occupant.role == Role::Moderator)
    {
        for session in moderator.sessions() {
            incoming.engine.deliver_to(session, &request);
        }
    }
    Ok(())
}

/// What moderators are asked.
fn approval(occupant: &Occupant) -> Form {
    let text = |name, label| Field::new(name, FieldKind::TextSingle).with_label(label);
    Form::new(ns::MUC_REQUEST)
        .with_title("Voice request")
        .with_instructions("To let this person speak, choose \"Grant voice to this person?\" and submit the form.")
        .with(
            Field::new(ROLE, FieldKind::ListSingle)
                .with_label("Requested role")
                .with_option(Role::Participant.as_str(), "Participant")
                .with_value(Role::Participant.as_str()),
        )
        .with(
            Field::new(ADDRESS, FieldKind::JidSingle)
                .with_label("Address")
                .with_values(occupant.real_address()),
        )
        .with(text(NICKNAME, "Nickname").with_value(occupant.nick()))
        .with(Field::boolean(ALLOW, false).with_label("Grant voice to this person?"))
}

fn grant(incoming: &Incoming, room: &Held, form: &Filled<'_>) -> Result<(), StanzaError> {
    let nick = form.value(NICKNAME).ok_or(Condition::BadRequest)?;
    let nick = prepare_resource(nick).map_err(|_| Condition::BadRequest)?;
    let mut state = room.lock();
    let actor = state.occupants.of(&incoming.sender).ok_or(Condition::Forbidden)?;
    let target = state.occupants.get(&nick).ok_or(Condition::ItemNotFound)?;
    let standing = |occupant: &Occupant| Standing {
        affiliation: occupant.affiliation,
        role: occupant.role,
    };
    rights::check_role(standing(actor), standing(target), Role::Participant)?;
    if target.role == Role::Visitor {
        let change = RoleChange {
            cause: RoomCause {
                actor: Some(actor.nick().into()),
                reason: None,
            },
            nick,
            role: Role::Participant,
        };
        roles::change_roles(&incoming.engine, room, &mut state, &[change], || {});
    }
    Ok(())
}
