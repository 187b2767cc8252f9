//! What services, accounts, nodes and items tell of themselves (XEP-0060 §5.1 to §5.5, XEP-0163 §6).

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::audience::standing;
use super::error::Refusal;
use super::items::check_may_read;
use super::place::is_seen_by;
use super::{Answer, Call, Place, forms, pending};
use crate::domain::address::FullAddress;
use crate::domain::pubsub::{Node, NodeAffiliation, NodeSubscriptionState};
use crate::engine::Engine;
use crate::engine::disco::{self, asked, info};
use crate::engine::refusal::NOBODY;
use crate::engine::rsm::{self, PageWanted};
use crate::engine::stanza::{Condition, Stanza};
use crate::engine::xml::{Element, ns};
use crate::storage::pubsub::{affiliations, items, nodes, subscriptions};

/// Nodes of a service on one page.
const PAGE: usize = 500;

/// What accounts do for older clients (XEP-0402 §6, XEP-0398).
const CONVERSIONS: &[&str] = &[
    "urn:xmpp:bookmarks:1#compat",
    "urn:xmpp:bookmarks:1#compat-pep",
    ns::AVATAR_CONVERSION,
];

/// What every place can do (XEP-0060 §10).
macro_rules! features {
    ($($name:literal),* $(,)?) => {
        &[$(concat!("http://jabber.org/protocol/pubsub#", $name)),*]
    };
}

const OF_EVERY_PLACE: &[&str] = features![
    "access-authorize",
    "access-open",
    "access-presence",
    "access-roster",
    "access-whitelist",
    "config-node",
    "config-node-max",
    "create-and-configure",
    "create-nodes",
    "delete-items",
    "delete-nodes",
    "instant-nodes",
    "item-ids",
    "last-published",
    "manage-subscriptions",
    "member-affiliation",
    "meta-data",
    "modify-affiliations",
    "multi-items",
    "outcast-affiliation",
    "persistent-items",
    "presence-notifications",
    "publish",
    "publish-only-affiliation",
    "publish-options",
    "publisher-affiliation",
    "purge-nodes",
    "retract-items",
    "retrieve-affiliations",
    "retrieve-default",
    "retrieve-default-sub",
    "retrieve-items",
    "retrieve-subscriptions",
    "rsm",
    "subscribe",
    "subscription-notifications",
    "subscription-options",
];

const OF_SERVICE: &[&str] = features!["get-pending", "multi-subscribe"];

const OF_ACCOUNT: &[&str] = features![
    "auto-create",
    "auto-subscribe",
    "filtered-notifications",
    "presence-subscribe",
    "pubsub-on-a-jid",
];

pub async fn serve_service(engine: &Engine, place: Place, request: &Stanza) -> Answer {
    let query = asked(request)?;
    if let Some(described) = pending::describe(&place, query) {
        return Ok(Some(described));
    }
    if query.ns() == ns::DISCO_INFO && query.attr("node").is_none() {
        let features = [
            &[
                ns::DISCO_INFO,
                ns::DISCO_ITEMS,
                ns::COMMANDS,
                ns::PING,
                ns::RSM,
                ns::PUBSUB,
            ][..],
            OF_EVERY_PLACE,
            OF_SERVICE,
        ];
        return Ok(Some(info(&[("pubsub", "service")], &features.concat())));
    }
    serve_nodes(engine, place, request).await
}

/// Of an account: its nodes and their items, for those who may have them.
pub async fn serve_account(engine: &Engine, place: Place, request: &Stanza) -> Answer {
    serve_nodes(engine, place, request).await
}

async fn serve_nodes(engine: &Engine, place: Place, request: &Stanza) -> Answer {
    let query = asked(request)?;
    let requester = request.from.clone().ok_or(Condition::BadRequest)?;
    let call = Call {
        engine: engine.clone(),
        place,
        requester,
    };
    let name = query.attr("node").map(str::to_owned);
    let page = PageWanted::read(query, PAGE, PAGE)?;
    let is_info = query.ns() == ns::DISCO_INFO;
    call.check_not_blocked().await?;
    let answer = call
        .read(move |call, connection| match (name, is_info) {
            (None, true) => account_info(call, connection),
            (None, false) => list_nodes(call, connection, page.as_ref()),
            (Some(name), true) => node_info(call, connection, &name),
            (Some(name), false) => list_items(call, connection, &name, page.as_ref()),
        })
        .await;
    match answer {
        // What a stranger may not know of looks as if there was nothing.
        Err(error) if !is_info && error.condition == NOBODY => {
            let query = Element::new("query", ns::DISCO_ITEMS).with_optional_attr("node", query.attr("node"));
            Ok(Some(query))
        }
        answer => answer.map(Some),
    }
}

