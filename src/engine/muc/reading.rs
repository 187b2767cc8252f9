//! The archive of a room (XEP-0313), for those who may enter it now. Real addresses are shown as they were when the
//! message was said, or to those who see them anyway.

use super::admin::standing;
use super::incoming::Incoming;
use super::live::Held;
use super::rights::Standing;
use super::room::State;
use crate::domain::affiliation::Affiliation;
use crate::domain::archive::{ArchiveOwner, ArchivedMessage};
use crate::domain::room::Role;
use crate::engine::answer::Answer;
use crate::engine::iq::archive::{self, Query};
use crate::engine::stanza::{Condition, IqType, Kind, StanzaError};
use crate::engine::xml::{Element, ns};

/// Serves a request about the archive of a room.
pub async fn serve(incoming: &Incoming, room: &Held, asked: &Element) -> Answer {
    if !incoming.engine.settings().archive {
        return Err(Condition::ServiceUnavailable.into());
    }
    let sees_addresses = check(&room.lock(), incoming)?;
    let (owner, fields) = (ArchiveOwner::Room(room.place().clone()), archive::fields());
    match (incoming.stanza.kind, asked.name()) {
        (Kind::Iq(IqType::Get), "query") => Ok(Some(Element::new("query", ns::MAM).with_child(fields.to_form()))),
        (Kind::Iq(IqType::Get), "metadata") => archive::metadata(&incoming.engine, owner).await,
        (Kind::Iq(IqType::Set), "query") => {
            let mut query = Query::read(asked, &fields)?;
            // All of it is said in the room: with one of its addresses is what that nickname said, or everything.
            if let Some(inside) = query.filter.with.take_if(|with| with.bare == *room.address()) {
                query.filter.nickname = inside.resource;
            }
            query.filter.only_visible = query.filter.with.is_some() && !sees_addresses;
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
        // What is archived of a room is its owners' business.
        (_, "prefs") => Err(Condition::FeatureNotImplemented.into()),
        _ => Err(Condition::BadRequest.into()),
    }
}

/// Whether the sender may read; gives whether he sees real addresses that others do not.
fn check(state: &State, incoming: &Incoming) -> Result<bool, StanzaError> {
    let reader = standing(state, incoming);
    if !may_enter(state, reader) {
        return Err(Condition::Forbidden.into());
    }
    Ok(reader.is_admin() || reader.role == Role::Moderator)
}

/// Who is inside has given the password. Who has an affiliation is trusted without it.
fn may_enter(state: &State, reader: Standing) -> bool {
    match reader.affiliation {
        Some(Affiliation::Outcast) => false,
        Some(_) => true,
        None if reader.is_occupant() => true,
        None => !state.settings.members_only && state.settings.password_to_enter().is_none(),
    }
}

fn shown(message: &ArchivedMessage, mut stanza: Element, sees_addresses: bool) -> Element {
    // It was said to everybody (§5.1.2).
    stanza.remove_attr("to");
    if !sees_addresses && !message.address_visible {
        return stanza;
    }
    let item = Element::new("item", ns::MUC_USER).with_attr("jid", &message.contact);
    stanza.with_child(Element::new("x", ns::MUC_USER).with_child(item))
}
