//! XEP-0054: vcard-temp. Everybody may read the vCard of an account; where there is none, nobody learns whether there is
//! an account.

use crate::domain::address::AccountAddress;
use crate::domain::vcard::VCard;
use crate::engine::Engine;
use crate::engine::answer::{Answer, payload};
use crate::engine::refusal;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza};
use crate::engine::xml::{Element, Limits, Scope, ns, parse_element, write_element};
use crate::storage::vcards;

/// A client's request about the vCard of its own account.
pub async fn serve_own(engine: &Engine, account: &AccountAddress, request: &Stanza) -> Answer {
    let vcard = payload(request)?;
    if vcard.name() != "vCard" {
        return Err(Condition::BadRequest.into());
    }
    if request.kind == Kind::Iq(IqType::Get) {
        let found = find(engine, account).await?;
        return Ok(Some(found.unwrap_or_else(|| Element::new("vCard", ns::VCARD))));
    }
    let mut text = Vec::new();
    write_element(vcard, Scope::NONE, &mut text);
    let new = VCard::from_well_formed(String::from_utf8(text).unwrap_or_default())?;
    let owner = account.clone();
    let stored = engine
        .store()
        .write(move |transaction| vcards::put(transaction, &owner, &new));
    stored.await?;
    Ok(None)
}

/// Somebody's request about the vCard of another account.
pub async fn serve_other(engine: &Engine, account: &AccountAddress, request: &Stanza) -> Answer {
    if request.kind != Kind::Iq(IqType::Get) {
        return Err(Condition::Forbidden.into());
    }
    match find(engine, account).await? {
        Some(vcard) => Ok(Some(vcard)),
        None => Err(refusal::NOBODY.into()),
    }
}

/// What is stored need not be a vCard: an administrator may have put any element there. Clients get vCards only.
async fn find(engine: &Engine, account: &AccountAddress) -> crate::domain::Result<Option<Element>> {
    let owner = account.clone();
    let found = engine
        .store()
        .read(move |connection| vcards::find(connection, &owner))
        .await?;
    let read = found.and_then(|vcard| parse_element(vcard.as_str(), Limits::OWN_TEXT).ok());
    Ok(read.filter(|element| element.is("vCard", ns::VCARD)))
}
