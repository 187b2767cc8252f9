//! Shared groups live: when one changes, the rosters of those it is shared with change, and their clients hear of exactly
//! the contacts that look different now. The writer's thread only notes the change; one task works on what is noted,
//! changes of one group together, so that filling a large group is no quadratic work. What clients are told is what the
//! database says when they are told, so that no order can leave them with something old.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;

use super::super::Engine;
use super::super::broadcast;
use super::super::pubsub::{self, Newcomer};
use super::super::registry::{OnlineAccount, contacts};
use super::waiting::{Change, Next};
use super::{item, push};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address, Host};
use crate::domain::event::RosterCause;
use crate::domain::group::Sharing;
use crate::domain::roster::{RosterItem, Subscription};
use crate::storage::{group_members, groups, presence_contacts, rosters};

/// Rosters that are read at a time.
const PARALLEL: usize = 2;

/// Contacts that are read and told of at once.
const CHUNK: usize = 100;

/// How long a client may take to read half of what waits for it, before it is sent more all the same.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often it is looked whether it has.
const PAUSE: Duration = Duration::from_millis(20);

/// How often a roster is read again because it changed meanwhile.
const ATTEMPTS: usize = 20;

/// A group changed.
pub fn note_group(engine: &Engine, host: &Host, name: &str, change: Change) {
    if engine.shared().put_group(host, name, change) {
        tell(engine);
    }
}

/// An account came, or its name is another.
pub fn note_account(engine: &Engine, account: &AccountAddress) {
    if engine.shared().put_account(account) {
        tell(engine);
    }
}

fn tell(engine: &Engine) {
    let telling = engine.clone();
    engine.spawn(async move { run(&telling).await });
}

async fn run(engine: &Engine) {
    while let Some(next) = engine.shared().next() {
        let told = match next {
            Next::Account(account) => find_groups(engine, account).await,
            Next::Group(host, name, change) => tell_group(engine, &host, name, change).await,
        };
        if let Err(error) = told {
            tracing::warn!(%error, "a change of a shared group was not told to connected clients");
        }
    }
}

/// Whoever shares a group with the account sees it differently now.
async fn find_groups(engine: &Engine, account: Address) -> Result<()> {
    let member = account.clone();
    let found = engine
        .store()
        .read(move |connection| group_members::list_shared_with(connection, &member))
        .await?;
    for (host, name) in found {
        let change = Change {
            changed: BTreeSet::from([account.clone()]),
            ..Change::default()
        };
        note_group(engine, &host, &name, change);
    }
    Ok(())
}

async fn tell_group(engine: &Engine, host: &Host, name: String, change: Change) -> Result<()> {
    let place = host.clone();
    let (sharing, members, shown_as) = engine
        .store()
        .read(move |connection| {
            let (sharing, members) = group_members::find_members(connection, &place, &name)?;
            Ok((sharing, members, groups::find_display_name(connection, &place, &name)?))
        })
        .await?;
    let before = change.sharing_before.unwrap_or(sharing);
    if before == Sharing::Nobody && sharing == Sharing::Nobody {
        return Ok(());
    }
    let everybody = [before, sharing].contains(&Sharing::Everybody);
    let is_same = before == sharing;
    let viewers: Vec<Arc<OnlineAccount>> = if everybody {
        engine.registry().accounts(host)
    } else {
        let addresses = members
            .iter()
            .chain(&change.moved)
            .chain(change.members.iter().flat_map(|members| members.iter()))
            .collect::<BTreeSet<_>>();
        addresses
            .into_iter()
            .filter(|address| address.host() == host.as_str())
            .filter_map(|address| engine.registry().account(address))
            .collect()
    };
    if viewers.is_empty() {
        return Ok(());
    }
    let some: Arc<[Address]> = change.changed.iter().cloned().collect();
    let were = change.members.iter().flat_map(|members| members.iter().cloned());
    let all = members.into_iter().chain(were).chain(change.changed);
    let all: Arc<[Address]> = all.collect::<BTreeSet<_>>().into_iter().collect();
    let moved = change.moved;
    if everybody {
        for member in all.iter().filter_map(|member| engine.registry().account(member)) {
            tell_host(engine, host, &member).await?;
        }
    }
    futures::stream::iter(viewers)
        .for_each_concurrent(PARALLEL, |viewer| {
            let stays = is_same && (everybody || !moved.contains(viewer.address()));
            let contacts = Arc::clone(if stays { &some } else { &all });
            // Where neither has come, nobody is let in by the group who was not before.
            let owners: Vec<Address> = if stays {
                contacts
                    .iter()
                    .filter(|contact| moved.contains(*contact))
                    .cloned()
                    .collect()
            } else {
                contacts.to_vec()
            };
            let newcomer = Newcomer {
                address: viewer.address().clone(),
                sees_only_now: BTreeSet::new(),
                owners,
                groups: shown_as
                    .iter()
                    .filter(|_| sharing != Sharing::Nobody)
                    .cloned()
                    .collect(),
            };
            async move {
                if let Err(error) = tell_viewer(engine, host, &viewer, &contacts, !stays, newcomer).await {
                    tracing::warn!(%error, "a client was not told of a change of a shared group");
                }
            }
        })
        .await;
    Ok(())
}

