//! What administrators tell everybody on a host: at once, at the next login (the message of the day), or when an account
//! is made (XEP-0133 §4.23-§4.28).

pub mod standing;

use std::collections::HashSet;
use std::sync::Arc;

use super::Engine;
use super::session::Session;
use super::stanza::{Kind, MessageType, Stanza};
use super::xml::{Element, ns};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address, Host};
use crate::domain::message::{Announcement, Occasion, StandingMessage};
use crate::storage::standing_messages;

impl Engine {
    /// Sends a headline from `host` to every session of its clients, whatever their presence.
    pub fn announce(&self, host: &Host, announcement: &Announcement) {
        let message = Arc::new(message(MessageType::Headline, host, announcement.body()));
        for session in self.registry().all() {
            if session.host() == host {
                self.deliver_to(&session, &message);
            }
        }
    }

    /// What everybody on a host is told on an occasion.
    pub fn standing_message(&self, host: &Host, occasion: Occasion) -> Option<StandingMessage> {
        let found = self.standing_messages().find(host, occasion);
        found.map(|standing| standing.message)
    }
}

/// Reads the messages that an earlier run left.
pub async fn load(engine: &Engine) -> Result<()> {
    for (host, occasion, message) in engine.store().read(standing_messages::list).await? {
        engine.standing_messages().put(&host, occasion, message, HashSet::new());
    }
    Ok(())
}

/// A message was set: who is connected is told that of the day at once.
pub fn set(engine: &Engine, host: &Host, occasion: Occasion, standing: &StandingMessage) {
    if occasion == Occasion::Welcome {
        let messages = engine.standing_messages();
        return messages.put(host, occasion, standing.clone(), HashSet::new());
    }
    let message = Arc::new(message(MessageType::Headline, host, &standing.body));
    let mut told = HashSet::new();
    for session in engine.registry().all() {
        if session.host() == host {
            engine.deliver_to(&session, &message);
            told.extend(session.account().cloned());
        }
    }
    let accounts: Vec<_> = told.iter().cloned().collect();
    engine.standing_messages().put(host, occasion, standing.clone(), told);
    let (working, host, set) = (engine.clone(), host.clone(), standing.set);
    engine.spawn(async move {
        let noted = working
            .store()
            .write(move |transaction| standing_messages::note_receipts(transaction, &host, &accounts, set));
        if let Err(error) = noted.await {
            tracing::warn!(%error, "who got the message of the day could not be noted");
        }
    });
}

/// Tells a session that has just become available the message of the day, if its account has not got it.
pub async fn greet(engine: &Engine, session: &Arc<Session>) {
    let Some(account) = session.account().cloned() else {
        return;
    };
    let Some(standing) = engine.standing_messages().find(session.host(), Occasion::Day) else {
        return;
    };
    if standing.told.contains(&account) {
        return;
    }
    let standing = standing.message;
    let (working, session) = (engine.clone(), Arc::clone(session));
    let noted = engine.store().submit(move |transaction| {
        if standing_messages::note_receipt(transaction, &account, standing.set)? {
            let told = message(MessageType::Headline, session.host(), &standing.body);
            let (engine, session) = (working.clone(), Arc::clone(&session));
            transaction.after_commit(move || engine.deliver_to(&session, &Arc::new(told)));
        }
        Ok(())
    });
    if let Err(error) = noted.await {
        tracing::warn!(%error, "a message of the day is not delivered");
    }
}

/// Leaves the welcome message for an account that was made.
pub fn welcome(engine: &Engine, account: &AccountAddress) {
    let Some(standing) = engine.standing_messages().find(account.host(), Occasion::Welcome) else {
        return;
    };
    let told =
        message(MessageType::Normal, account.host(), &standing.message.body).with_to(account.to_address().into());
    let engine = engine.clone();
    engine.clone().spawn(async move { engine.receive(told).await });
}

fn message(kind: MessageType, host: &Host, body: &str) -> Stanza {
    let body = Element::new("body", ns::JABBER_CLIENT).with_text(body);
    Stanza::new(Kind::Message(kind))
        .with_from(Address::of_host(host).into())
        .with_child(body)
}
