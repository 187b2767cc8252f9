//! What groups of rosters give and take (XEP-0060 §4.5): who comes into one that is allowed gets the last items there
//! (§12.2), and who is in none any more is not subscribed any more. Groups are those that an owner made, and shared ones.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::audience::allowed_groups;
use super::last::{deliver, with_last};
use super::lost::cancel_at;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::pubsub::{AccessModel, Item, Node};
use crate::engine::Engine;
use crate::storage::pubsub::nodes;
use crate::storage::rosters;

/// People that are looked after at once.
const CHUNK: usize = 500;

/// Somebody is in more groups of owners than before.
pub struct Newcomer {
    pub address: Address,
    /// Those whose presence he sees only now: he gets what they publish for groups with everything else.
    pub sees_only_now: BTreeSet<Address>,
    pub owners: Vec<Address>,
    /// The groups that he is in from now on.
    pub groups: Vec<String>,
}

/// Sends the last items at nodes that somebody may read because of his new groups.
pub async fn send_last_of_groups(engine: Engine, newcomer: Newcomer) {
    let Newcomer {
        address,
        sees_only_now,
        mut owners,
        groups,
    } = newcomer;
    owners.retain(|owner| *owner != address && !sees_only_now.contains(owner));
    if owners.is_empty() || groups.is_empty() {
        return;
    }
    for session in engine.registry().sessions(&address) {
        let names = session.state().capabilities.notified();
        if names.is_empty() || session.priority().is_none_or(|priority| priority < 0) {
            continue;
        }
        let (working, viewer) = (engine.clone(), address.clone());
        let (services, groups) = (owners.clone(), groups.clone());
        let found = engine
            .store()
            .read(move |connection| find(&working, connection, &services, &names, &viewer, &groups))
            .await;
        deliver(&engine, &session, found).await;
    }
}

fn find(
    engine: &Engine,
    connection: &Connection,
    services: &[Address],
    names: &[String],
    viewer: &Address,
    groups: &[String],
) -> Result<Vec<(Node, Item)>> {
    let mut found = Vec::new();
    for node in nodes::list_named(connection, services, names)? {
        let Some(owner) = engine.account_at(&node.address.service) else {
            continue;
        };
        if is_let_in_by(connection, &owner, viewer, &node, groups)? {
            found.extend(with_last(engine, connection, node, viewer)?);
        }
    }
    Ok(found)
}

/// Whether the node is for these groups, and not for another one that the viewer is in.
fn is_let_in_by(
    connection: &Connection,
    owner: &AccountAddress,
    viewer: &Address,
    node: &Node,
    groups: &[String],
) -> Result<bool> {
    if node.config.access != AccessModel::Roster {
        return Ok(false);
    }
    let Some(item) = rosters::find(connection, owner, viewer)? else {
        return Ok(false);
    };
    let mut allowed = allowed_groups(&item, &node.config.roster_groups).peekable();
    Ok(allowed.peek().is_some() && allowed.all(|group| groups.contains(group)))
}

/// Looks after the subscriptions of these people, and of others to what they own, since a shared group is not what it was.
pub async fn cancel_lost_of_group(engine: Engine, people: BTreeSet<Address>) {
    let people: Vec<Address> = people.into_iter().collect();
    for chunk in people.chunks(CHUNK) {
        let chunk = chunk.to_vec();
        let found = engine
            .store()
            .read(move |connection| nodes::list_subscribed_among(connection, &chunk))
            .await;
        let found = match found {
            Ok(found) => found,
            Err(error) => return tracing::warn!(%error, "subscriptions to nodes could not be looked after"),
        };
        for (node, subscriber) in found {
            if let Err(error) = cancel_at(&engine, node, &subscriber).await {
                tracing::warn!(%subscriber, ?error, "a subscription to a node could not be looked after");
            }
        }
    }
}
