//! XEP-0030: what the server, and one's own account, can do. The lists are put together from what each feature says of
//! itself; of other accounts nothing is told, whether they exist or not.

use super::{Answer, payload};
use crate::engine::Engine;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza};
use crate::engine::xml::{Element, ns};

/// XEP-0160 §3
const OFFLINE_STORAGE: &str = "msgoffline";

/// What the server answers to everybody.
const OF_SERVER: &[&str] = &[
    ns::DISCO_INFO,
    ns::DISCO_ITEMS,
    ns::PING,
    ns::VERSION,
    ns::TIME,
    ns::VCARD,
    ns::CARBONS,
    ns::COMMANDS,
    ns::BLOCKING,
    ns::LAST_ACTIVITY,
    ns::PRIVATE,
    ns::REGISTER,
    OFFLINE_STORAGE,
];

/// What an account answers to its own clients.
const OF_ACCOUNT: &[&str] = &[
    ns::DISCO_INFO,
    ns::DISCO_ITEMS,
    ns::PING,
    ns::VCARD,
    ns::CARBONS,
    ns::COMMANDS,
    ns::MAM,
    ns::MAM_EXTENDED,
    ns::STANZA_ID,
];

pub fn serve_host(engine: &Engine, request: &Stanza) -> Answer {
    serve(request, ("server", "im"), OF_SERVER, || {
        engine.router().services().iter().map(|domain| item(domain)).collect()
    })
}

pub fn serve_account(request: &Stanza) -> Answer {
    serve(request, ("account", "registered"), OF_ACCOUNT, Vec::new)
}

/// Of another's account: no features, and no items that tell whether it exists.
pub fn serve_other(request: &Stanza) -> Answer {
    let query = payload(request)?;
    match (request.kind, query.ns()) {
        (Kind::Iq(IqType::Get), ns::DISCO_ITEMS) => {
            let node = query.attr("node");
            Ok(Some(
                Element::new("query", ns::DISCO_ITEMS).with_optional_attr("node", node),
            ))
        }
        _ => Err(Condition::ServiceUnavailable.into()),
    }
}

fn serve(
    request: &Stanza,
    (category, type_): (&'static str, &'static str),
    features: &[&str],
    items: impl FnOnce() -> Vec<Element>,
) -> Answer {
    let query = payload(request)?;
    if request.kind != Kind::Iq(IqType::Get) || query.name() != "query" {
        return Err(Condition::BadRequest.into());
    }
    if query.attr("node").is_some() {
        return Err(Condition::ItemNotFound.into());
    }
    if query.ns() == ns::DISCO_ITEMS {
        return Ok(Some(Element::new("query", ns::DISCO_ITEMS).with_children(items())));
    }
    let identity = Element::new("identity", ns::DISCO_INFO)
        .with_attr("category", category)
        .with_attr("type", type_)
        .with_attr("name", "Firekeeper");
    let features = features
        .iter()
        .map(|feature| Element::new("feature", ns::DISCO_INFO).with_attr("var", feature));
    Ok(Some(
        Element::new("query", ns::DISCO_INFO)
            .with_child(identity)
            .with_children(features),
    ))
}

fn item(domain: &str) -> Element {
    Element::new("item", ns::DISCO_ITEMS).with_attr("jid", domain)
}
