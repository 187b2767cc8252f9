//! Messages that waited for a login (XEP-0160): handed to the first session that takes messages, in their order, and
//! removed when that session has them.

use std::sync::Arc;

use super::carbons;
use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::offline::OfflineMessage;
use crate::domain::page::PageRequest;
use crate::engine::Engine;
use crate::engine::delay::delay;
use crate::engine::session::{Delivery, Session};
use crate::engine::stanza::{self, Stanza};
use crate::engine::xml::{Element, Limits, ns, parse_element};
use crate::storage::{Transaction, offline};

/// Rows of one page.
const PAGE: usize = 100;

/// Gives all that waits for the account of `session` to it. Submitted at once, so that nothing that is sent later can
/// come before it.
pub fn flush(engine: &Engine, session: &Arc<Session>) -> impl Future<Output = ()> + Send + use<> {
    let (working, taking) = (engine.clone(), Arc::clone(session));
    let stored = engine
        .store()
        .submit(move |transaction| take(&working, transaction, &taking));
    async move {
        if let Err(error) = stored.await {
            tracing::warn!(%error, "offline messages keep waiting");
        }
    }
}

/// Removes what waits for an account and is in its archive, for a client that reads it there (XEP-0386 §3.2).
pub async fn leave_to_archive(engine: &Engine, account: &AccountAddress) -> Result<()> {
    let account = account.clone();
    let removed = engine
        .store()
        .submit(move |transaction| offline::remove_archived(transaction, &account));
    removed.await
}

fn take(engine: &Engine, transaction: &mut Transaction<'_>, session: &Arc<Session>) -> Result<()> {
    let Some(account) = session.account() else {
        return Ok(());
    };
    if offline::hold_waiting(transaction, account, session.id())? == 0 {
        return Ok(());
    }
    let mut page = PageRequest {
        after: None,
        limit: PAGE,
    };
    loop {
        let found = offline::list(transaction, account, Some(session.id()), &page)?;
        for message in found.items {
            let (engine, session) = (engine.clone(), Arc::clone(session));
            transaction.after_commit(move || hand_over(&engine, &session, message));
        }
        match found.next {
            Some(next) => page.after = Some(next),
            None => return Ok(()),
        }
    }
}

fn hand_over(engine: &Engine, session: &Arc<Session>, message: OfflineMessage) {
    let Some(stanza) = read(session, &message) else {
        tracing::error!(id = message.id, "an offline message cannot be read and stays");
        return;
    };
    engine.deliver(session, Delivery::from(stanza).with_held(Some(message.id)));
}

/// The message with the time when it came (XEP-0203) and its id in the archive.
fn read(session: &Session, message: &OfflineMessage) -> Option<Stanza> {
    let element = parse_element(&message.stanza, Limits::OWN_TEXT).ok()?;
    let mut stanza = carbons::without_mark(stanza::read(element).ok()?);
    if let Some(id) = &message.archive_id {
        let by = &session.address().bare;
        stanza = stanza.with_child(
            Element::new("stanza-id", ns::STANZA_ID)
                .with_attr("by", by)
                .with_attr("id", id),
        );
    }
    Some(stanza.with_child(delay(session.host(), message.at)))
}

/// Lets what a session was owed and did not get wait for the next one.
pub fn release(engine: &Engine, session: &Arc<Session>) {
    let Some(account) = session.account().cloned() else {
        return;
    };
    let holder = session.id().to_owned();
    let released = engine
        .store()
        .submit(move |transaction| offline::release(transaction, &account, &holder));
    // Submitted; nobody has to wait for it.
    drop(released);
}

/// Removes what a session has got.
pub fn acknowledge(engine: &Engine, session: &Arc<Session>, ids: Vec<i64>) {
    let Some(account) = session.account().cloned() else {
        return;
    };
    let removed = engine
        .store()
        .submit(move |transaction| offline::remove(transaction, &account, &ids));
    drop(removed);
}
