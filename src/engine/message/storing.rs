//! Messages that are kept: one job archives the message for both sides and decides, in the order of all jobs, whether
//! it is delivered or waits. It is delivered once that is on disk.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::delivery::{deliver, seen};
use super::envelope::Message;
use super::keeping::Keeping;
use super::{carbons, recipients};
use crate::domain::address::{AccountAddress, FullAddress};
use crate::domain::archive::{ArchiveCopy, ArchiveOwner, ArchivePreferences, NewArchivedMessage};
use crate::domain::offline::NewOfflineMessage;
use crate::domain::{Error, Result};
use crate::engine::Engine;
use crate::engine::push;
use crate::engine::refusal;
use crate::engine::session::Session;
use crate::engine::stanza::StanzaError;
use crate::storage::{Transaction, accounts, archive, blocked, offline, rosters};

/// What a job decided.
enum Outcome {
    Kept,
    /// Neither delivered nor kept.
    Refused(StanzaError),
}

/// Submits the job at once. The future ends when its effects are complete.
pub fn store(engine: &Engine, message: Message, keeping: Keeping) -> BoxFuture<'static, ()> {
    let (working, told) = (engine.clone(), (engine.clone(), Arc::clone(&message.stanza)));
    let stored = engine
        .store()
        .submit(move |transaction| run(&working, transaction, &message, keeping));
    Box::pin(async move {
        let (engine, stanza) = told;
        match stored.await {
            Ok(Outcome::Kept) => {}
            Ok(Outcome::Refused(error)) => refusal::bounce(&engine, &stanza, error),
            // XEP-0160 §3. The message is in no archive either: the job as a whole was undone.
            Err(Error::LimitReached { .. }) => refusal::bounce(&engine, &stanza, refusal::NOBODY),
            Err(error) => refusal::bounce(&engine, &stanza, error),
        }
    })
}

fn run(engine: &Engine, transaction: &mut Transaction<'_>, message: &Message, keeping: Keeping) -> Result<Outcome> {
    if !accounts::exists(transaction, &message.account)? {
        return Ok(Outcome::Refused(refusal::NOBODY.into()));
    }
    let found = match recipients::find(engine.registry(), message.kind, &message.to) {
        Ok(found) => found,
        Err(error) => return Ok(Outcome::Refused(error)),
    };
    // Whoever is online was asked before (pipeline).
    if found.is_empty() && is_blocked(transaction, message)? {
        return Ok(Outcome::Refused(refusal::NOBODY.into()));
    }
    let now = engine.clock().now();
    let text: Arc<str> = message.stanza.to_text().into();
    let ids = if keeping.archive {
        archive_copies(engine, transaction, message, Arc::clone(&text), now)?
    } else {
        Ids::default()
    };
    let holder = creditor(&found);
    let mut owed = None;
    // What its receiver finds in his archive is not kept for a session as well.
    if keeping.offline && (holder.is_none() || ids.receiver.is_none()) {
        let waiting = NewOfflineMessage {
            stanza: text,
            at: now,
            archive_id: ids.receiver.clone(),
            holder: holder.map(|session| session.id().to_owned()),
        };
        let limits = &engine.settings().limits.offline;
        let id = offline::insert(transaction, &message.account, &waiting, limits)?;
        owed = holder.map(|session| (Arc::clone(session), id));
    }
    let due = match &message.stanza.from {
        Some(from) if from.bare == message.to.bare => None,
        _ => push::due(transaction, &message.account)?,
    };
    let (engine, message) = (engine.clone(), message.clone());
    transaction.after_commit(move || {
        if let Some(due) = due {
            due.tell(&engine, &message.stanza);
        }
        let seen = seen(&message, ids.receiver.as_deref());
        if found.is_empty() {
            carbons::copy_sent(&engine, &message);
        } else {
            deliver(&engine, &message, &seen, &found, owed);
        }
    });
    Ok(Outcome::Kept)
}

/// Which of several sessions is owed a message: one that says what it has got, if there is such a one.
fn creditor(found: &[Arc<Session>]) -> Option<&Arc<Session>> {
    found.iter().find(|session| session.is_managed()).or(found.first())
}

fn is_blocked(transaction: &Transaction<'_>, message: &Message) -> Result<bool> {
    match &message.stanza.from {
        Some(from) if from.bare != message.to.bare => blocked::is_blocked(transaction, &message.account, from),
        _ => Ok(false),
    }
}

/// The ids of a message in the archives of both sides.
#[derive(Default)]
struct Ids {
    receiver: Option<String>,
}

fn archive_copies(
    engine: &Engine,
    transaction: &mut Transaction<'_>,
    message: &Message,
    stanza: Arc<str>,
    at: jiff::Timestamp,
) -> Result<Ids> {
    let mut copies = Vec::new();
    let mut wanted = |owner: &AccountAddress, contact: Option<&FullAddress>| -> Result<bool> {
        let Some(contact) = contact else { return Ok(false) };
        let wants = wants(engine, transaction, owner, contact)?;
        if wants {
            copies.push(ArchiveCopy {
                owner: ArchiveOwner::Account(owner.clone()),
                contact: contact.clone(),
                address_visible: true,
                nickname: None,
            });
        }
        Ok(wants)
    };
    let by_receiver = wanted(&message.account, message.stanza.from.as_ref())?;
    if let Some(sender) = message.sender.as_ref().filter(|sender| **sender != message.account) {
        wanted(sender, message.stanza.to.as_ref())?;
    }
    if copies.is_empty() {
        return Ok(Ids::default());
    }
    let mut ids = archive::insert(transaction, &NewArchivedMessage { stanza, at, copies })?.into_iter();
    Ok(Ids {
        receiver: if by_receiver { ids.next().flatten() } else { None },
    })
}

fn wants(
    engine: &Engine,
    transaction: &Transaction<'_>,
    owner: &AccountAddress,
    contact: &FullAddress,
) -> Result<bool> {
    let preferences = archive::find_preferences(transaction, owner)?
        .unwrap_or_else(|| ArchivePreferences::of(engine.settings().archive_standard));
    let mut failed = None;
    let wants = preferences.wants(contact, |bare| match rosters::find(transaction, owner, bare) {
        Ok(item) => item.is_some(),
        Err(error) => {
            failed = Some(error);
            false
        }
    });
    failed.map_or(Ok(wants), Err)
}
