//! XEP-0030: what the server and accounts can do. The lists are put together from what each feature says of itself;
//! what is told of an account and its nodes stands with publish-subscribe.

use std::collections::BTreeMap;

use crate::engine::Engine;
use crate::engine::answer::Answer;
use crate::engine::capabilities;
use crate::engine::disco::{OF_GUEST, asked, info, nodeless};
use crate::engine::pubsub;
use crate::engine::settings::ContactAddress;
use crate::engine::stanza::{Condition, Stanza};
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
    ns::EXTERNAL_SERVICES,
    ns::BLOCKING,
    ns::LAST_ACTIVITY,
    ns::PRIVATE,
    ns::REGISTER,
    ns::CAPS,
];

pub fn serve_host(engine: &Engine, request: &Stanza) -> Answer {
    let query = asked(request)?;
    if query.ns() == ns::DISCO_ITEMS {
        return nodeless(query).map(|()| {
            let host = request.to.as_ref().map(|to| to.bare.host()).unwrap_or_default();
            let services = engine.router().services_for(host);
            Some(Element::new("query", ns::DISCO_ITEMS).with_children(services.iter().map(|domain| item(domain))))
        });
    }
    let info = host_info(engine);
    match query.attr("node") {
        None => Ok(Some(info)),
        Some(node) if capabilities::is_own_node(node, &info) => Ok(Some(info.with_attr("node", node))),
        Some(_) => Err(Condition::ItemNotFound.into()),
    }
}

/// What the server says of itself; its capabilities stand for it (XEP-0115).
pub fn host_info(engine: &Engine) -> Element {
    let contacts = &engine.settings().contact_addresses;
    let keeps_messages = engine.settings().offline;
    let offline: &[&str] = if keeps_messages { &[OFFLINE_STORAGE] } else { &[] };
    let features = [OF_SERVER, offline, &pubsub::of_accounts()].concat();
    info(&[("server", "im"), ("pubsub", "pep")], &features)
        .with_optional_child((!contacts.is_empty()).then(|| contact_form(contacts)))
}

/// XEP-0157 §2: one field for each purpose.
fn contact_form(contacts: &[ContactAddress]) -> Element {
    let value = |text: &str| Element::new("value", ns::DATA_FORMS).with_text(text);
    let mut by_purpose: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for contact in contacts {
        by_purpose.entry(&contact.purpose).or_default().push(&contact.address);
    }
    let fields = by_purpose.into_iter().map(|(purpose, addresses)| {
        Element::new("field", ns::DATA_FORMS)
            .with_attr("var", format!("{purpose}-addresses"))
            .with_attr("type", "list-multi")
            .with_children(addresses.into_iter().map(value))
    });
    let kind = Element::new("field", ns::DATA_FORMS)
        .with_attr("var", "FORM_TYPE")
        .with_attr("type", "hidden")
        .with_child(value(ns::SERVER_INFO));
    Element::new("x", ns::DATA_FORMS)
        .with_attr("type", "result")
        .with_child(kind)
        .with_children(fields)
}

/// Of somebody without an account.
pub fn serve_guest(request: &Stanza) -> Answer {
    let query = asked(request)?;
    nodeless(query)?;
    if query.ns() == ns::DISCO_ITEMS {
        return Ok(Some(Element::new("query", ns::DISCO_ITEMS)));
    }
    Ok(Some(info(&[("account", "anonymous")], OF_GUEST)))
}

fn item(domain: &str) -> Element {
    Element::new("item", ns::DISCO_ITEMS).with_attr("jid", domain)
}
