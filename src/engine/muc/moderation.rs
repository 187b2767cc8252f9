//! Moderation (XEP-0425): a moderator has a message taken back. The archive keeps a tombstone in its place, newcomers are
//! told the same, and those who are here are told to forget it, also in the words of the version that older clients know.

use std::sync::Arc;

use jiff::Timestamp;

use super::announce::occupant_id;
use super::announce::to_everybody;
use super::history::stanza_id;
use super::incoming::Incoming;
use super::live::Held;
use super::refusals::refused;
use super::retraction;
use super::room::Room;
use crate::domain::Result;
use crate::domain::address::FullAddress;
use crate::domain::archive::{ArchiveCopy, ArchiveOwner, NewArchivedMessage};
use crate::domain::random::alphanumeric;
use crate::domain::room::Role;
use crate::engine::Engine;
use crate::engine::answer::Answer;
use crate::engine::delay::stamp;
use crate::engine::stanza::{Condition, IqType, Kind, MessageType, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::{Transaction, archive};

/// Which message a moderator wants to be taken back, and why.
struct Request {
    id: String,
    reason: Option<String>,
}

impl Request {
    fn read(asked: &Element) -> Result<Self, StanzaError> {
        let (moderate, namespace, retraction) = match asked.ns() {
            ns::MODERATE => (Some(asked), ns::MODERATE, ns::RETRACT),
            _ => (asked.child("moderate", ns::MODERATE_0), ns::MODERATE_0, ns::RETRACT_0),
        };
        let moderate = moderate.filter(|moderate| moderate.is("moderate", namespace));
        let (Some(moderate), Some(id)) = (moderate, asked.attr("id")) else {
            return Err(Condition::BadRequest.into());
        };
        if !moderate.has_child("retract", retraction) {
            return Err(StanzaError::new(Condition::FeatureNotImplemented).with_text("messages can be retracted only"));
        }
        let reason = moderate.child_text("reason", namespace);
        Ok(Self {
            id: id.to_owned(),
            reason: reason
                .map(std::borrow::Cow::into_owned)
                .filter(|reason| !reason.is_empty()),
        })
    }
}

/// Who takes a message back.
#[derive(Clone)]
struct Moderator {
    address: FullAddress,
    /// In the room.
    occupant: FullAddress,
    id: Element,
}

impl Moderator {
    fn moderated(&self) -> Element {
        Element::new("moderated", ns::MODERATE)
            .with_attr("by", &self.occupant)
            .with_child(self.id.clone())
    }
}

/// Serves a request to take back a message of a room.
pub async fn serve(incoming: &Incoming, room: &Held, asked: &Element) -> Answer {
    if incoming.stanza.kind != Kind::Iq(IqType::Set) {
        return Err(Condition::BadRequest.into());
    }
    let request = Request::read(asked)?;
    let moderator = {
        let state = room.lock();
        let occupant = state.occupants.of(&incoming.sender);
        let occupant = occupant.filter(|occupant| occupant.role == Role::Moderator);
        let occupant = occupant.ok_or(Condition::Forbidden)?;
        Moderator {
            address: incoming.sender.address().clone(),
            occupant: occupant.address.clone(),
            id: occupant_id(occupant),
        }
    };
    let (engine, room) = (incoming.engine.clone(), Arc::clone(room));
    let at = engine.clock().now();
    let stored = incoming
        .engine
        .store()
        .submit(move |transaction| take_back(&engine, transaction, &room, &moderator, &request, at));
    stored.await.map_err(refused)?;
    Ok(None)
}

fn take_back(
    engine: &Engine,
    transaction: &mut Transaction<'_>,
    room: &Arc<Room>,
    moderator: &Moderator,
    request: &Request,
    at: Timestamp,
) -> Result<()> {
    let owner = ArchiveOwner::Room(room.place().clone());
    let (message, said) = retraction::find(transaction, &owner, &request.id)?;
    let buried = retraction::bury(transaction, &owner, message.id, said, retracted(moderator, request, at))?;
    let notice = notice(engine, room, moderator, request);
    let new = NewArchivedMessage {
        stanza: notice.to_text().into(),
        at,
        copies: vec![ArchiveCopy {
            owner,
            contact: moderator.address.clone(),
            address_visible: false,
            nickname: None,
        }],
    };
    let id = archive::insert(transaction, &new)?.into_iter().next().flatten();
    let (engine, room) = (engine.clone(), Arc::clone(room));
    transaction.after_commit(move || {
        buried.forget(&room);
        let mut notice = notice;
        if let Some(id) = id {
            notice = notice.with_child(stanza_id(room.address(), &id));
        }
        to_everybody(&engine, &room.lock(), &Arc::new(notice));
    });
    Ok(())
}

/// What stays in the place of what was said.
fn retracted(moderator: &Moderator, request: &Request, at: Timestamp) -> Element {
    Element::new("retracted", ns::RETRACT)
        .with_attr("stamp", stamp(at))
        .with_child(moderator.moderated())
        .with_optional_child(reason(request, ns::RETRACT))
}

/// What those who are here are told.
fn notice(engine: &Engine, room: &Room, moderator: &Moderator, request: &Request) -> Stanza {
    let retract = Element::new("retract", ns::RETRACT)
        .with_attr("id", &request.id)
        .with_child(moderator.moderated())
        .with_optional_child(reason(request, ns::RETRACT));
    let moderated = Element::new("moderated", ns::MODERATE_0)
        .with_attr("by", &moderator.occupant)
        .with_child(Element::new("retract", ns::RETRACT_0))
        .with_optional_child(reason(request, ns::MODERATE_0));
    let apply = Element::new("apply-to", ns::FASTEN)
        .with_attr("id", &request.id)
        .with_child(moderated);
    Stanza::new(Kind::Message(MessageType::Groupchat))
        .with_id(alphanumeric(engine.random(), 16))
        .with_from(room.address().clone().into())
        .with_child(retract)
        .with_child(apply)
}

fn reason(request: &Request, namespace: &'static str) -> Option<Element> {
    let reason = request.reason.as_deref()?;
    Some(Element::new("reason", namespace).with_text(reason))
}
