//! XEP-0049: XML that a client keeps at the server for itself, one element per namespace and name.

use std::collections::HashSet;

use crate::domain::address::AccountAddress;
use crate::domain::private_xml::PrivateElement;
use crate::engine::Engine;
use crate::engine::answer::{Answer, payload};
use crate::engine::pubsub;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use crate::engine::xml::{Element, Limits, Scope, ns, parse_element, write_element};
use crate::storage::private_xml;

/// Serves a request of a client about what its own account keeps.
pub async fn serve(engine: &Engine, account: &AccountAddress, request: &Stanza) -> Answer {
    let query = payload(request)?;
    let asked: Vec<&Element> = query.children().collect();
    let is_put = request.kind == Kind::Iq(IqType::Set);
    if query.name() != "query" || asked.is_empty() && !is_put {
        return Err(StanzaError::new(Condition::BadRequest).with_text("name an element"));
    }
    // §3: what is put has a namespace, and those of the protocol itself are no client's.
    let is_own = |element: &&Element| !matches!(element.ns(), "" | ns::PRIVATE | ns::JABBER_CLIENT);
    if asked.is_empty() || !asked.iter().all(is_own) {
        return Err(StanzaError::new(Condition::NotAcceptable).with_text("put the element into a namespace of its own"));
    }
    match request.kind {
        Kind::Iq(IqType::Set) => put(engine, account, &asked).await,
        _ => find(engine, account, &asked).await,
    }
}

async fn put(engine: &Engine, account: &AccountAddress, given: &[&Element]) -> Answer {
    let elements: Vec<PrivateElement> = given.iter().map(|element| to_store(element)).collect();
    let (owner, limits) = (account.clone(), engine.settings().limits.private_xml);
    let working = engine.clone();
    let stored = engine.store().submit(move |transaction| {
        private_xml::put(transaction, &owner, &elements, &limits)?;
        elements
            .iter()
            .try_for_each(|element| pubsub::follow_private(&working, transaction, &owner, element))
    });
    stored.await?;
    Ok(None)
}

/// What is not there comes back as it was asked for (§3.1).
async fn find(engine: &Engine, account: &AccountAddress, asked: &[&Element]) -> Answer {
    let owner = account.clone();
    // What is asked for again is not given again: an answer is no longer than what is kept.
    let mut named = HashSet::new();
    let asked: Vec<_> = asked
        .iter()
        .filter(|element| named.insert((element.ns(), element.name())))
        .collect();
    let names: Vec<(String, String)> = asked
        .iter()
        .map(|element| (element.ns().to_owned(), element.name().to_owned()))
        .collect();
    let found = engine
        .store()
        .read(move |connection| {
            names
                .iter()
                .map(|(namespace, name)| private_xml::find(connection, &owner, namespace, name))
                .collect::<crate::domain::Result<Vec<_>>>()
        })
        .await?;
    let kept = asked.into_iter().zip(found).map(|(element, xml)| {
        let kept = xml.and_then(|xml| parse_element(&xml, Limits::OWN_TEXT).ok());
        kept.unwrap_or_else(|| (*element).clone())
    });
    Ok(Some(Element::new("query", ns::PRIVATE).with_children(kept)))
}

fn to_store(element: &Element) -> PrivateElement {
    let mut xml = Vec::new();
    write_element(element, Scope::NONE, &mut xml);
    PrivateElement {
        namespace: element.ns().to_owned(),
        name: element.name().to_owned(),
        xml: String::from_utf8(xml).unwrap_or_default(),
    }
}