/// Tells everybody on the host of a member whom they see from now on, or do not see any more.
async fn tell_host(engine: &Engine, host: &Host, member: &OnlineAccount) -> Result<()> {
    let Some(owner) = member.address().account_on(host) else {
        return Ok(());
    };
    let is_seen = engine
        .store()
        .read(move |connection| presence_contacts::is_seen_by_host(connection, &owner))
        .await?;
    broadcast::follow_host(engine, member, &mut member.contacts(), is_seen);
    Ok(())
}

/// Tells an account's clients of `contacts` as they are now; if `is_stranger`, of every other contact too that is not
/// what it was.
async fn tell_viewer(
    engine: &Engine,
    host: &Host,
    viewer: &OnlineAccount,
    contacts: &Arc<[Address]>,
    is_stranger: bool,
    mut newcomer: Newcomer,
) -> Result<()> {
    let Some(owner) = viewer.address().account_on(host) else {
        return Ok(());
    };
    let mut contacts = Arc::clone(contacts);
    if is_stranger {
        let mut all: BTreeSet<Address> = contacts.iter().cloned().collect();
        all.extend(differences(engine, &owner, viewer).await?);
        contacts = all.into_iter().collect();
    }
    let others = contacts.iter().filter(|contact| *contact != viewer.address());
    for chunk in others.cloned().collect::<Vec<_>>().chunks(CHUNK) {
        newcomer
            .sees_only_now
            .extend(tell_chunk(engine, &owner, viewer, chunk).await?);
        wait_for_readers(viewer).await;
    }
    for seen in newcomer.sees_only_now.iter().filter_map(|seen| engine.account_at(seen)) {
        pubsub::send_last_of(engine.clone(), seen, viewer.address().clone()).await;
    }
    pubsub::send_last_of_groups(engine.clone(), newcomer).await;
    Ok(())
}

async fn wait_for_readers(viewer: &OnlineAccount) {
    let is_crowded = || viewer.sessions().iter().any(|session| session.outbox().is_crowded());
    let reading = async {
        while is_crowded() {
            tokio::time::sleep(PAUSE).await;
        }
    };
    let _too_slow = tokio::time::timeout(PATIENCE, reading).await;
}

/// The contacts with whom something else is shared than the account's list says.
async fn differences(engine: &Engine, owner: &AccountAddress, viewer: &OnlineAccount) -> Result<Vec<Address>> {
    let owner = owner.clone();
    let now: BTreeMap<Address, Subscription> = engine
        .store()
        .read(move |connection| presence_contacts::find(connection, &owner))
        .await?
        .contacts
        .into_iter()
        .map(|contact| (contact.address.clone(), contacts::subscription(&contact)))
        .collect();
    let known = viewer.contacts().all();
    let differs = known
        .iter()
        .filter(|contact| now.get(&contact.address.bare) != Some(&contact.subscription));
    Ok(differs.map(|contact| contact.address.bare.clone()).collect())
}

/// Gives those whose presence the viewer sees only from now on.
async fn tell_chunk(
    engine: &Engine,
    owner: &AccountAddress,
    viewer: &OnlineAccount,
    chunk: &[Address],
) -> Result<Vec<Address>> {
    let mut sees_only_now = Vec::new();
    for attempt in 1.. {
        let generation = viewer.contacts().generation();
        let (asked, account) = (chunk.to_vec(), owner.clone());
        let found: Vec<RosterItem> = engine
            .store()
            .read(move |connection| rosters::list_among(connection, &account, &asked))
            .await?;
        let mut contacts = viewer.contacts();
        if contacts.generation() != generation && attempt < ATTEMPTS {
            continue;
        }
        contacts.advance();
        for contact in chunk {
            let item = found.iter().find(|item| item.contact == *contact);
            let subscription = item.map(|item| item.subscription).unwrap_or_default();
            let element = match item {
                Some(item) => item::element(item),
                None if contacts.knows(contact) => item::removal(contact),
                None => continue,
            };
            if subscription.sees_contact() && !contacts.subscription(contact).sees_contact() {
                sees_only_now.push(contact.clone());
            }
            push::send(engine, viewer, element, None, RosterCause::Administration);
            broadcast::follow(engine, viewer, &mut contacts, contact, subscription);
        }
        break;
    }
    Ok(sees_only_now)
}
