//! The last item of a node, for those who have not asked for it: a new subscriber, and a session that comes or that wants
//! to be notified of more than before (XEP-0060 §6.1.7, XEP-0163 §4.3.4).

use std::sync::Arc;

use rusqlite::Connection;

use super::audience::standing;
use super::notice::Notice;
use super::place::Place;
use super::publish::{payload, shown};
use crate::domain::Result;
use crate::domain::address::Address;
use crate::domain::pubsub::{Item, Node, SendLast};
use crate::engine::Engine;
use crate::engine::iq::stamp;
use crate::engine::session::Session;
use crate::engine::xml::{Element, ns};
use crate::storage::pubsub::{items, nodes};

/// The notice of the last item, with the time of its publication. `None`: there is no item.
pub fn last_notice(engine: &Engine, connection: &Connection, place: &Place, node: &Node) -> Result<Option<Notice>> {
    let now = engine.clock().now();
    let last = items::find_last(connection, node, now)?;
    Ok(last.map(|item| notice(engine, place, node, &item)))
}

fn notice(engine: &Engine, place: &Place, node: &Node, item: &Item) -> Notice {
    let event = Element::new("items", ns::PUBSUB_EVENT)
        .with_attr("node", &node.address.name)
        .with_child(shown(node, item, payload(item), ns::PUBSUB_EVENT));
    let delay = Element::new("delay", ns::DELAY)
        .with_attr("from", &place.address)
        .with_attr("stamp", stamp(item.at));
    Notice::with_more(engine, place, node, event, Some(delay))
}

/// Sends a session the last items at nodes of these names, of its own account and of everybody whose presence it sees.
pub async fn send_last(engine: &Engine, session: &Arc<Session>, names: Vec<String>) {
    let Some(online) = engine.registry().account(&session.address().bare) else {
        return;
    };
    let mut services = vec![session.address().bare.clone()];
    let contacts = online.contacts().all();
    let seen = contacts.iter().filter(|contact| contact.subscription.sees_contact());
    services.extend(seen.map(|contact| contact.address.bare.clone()));
    let viewer = session.address().bare.clone();
    let working = engine.clone();
    let found = engine
        .store()
        .read(move |connection| find(&working, connection, &services, &names, &viewer))
        .await;
    let found = match found {
        Ok(found) if found.is_empty() => return,
        Ok(found) => found,
        Err(error) => return tracing::warn!(%error, "last items could not be read"),
    };
    let (working, receiver) = (engine.clone(), Arc::clone(session));
    // What was published since was told already: after the newer one the older one is not sent.
    let sent = engine.store().submit(move |transaction| {
        for (node, item) in &found {
            let now = working.clock().now();
            if items::find_last(transaction, node, now)?.as_ref() != Some(item) {
                continue;
            }
            let Some(account) = working.account_at(&node.address.service) else {
                continue;
            };
            let notice = notice(&working, &Place::of_account(&account), node, item);
            let (engine, receiver) = (working.clone(), Arc::clone(&receiver));
            transaction.after_commit(move || notice.deliver_to(&engine, &receiver));
        }
        Ok(())
    });
    if let Err(error) = sent.await {
        tracing::warn!(%error, "last items could not be sent");
    }
}

fn find(
    engine: &Engine,
    connection: &Connection,
    services: &[Address],
    names: &[String],
    viewer: &Address,
) -> Result<Vec<(Node, Item)>> {
    let mut found = Vec::new();
    for node in nodes::list_named(connection, services, names)? {
        let config = &node.config;
        if config.send_last != SendLast::OnSubscriptionAndPresence || !config.notifies {
            continue;
        }
        let Some(item) = items::find_last(connection, &node, engine.clock().now())? else {
            continue;
        };
        if standing(engine, connection, &node, viewer)?
            .may_read(config.access)
            .is_ok()
        {
            found.push((node, item));
        }
    }
    Ok(found)
}
