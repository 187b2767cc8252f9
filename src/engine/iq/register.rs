//! XEP-0077: a client that has logged in changes the password of its own account, and removes it where people may make
//! accounts themselves. Making them is the matter of a connection before its login.

use std::sync::Arc;

use crate::domain::account::{AccountChanges, Password};
use crate::domain::address::{AccountAddress, Localpart};
use crate::domain::clock::now_in_milliseconds;
use crate::domain::room::default_owner;
use crate::engine::Engine;
use crate::engine::answer::{Answer, payload};
use crate::engine::session::Session;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::{account_moves, accounts};

/// Serves a request of a client about its own account.
pub async fn serve(engine: &Engine, session: &Arc<Session>, account: &AccountAddress, request: &Stanza) -> Answer {
    let query = payload(request)?;
    if query.name() != "query" {
        return Err(Condition::BadRequest.into());
    }
    if request.kind == Kind::Iq(IqType::Get) {
        return Ok(Some(registration(account)));
    }
    if query.has_child("remove", ns::REGISTER) {
        // §3.2: it stands alone.
        if query.children().count() > 1 {
            return Err(Condition::BadRequest.into());
        }
        return remove(engine, session, account, request).await;
    }
    let (Some(username), Some(password)) = (
        query.child_text("username", ns::REGISTER),
        query.child_text("password", ns::REGISTER),
    ) else {
        return Err(StanzaError::new(Condition::BadRequest).with_text("give username and password"));
    };
    if !Localpart::prepare(&username).is_ok_and(|localpart| localpart == *account.localpart()) {
        return Err(StanzaError::new(Condition::BadRequest).with_text("the username is not that of this account"));
    }
    change_password(engine, account, Password::new(password)?).await?;
    Ok(None)
}

fn registration(account: &AccountAddress) -> Element {
    Element::new("query", ns::REGISTER)
        .with_child(Element::new("registered", ns::REGISTER))
        .with_child(Element::new("username", ns::REGISTER).with_text(account.localpart().as_str()))
        .with_child(Element::new("password", ns::REGISTER))
}

async fn change_password(engine: &Engine, account: &AccountAddress, new: Password) -> crate::domain::Result<()> {
    let credentials = engine.accounts().derive(new.clone()).await?;
    let changes = AccountChanges {
        password: Some(new),
        ..AccountChanges::default()
    };
    let (owner, now) = (account.clone(), now_in_milliseconds(engine.clock()));
    let stored = engine
        .store()
        .submit(move |transaction| accounts::change(transaction, &owner, &changes, Some(&credentials), now));
    stored.await
}

async fn remove(engine: &Engine, session: &Arc<Session>, account: &AccountAddress, request: &Stanza) -> Answer {
    let heir = default_owner(account.host());
    if !engine.settings().registration || account.to_address() == heir {
        return Err(StanzaError::new(Condition::NotAllowed).with_text("ask an administrator to remove the account"));
    }
    let (answering, session, result) = (engine.clone(), Arc::clone(session), Arc::new(request.result(None)));
    let owner = account.clone();
    let removed = engine.store().submit(move |transaction| {
        // The removal ends the session, so its answer goes out before.
        let (engine, session, result) = (answering.clone(), Arc::clone(&session), Arc::clone(&result));
        transaction.after_commit(move || engine.deliver(&session, result));
        account_moves::remove(transaction, &owner, &heir)
    });
    removed.await?;
    tracing::info!(%account, "an account was removed by its owner");
    Ok(None)
}
