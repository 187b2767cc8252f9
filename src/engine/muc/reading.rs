//! The archive of a room (XEP-0313), for those who may enter it now. Real addresses are shown as they were when the
//! message was said, or to those who see them anyway.

use super::admin::standing;
use super::live::Held;
use super::rights::Standing;
use super::room::State;
use super::service::Incoming;
use crate::domain::affiliation::Affiliation;
use crate::domain::archive::{ArchiveOwner, ArchivedMessage};
use crate::domain::room::Role;
use crate::engine::form::{Field, FieldKind, Form, Validation};
use crate::engine::iq::Answer;
use crate::engine::iq::archive::{self, Query};
use crate::engine::stanza::{Condition, IqType, Kind, StanzaError};
use crate::engine::xml::{Element, ns};

/// Serves a request about the archive of a room.
pub async fn serve(incoming: &Incoming, room: &Held, asked: &Element) -> Answer {
    if !incoming.engine.settings().archive {
        return Err(Condition::ServiceUnavailable.into());
    }
    let sees_addresses = check(&room.lock(), incoming)?;
    let owner = ArchiveOwner::Room(room.place().clone());
    let fields = if sees_addresses {
        archive::fields()
    } else {
        fields_without_people()
    };
    match (incoming.stanza.kind, asked.name()) {
        (Kind::Iq(IqType::Get), "query") => Ok(Some(Element::new("query", ns::MAM).with_child(fields.to_form()))),
        (Kind::Iq(IqType::Get), "metadata") => archive::metadata(&incoming.engine, owner).await,
        (Kind::Iq(IqType::Set), "query") => {
            let mut query = Query::read(asked, &fields)?;
            // All of it is said in the room.
            query.filter.with = query.filter.with.filter(|with| with.bare != *room.address());
            let found = query.find(&incoming.engine, owner).await?;
            let shown = |message: &ArchivedMessage, stanza| shown(message, stanza, sees_addresses);
            Ok(Some(query.answer(
                &incoming.engine,
                &incoming.sender,
                room.address(),
                &found,
                shown,
            )))
        }
        _ => Err(Condition::BadRequest.into()),
    }
}

/// Whether the sender may read; gives whether he sees real addresses.
fn check(state: &State, incoming: &Incoming) -> Result<bool, StanzaError> {
    let reader = standing(state, incoming);
    if state.is_locked && !reader.is_owner() {
        return Err(Condition::ItemNotFound.into());
    }
    if !may_enter(state, reader) {
        return Err(Condition::Forbidden.into());
    }
    Ok(state.settings.anyone_discovers_addresses || reader.is_admin() || reader.role == Role::Moderator)
}

/// Who is inside has given the password. Who has an affiliation is trusted without it.
fn may_enter(state: &State, reader: Standing) -> bool {
    match reader.affiliation {
        Some(Affiliation::Outcast) => false,
        Some(_) => true,
        None if reader.is_occupant() => true,
        None => !state.settings.members_only && state.settings.password.is_none(),
    }
}

/// What can be asked for by who must not learn by asking which address said what.
fn fields_without_people() -> Form {
    Form::new(ns::MAM)
        .with(Field::new("start", FieldKind::TextSingle))
        .with(Field::new("end", FieldKind::TextSingle))
        .with(Field::new("before-id", FieldKind::TextSingle))
        .with(Field::new("after-id", FieldKind::TextSingle))
        .with(Field::new("ids", FieldKind::ListMulti).with_validation(Validation::Open))
}

fn shown(message: &ArchivedMessage, stanza: Element, sees_addresses: bool) -> Element {
    // A room that hides addresses now does so for what it showed then as well.
    if !sees_addresses {
        return stanza;
    }
    let item = Element::new("item", ns::MUC_USER).with_attr("jid", &message.contact);
    stanza.with_child(Element::new("x", ns::MUC_USER).with_child(item))
}
