//! Rosters of clients (RFC 6121 §2): asking for one, changing it, and telling of changes whoever made them. What is kept
//! and merged is the storage's; this is the wire, and who hears what.

mod item;
mod push;
mod shared;
pub mod waiting;

use std::sync::Arc;

use rusqlite::Connection;

pub use item::element as item_element;
pub use push::{changed, removed};
pub use shared::{note_account, note_group};

use super::Engine;
use super::refusal;
use super::session::Session;
use super::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use super::xml::{Element, ns};
use crate::domain::address::AccountAddress;
use crate::domain::event::RosterCause;
use crate::domain::presence::PresenceContacts;
use crate::domain::roster::{RosterChange, RosterItem, RosterVersion};
use crate::domain::{Error, Result};
use crate::storage::{presence_contacts, rosters};
use item::Wanted;

/// How often a roster is read again because it changed meanwhile.
const ATTEMPTS: usize = 20;

/// Serves a request of a client about its own roster.
pub async fn serve(engine: &Engine, session: &Arc<Session>, request: &Stanza) {
    let Some(query) = request.child("query", ns::ROSTER) else {
        return refusal::refuse(engine, session, request, &Condition::BadRequest.into());
    };
    let outcome = match (request.kind, session.account()) {
        (Kind::Iq(IqType::Get), Some(owner)) => get(engine, session, request, owner, query.attr("ver")).await,
        // Whoever has no account has no contacts.
        (Kind::Iq(IqType::Get), None) => {
            engine.deliver(session, request.result(Some(Element::new("query", ns::ROSTER))));
            Ok(())
        }
        (_, Some(owner)) => match set(engine, owner, query).await {
            Ok(()) => {
                engine.deliver(session, request.result(None));
                Ok(())
            }
            Err(refused) => Err(refused),
        },
        (_, None) => Err(Condition::NotAllowed.into()),
    };
    if let Err(refused) = outcome {
        refusal::refuse(engine, session, request, &refused);
    }
}

/// What was read of a roster.
struct Reading {
    version: RosterVersion,
    /// What has changed since the version that the client knows, if that can be told.
    changes: Option<Vec<RosterChange>>,
    /// Everything, unless the changes are enough.
    items: Vec<RosterItem>,
    /// With whom presence is shared, if that was not known.
    contacts: Option<PresenceContacts>,
}

/// Answers with the roster as it is when the answer is queued: from then on the session hears of every change.
async fn get(
    engine: &Engine,
    session: &Arc<Session>,
    request: &Stanza,
    owner: &AccountAddress,
    known: Option<&str>,
) -> Result<(), StanzaError> {
    let Some(account) = engine.registry().account(&session.address().bare) else {
        return Ok(());
    };
    let known = known.and_then(RosterVersion::parse);
    session.state().interested = true;
    let _turn = account.loading().await;
    for _ in 0..ATTEMPTS {
        let (generation, is_loading) = {
            let mut contacts = account.contacts();
            let is_loading = !contacts.are_loaded();
            if is_loading {
                contacts.begin_loading();
            }
            (contacts.generation(), is_loading)
        };
        let owner = owner.clone();
        let mut reading = engine
            .store()
            .read(move |connection| read(connection, &owner, known, is_loading))
            .await?;
        let mut contacts = account.contacts();
        if contacts.generation() != generation {
            continue;
        }
        if let Some(read) = reading.contacts.take() {
            contacts.finish_loading(read);
        }
        answer(engine, session, request, reading);
        return Ok(());
    }
    Err(StanzaError::new(Condition::ResourceConstraint).with_text("the roster changes all the time; ask again later"))
}

fn read(
    connection: &Connection,
    owner: &AccountAddress,
    known: Option<RosterVersion>,
    is_loading: bool,
) -> Result<Reading> {
    let version = rosters::current_version(connection, owner)?;
    let changes = match known {
        Some(known) => rosters::changes_since(connection, owner, known)?,
        None => None,
    };
    let items = match changes {
        Some(_) => Vec::new(),
        None => rosters::list_all(connection, owner)?,
    };
    let contacts = if is_loading {
        Some(presence_contacts::find(connection, owner)?)
    } else {
        None
    };
    Ok(Reading {
        version,
        changes,
        items,
        contacts,
    })
}

/// The whole roster, or nothing and a push for each change (§2.6.3).
fn answer(engine: &Engine, session: &Arc<Session>, request: &Stanza, reading: Reading) {
    let Some(changes) = reading.changes else {
        let query = Element::new("query", ns::ROSTER)
            .with_attr("ver", reading.version)
            .with_children(reading.items.iter().map(item::element));
        return engine.deliver(session, request.result(Some(query)));
    };
    engine.deliver(session, request.result(None));
    for change in changes {
        let item = match &change.item {
            Some(item) => item::element(item),
            None => item::removal(&change.contact),
        };
        let push = push::stanza(engine, item, Some(change.version));
        engine.deliver(session, push.with_to(session.address().clone()));
    }
}

async fn set(engine: &Engine, owner: &AccountAddress, query: &Element) -> Result<(), StanzaError> {
    let limits = engine.settings().limits.roster();
    let wanted = item::read(query)?;
    if let Wanted::Content(set) = &wanted {
        set.check(&limits)?;
        if set.contact == owner.to_address() {
            return Err(StanzaError::new(Condition::NotAllowed).with_text("nobody is a contact of his own"));
        }
    }
    let owner = owner.clone();
    let stored = engine.store().submit(move |transaction| match &wanted {
        Wanted::Content(set) => rosters::set(transaction, &owner, set, &limits),
        Wanted::Removal(contact) => rosters::remove(transaction, &owner, contact, RosterCause::Client),
    });
    stored.await.map_err(|error: Error| match error {
        // Its groups are not the owner's to change.
        Error::SharedGroup { .. } => StanzaError::new(Condition::NotAcceptable).with_text(error.to_string()),
        other => other.into(),
    })
}
