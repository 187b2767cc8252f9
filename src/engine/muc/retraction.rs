//! Messages that are taken back (XEP-0424 §5): the archive and newcomers have a tombstone in their place, which says who
//! spoke and when, and not what. Those who are here are told by the message that takes it back, and forget it themselves.

use jiff::Timestamp;

use super::room::Room;
use crate::domain::address::Address;
use crate::domain::archive::{ArchiveFilter, ArchiveOwner, ArchivePosition, ArchivedMessage};
use crate::domain::{Error, Result};
use crate::engine::delay::stamp;
use crate::engine::stanza::Stanza;
use crate::engine::xml::{Element, Node, ns};
use crate::storage::{Transaction, archive};

/// A message that was taken back.
pub struct Buried {
    /// In the archive.
    id: String,
    tombstone: Stanza,
}

impl Buried {
    /// Newcomers are told of it as the archive tells it.
    pub fn forget(&self, room: &Room) {
        room.lock().history.replace(&self.id, &self.tombstone);
    }
}

/// Takes back the message that `said` names, if its author is who says so now. Whoever names what is not there, or what
/// somebody else said, has only said something.
pub fn take_back(
    transaction: &Transaction<'_>,
    owner: &ArchiveOwner,
    said: &Stanza,
    author: &Address,
    at: Timestamp,
) -> Result<Option<Buried>> {
    let Some(id) = said
        .child("retract", ns::RETRACT)
        .and_then(|retract| retract.attr("id"))
    else {
        return Ok(None);
    };
    let (message, former) = match find(transaction, owner, id) {
        Ok(found) => found,
        Err(Error::NotFound { .. }) => return Ok(None),
        Err(other) => return Err(other),
    };
    // What the room itself says, for a moderator, is not his to take back; and a tombstone stays what it is.
    let is_his = message.contact.bare == *author && message.nickname.is_some();
    if !is_his || former.child("retracted", ns::RETRACT).is_some() {
        return Ok(None);
    }
    let retracted = Element::new("retracted", ns::RETRACT)
        .with_optional_attr("id", said.id.as_ref())
        .with_attr("stamp", stamp(at));
    bury(transaction, owner, message.id, former, retracted).map(Some)
}

/// A message of an archive; `NotFound` when it is not there.
pub fn find(transaction: &Transaction<'_>, owner: &ArchiveOwner, id: &str) -> Result<(ArchivedMessage, Stanza)> {
    let filter = ArchiveFilter {
        ids: Some(vec![id.to_owned()]),
        ..ArchiveFilter::default()
    };
    let found = archive::list(transaction, owner, &filter, &ArchivePosition::After(None), 1)?;
    let message = found.messages.into_iter().next().ok_or_else(|| archive::missing(id))?;
    let stanza = Stanza::from_text(&message.stanza).ok_or_else(|| archive::missing(id))?;
    Ok((message, stanza))
}

/// Puts a tombstone in the place of a message.
pub fn bury(
    transaction: &Transaction<'_>,
    owner: &ArchiveOwner,
    id: String,
    mut former: Stanza,
    retracted: Element,
) -> Result<Buried> {
    former
        .content
        .retain(|node| matches!(node, Node::Element(child) if child.is("occupant-id", ns::OCCUPANT_ID)));
    let tombstone = former.with_child(retracted);
    archive::replace(transaction, owner, &id, &tombstone.to_text())?;
    Ok(Buried { id, tombstone })
}
