//! What all answers about identities, features and items have in common (XEP-0030).

use super::answer::payload;
use super::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use super::xml::{Element, ns};

/// What an account answers to its own clients, beside publish-subscribe.
pub const OF_ACCOUNT: &[&str] = &[
    ns::DISCO_INFO,
    ns::DISCO_ITEMS,
    ns::PING,
    ns::VCARD,
    ns::CARBONS,
    ns::COMMANDS,
    ns::STANZA_ID,
    ns::PUSH,
    ns::BLOCKING,
    ns::LAST_ACTIVITY,
    ns::PRIVATE,
];

/// The same where there are archives.
pub const OF_ARCHIVE: &[&str] = &[ns::MAM, ns::MAM_EXTENDED, ns::MAM_GROUPCHAT_FIELD];

/// What an account answers to those who see its presence.
pub const OF_CONTACT: &[&str] = &[ns::DISCO_INFO, ns::DISCO_ITEMS, ns::VCARD, ns::LAST_ACTIVITY];

/// What there is for somebody without an account.
pub const OF_GUEST: &[&str] = &[ns::DISCO_INFO, ns::DISCO_ITEMS, ns::PING, ns::CARBONS, ns::COMMANDS];

/// The query of a request that asks for something.
pub fn asked(request: &Stanza) -> Result<&Element, StanzaError> {
    let query = payload(request)?;
    if request.kind != Kind::Iq(IqType::Get) || query.name() != "query" {
        return Err(Condition::BadRequest.into());
    }
    Ok(query)
}

/// Refuses a query for a node, where there are none.
pub fn nodeless(query: &Element) -> Result<(), StanzaError> {
    match query.attr("node") {
        Some(_) => Err(Condition::ItemNotFound.into()),
        None => Ok(()),
    }
}

/// An answer to disco#info: categories and types of identities, and features.
pub fn info(identities: &[(&str, &str)], features: &[&str]) -> Element {
    let identities = identities.iter().map(|(category, kind)| {
        Element::new("identity", ns::DISCO_INFO)
            .with_attr("category", category)
            .with_attr("type", kind)
            .with_attr("name", "Firekeeper")
    });
    let features = features
        .iter()
        .map(|feature| Element::new("feature", ns::DISCO_INFO).with_attr("var", feature));
    Element::new("query", ns::DISCO_INFO)
        .with_children(identities)
        .with_children(features)
}
