//! XEP-0077: a client that has logged in changes the password of its own account. Nobody registers a new account here,
//! and accounts are removed by administrators only.

use super::{Answer, payload};
use crate::domain::account::{AccountChanges, Password};
use crate::domain::address::{AccountAddress, Localpart};
use crate::domain::clock::now_in_milliseconds;
use crate::engine::Engine;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::accounts;

/// Serves a request of a client about its own account.
pub async fn serve(engine: &Engine, account: &AccountAddress, request: &Stanza) -> Answer {
    let query = payload(request)?;
    if query.name() != "query" {
        return Err(Condition::BadRequest.into());
    }
    if request.kind == Kind::Iq(IqType::Get) {
        return Ok(Some(registration(account)));
    }
    if query.has_child("remove", ns::REGISTER) {
        return Err(StanzaError::new(Condition::NotAllowed).with_text("ask an administrator to remove the account"));
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