/// Nobody but those who see its presence learns that there is an account.
fn account_info(call: &Call, connection: &Connection) -> Result<Element, Refusal> {
    check_known(call, connection)?;
    let is_own = call.who() == &call.place.address;
    let basic = if is_own { disco::OF_ACCOUNT } else { disco::OF_CONTACT };
    let has_archive = is_own && call.engine.settings().archive;
    let archive = if has_archive { disco::OF_ARCHIVE } else { &[] };
    let features = [basic, archive, &of_accounts()].concat();
    Ok(info(&[("account", "registered"), ("pubsub", "pep")], &features))
}

/// What the accounts of a host do. Older clients ask their server, not their account.
pub fn of_accounts() -> Vec<&'static str> {
    [&[ns::PUBSUB, ns::VCARD4], OF_EVERY_PLACE, OF_ACCOUNT, CONVERSIONS].concat()
}

fn check_known(call: &Call, connection: &Connection) -> Result<(), Refusal> {
    match &call.place.account {
        Some(account) if !is_seen_by(connection, account, call.who())? => Err(NOBODY.into()),
        _ => Ok(()),
    }
}

fn node_info(call: &Call, connection: &Connection, name: &str) -> Result<Element, Refusal> {
    let node = call.place.find(connection, Some(name), call.who())?;
    // What an account keeps for itself is described to nobody else.
    if call.place.account.is_some() {
        check_may_read(call, connection, &node)?;
    }
    let affiliated = affiliations::list(connection, &node)?;
    let with = |wanted| -> Vec<String> {
        let those = affiliated.iter().filter(|(_, affiliation)| *affiliation == wanted);
        those.map(|(address, _)| address.to_string()).collect()
    };
    let subscribed = subscriptions::list(connection, &node)?;
    // Who is subscribed several times is one subscriber.
    let subscribers: BTreeSet<&FullAddress> = subscribed
        .iter()
        .filter(|one| one.state == NodeSubscriptionState::Subscribed)
        .map(|one| &one.subscriber)
        .collect();
    let meta_data = forms::meta_data(
        &node,
        call.most(),
        &with(NodeAffiliation::Owner),
        &with(NodeAffiliation::Publisher),
        subscribers.len(),
    );
    let features = [&[ns::DISCO_INFO, ns::DISCO_ITEMS, ns::PUBSUB][..], OF_EVERY_PLACE].concat();
    Ok(info(&[("pubsub", "leaf")], &features)
        .with_attr("node", name)
        .with_child(meta_data))
}

fn list_items(call: &Call, connection: &Connection, name: &str, page: Option<&PageWanted>) -> Result<Element, Refusal> {
    let node = call.place.find(connection, Some(name), call.who())?;
    check_may_read(call, connection, &node)?;
    let all = items::list_ids(connection, &node, call.engine.clock().now())?;
    let whole = PageWanted {
        position: rsm::Position::After(None),
        limit: all.len(),
    };
    let (ids, set) = rsm::page(&all, page.unwrap_or(&whole), String::as_str)?;
    let items = ids.iter().map(|id| {
        Element::new("item", ns::DISCO_ITEMS)
            .with_attr("jid", &call.place.address)
            .with_attr("name", id)
    });
    Ok(Element::new("query", ns::DISCO_ITEMS)
        .with_attr("node", name)
        .with_children(items)
        .with_optional_child(page.map(|_| set)))
}

/// Of an account those nodes that one may read: of a stranger's the open ones (XEP-0163 §6.2), of nobody's none.
fn list_nodes(call: &Call, connection: &Connection, page: Option<&PageWanted>) -> Result<Element, Refusal> {
    let mut visible = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let found = nodes::list(connection, &call.place.address, after.as_deref(), PAGE)?;
        after = found.last().map(|node| node.address.name.clone());
        let is_last = found.len() < PAGE;
        for node in found {
            if is_shown(call, connection, &node)? {
                visible.push((node.address.name, node.config.title));
            }
        }
        if is_last {
            break;
        }
    }
    let whole = PageWanted {
        position: rsm::Position::After(None),
        limit: visible.len(),
    };
    let (shown, set) = rsm::page(&visible, page.unwrap_or(&whole), |(name, _)| name.as_str())?;
    let items = shown.iter().map(|(name, title)| {
        Element::new("item", ns::DISCO_ITEMS)
            .with_attr("jid", &call.place.address)
            .with_attr("node", name)
            .with_optional_attr("name", (!title.is_empty()).then_some(title))
    });
    Ok(Element::new("query", ns::DISCO_ITEMS)
        .with_children(items)
        .with_optional_child(page.map(|_| set)))
}

/// At an account only those nodes are listed that one may read.
fn is_shown(call: &Call, connection: &Connection, node: &Node) -> Result<bool, Refusal> {
    if call.place.account.is_none() {
        return Ok(true);
    }
    let standing = standing(&call.engine, connection, node, call.who())?;
    Ok(standing.may_read(node.config.access).is_ok())
}
