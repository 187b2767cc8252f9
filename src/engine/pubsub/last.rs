//! The last item of a node, for those who have not asked for it: a new subscriber, and a session that comes or that wants
//! to be notified of more than before (XEP-0060 §6.1.7, XEP-0163 §4.3.4).

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::Connection;

use super::Call;
use super::audience::standing;
use super::error::Refusal;
use super::event::Event;
use super::item::{payload, shown};
use super::notice::Notice;
use super::place::Place;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address, FullAddress};
use crate::domain::pubsub::{Item, Node, NodeSubscription, NodeSubscriptionState, SendLast};
use crate::engine::Engine;
use crate::engine::delay::delay;
use crate::engine::session::Session;
use crate::engine::xml::ns;
use crate::storage::Transaction;
use crate::storage::pubsub::{items, nodes, subscriptions};

/// The notice of the last item, with the time of its publication. `None`: there is no item.
pub fn last_notice(engine: &Engine, connection: &Connection, place: &Place, node: &Node) -> Result<Option<Notice>> {
    let now = engine.clock().now();
    let last = items::find_last(connection, node, now)?;
    Ok(last.map(|item| notice(engine, place, node, &item)))
}

fn notice(engine: &Engine, place: &Place, node: &Node, item: &Item) -> Notice {
    let event = Event::Published(vec![shown(node, item, payload(item), ns::PUBSUB_EVENT)]);
    Notice::new(engine, place, node, event, Some(delay(&place.address, item.at)))
}

/// Sends a session that has become available the last items of the nodes to which its account is subscribed and that want
/// that.
pub async fn send_last_subscribed(engine: &Engine, session: &Arc<Session>) {
    let address = session.address().clone();
    let working = engine.clone();
    let found = engine
        .store()
        .read(move |connection| find_subscribed(&working, connection, &address))
        .await;
    deliver(engine, session, found).await;
}

/// Sends a session that takes messages from now on the last items that it is known to want.
pub async fn send_last_known(engine: &Engine, session: &Arc<Session>) {
    let names = session.state().capabilities.notified();
    if !names.is_empty() {
        send_last(engine, session, names).await;
    }
}

/// Sends a session the last items at nodes of these names, of its own account, of everybody whose presence it sees, and of
/// those to whom it has sent its own.
pub async fn send_last(engine: &Engine, session: &Arc<Session>, names: Vec<String>) {
    let Some(online) = engine.registry().account(&session.address().bare) else {
        return;
    };
    let mut services = vec![session.address().bare.clone()];
    // Of its contacts a resource hears that takes messages (XEP-0163 §4.3.3).
    if session.priority().is_none_or(|priority| priority >= 0) {
        let contacts = online.contacts().all();
        let seen = contacts.iter().filter(|contact| contact.subscription.sees_contact());
        services.extend(seen.map(|contact| contact.address.bare.clone()));
    }
    services.extend(session.state().directed.iter().map(|to| to.bare.clone()));
    services.sort_unstable();
    services.dedup();
    send_last_of_services(engine, session, services, names).await;
}

/// Sends a session the last items at those nodes of an account that have one of these names.
pub async fn send_last_at(engine: &Engine, session: &Arc<Session>, account: Address, names: Vec<String>) {
    if !names.is_empty() {
        send_last_of_services(engine, session, vec![account], names).await;
    }
}

async fn send_last_of_services(engine: &Engine, session: &Arc<Session>, services: Vec<Address>, names: Vec<String>) {
    let viewer = session.address().bare.clone();
    let working = engine.clone();
    let found = engine
        .store()
        .read(move |connection| find(&working, connection, &services, &names, &viewer))
        .await;
    deliver(engine, session, found).await;
}

/// Sends the sessions of somebody who sees an account from now on the last items there that they want.
pub async fn send_last_of(engine: Engine, account: AccountAddress, viewer: Address) {
    for session in engine.registry().sessions(&viewer) {
        if session.priority().is_none_or(|priority| priority < 0) {
            continue;
        }
        let names = session.state().capabilities.notified();
        send_last_at(&engine, &session, account.to_address(), names).await;
    }
}

pub async fn deliver(engine: &Engine, session: &Arc<Session>, found: Result<Vec<(Node, Item)>>) {
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
            let notice = notice(&working, &working.place_at(&node.address.service), node, item);
            let (engine, receiver) = (working.clone(), Arc::clone(&receiver));
            transaction.after_commit(move || notice.deliver_to(&engine, &receiver));
        }
        Ok(())
    });
    if let Err(error) = sent.await {
        tracing::warn!(%error, "last items could not be sent");
    }
}

fn find_subscribed(engine: &Engine, connection: &Connection, who: &FullAddress) -> Result<Vec<(Node, Item)>> {
    let mut found: Vec<(Node, Item)> = Vec::new();
    for node in nodes::list_subscribed(connection, who)? {
        if found.last().is_none_or(|(last, _)| last.id != node.id) {
            found.extend(with_last(engine, connection, node, &who.bare)?);
        }
    }
    Ok(found)
}

/// A node with its last item, if it sends that to those who come and they may have it.
pub fn with_last(
    engine: &Engine,
    connection: &Connection,
    node: Node,
    viewer: &Address,
) -> Result<Option<(Node, Item)>> {
    let config = &node.config;
    if config.send_last != SendLast::OnSubscriptionAndPresence || !config.notifies {
        return Ok(None);
    }
    let Some(item) = items::find_last(connection, &node, engine.clock().now())? else {
        return Ok(None);
    };
    let may_read = standing(engine, connection, &node, viewer)?
        .may_read(config.access)
        .is_ok();
    Ok(may_read.then_some((node, item)))
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
        // Whoever is subscribed got it when he came.
        let own = subscriptions::list_of(connection, &node, viewer)?;
        if own.iter().all(|one| one.state != NodeSubscriptionState::Subscribed) {
            found.extend(with_last(engine, connection, node, viewer)?);
        }
    }
    Ok(found)
}

/// Sends the new subscriber what was published last (§6.1.7).
pub fn send_last_to(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    made: &NodeSubscription,
) -> Result<(), Refusal> {
    if node.config.send_last == SendLast::Never || !node.config.notifies {
        return Ok(());
    }
    let Some(notice) = last_notice(&call.engine, transaction, &call.place, node)? else {
        return Ok(());
    };
    let (engine, made) = (call.engine.clone(), made.clone());
    transaction.after_commit(move || {
        let subscriptions = [(made.id.as_str(), &made.options)];
        notice.to_subscriber(&engine, &made.subscriber, &subscriptions, &mut BTreeSet::new());
    });
    Ok(())
}
