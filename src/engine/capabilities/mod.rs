//! XEP-0115: what clients can do. A presence carries a hash; what it stands for is known, or the client is asked, and
//! its answer is believed for others only if it has that hash. Known hashes are kept in memory and in the database,
//! bounded in both.

mod hash;
pub mod known;

use std::sync::Arc;

use self::hash::SHA_1;
use super::Engine;
use super::pubsub;
use super::session::{Announcement, Features, Session};
use super::stanza::{IqType, Kind, Stanza};
use super::xml::{Element, Limits, ns, parse_element};
use crate::domain::address::Address;
use crate::domain::presence::CapabilitiesHash;
use crate::domain::random::alphanumeric;
use crate::storage::capabilities;

/// What this server calls itself in its own `<c/>`.
const NODE: &str = "urn:x-firekeeper:server";

/// Hashes that the database remembers.
const STORED: usize = 10_000;

/// Bytes of an answer; a longer one counts for nothing.
const LONGEST: usize = 64 * 1024;

/// Letters and digits of the id of a question, which nobody guesses.
const QUESTION_ID: usize = 24;

/// Notes what a presence of a session says that it can do.
pub async fn hear(engine: &Engine, session: &Arc<Session>, presence: &Stanza) {
    let Some(announcement) = Announcement::read(presence) else {
        return;
    };
    {
        let mut state = session.state();
        if state.capabilities.announcement.as_ref() == Some(&announcement) {
            return;
        }
        state.capabilities.announcement = Some(announcement.clone());
    }
    let known = match announcement.hash() {
        Some(hash) => find(engine, &hash).await,
        None => None,
    };
    match known {
        Some(features) => learn(engine, session, features).await,
        None => ask(engine, session, &announcement),
    }
}

/// What stands for a hash, by memory or by the database.
async fn find(engine: &Engine, hash: &CapabilitiesHash) -> Option<Features> {
    if let Some(features) = engine.capabilities().find(hash) {
        return Some(features);
    }
    let asked = hash.clone();
    let found = engine
        .store()
        .read(move |connection| capabilities::find(connection, &asked))
        .await;
    let text = match found {
        Ok(found) => found?,
        Err(error) => {
            tracing::warn!(%error, "known capabilities could not be read");
            return None;
        }
    };
    let info = parse_element(&text, Limits::OWN_TEXT).ok()?;
    let features = Features::of(&hash::features(&info));
    engine.capabilities().put(hash.clone(), features.clone());
    let (used, now) = (hash.clone(), engine.clock().now());
    let store = engine.store().clone();
    engine.spawn(async move {
        let hashes = [used];
        let noted = store.write(move |transaction| capabilities::touch(transaction, &hashes, now));
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the use of capabilities could not be noted");
        }
    });
    Some(features)
}

fn ask(engine: &Engine, session: &Arc<Session>, announcement: &Announcement) {
    let id: Box<str> = alphanumeric(engine.random(), QUESTION_ID).into();
    session.state().capabilities.question = Some(id.clone());
    let node = format!("{}#{}", announcement.node, announcement.ver);
    let question = Stanza::new(Kind::Iq(IqType::Get))
        .with_id(id)
        .with_from(Address::of_host(session.host()).into())
        .with_to(session.address().clone())
        .with_child(Element::new("query", ns::DISCO_INFO).with_attr("node", node));
    engine.deliver(session, question);
}

/// Takes a result or an error that a client sent to the server, if it answers a question of ours.
pub async fn answered(engine: &Engine, session: &Arc<Session>, answer: &Stanza) {
    let announcement = {
        let mut state = session.state();
        let capabilities = &mut state.capabilities;
        if capabilities.question.is_none() || capabilities.question != answer.id {
            return;
        }
        capabilities.question = None;
        capabilities.announcement.clone()
    };
    let (Some(announcement), Some(info)) = (announcement, answer.child("query", ns::DISCO_INFO)) else {
        return;
    };
    if answer.kind != Kind::Iq(IqType::Result) {
        return;
    }
    // What a client can do is kept as long as it is there, and what it wants is looked for at all its contacts.
    let text = info.to_string();
    if text.len() > LONGEST {
        return;
    }
    let features = Features::of(&hash::features(info));
    if let Some(stated) = announcement.hash() {
        // §5.4: of an ill-formed answer nothing counts, and one that has another hash counts for nobody else.
        let Ok(real) = hash::hash(&stated.algorithm, info) else {
            return;
        };
        if real.as_deref() == Some(stated.hash.as_str()) {
            remember(engine, stated, text, &features).await;
        }
    }
    learn(engine, session, features).await;
}

async fn remember(engine: &Engine, hash: CapabilitiesHash, text: String, features: &Features) {
    engine.capabilities().put(hash.clone(), features.clone());
    let now = engine.clock().now();
    let stored = engine
        .store()
        .write(move |transaction| capabilities::put(transaction, &hash, &text, now, STORED));
    if let Err(error) = stored.await {
        tracing::warn!(%error, "capabilities could not be stored");
    }
}

/// The client can do this from now on. What it newly wants to be notified of it gets at once (XEP-0163 §4.3.4).
async fn learn(engine: &Engine, session: &Arc<Session>, features: Features) {
    let before = session.state().capabilities.features.replace(features.clone());
    let is_new = |node: &&str| {
        let before = before.as_ref();
        !before.is_some_and(|before| before.contains(&format!("{node}+notify")))
    };
    let wanted: Vec<String> = features.notified().filter(is_new).map(str::to_owned).collect();
    if !wanted.is_empty() {
        pubsub::send_last(engine, session, wanted).await;
    }
}

/// The `<c/>` of a host's stream features (§6.3).
pub fn of_server(info: &Element) -> Element {
    Element::new("c", ns::CAPS)
        .with_attr("hash", SHA_1)
        .with_attr("node", NODE)
        .with_attr("ver", own_hash(info))
}

/// Whether a node is the one that stands for this answer of a host.
pub fn is_own_node(node: &str, info: &Element) -> bool {
    node.strip_prefix(NODE).and_then(|rest| rest.strip_prefix('#')) == Some(own_hash(info).as_str())
}

fn own_hash(info: &Element) -> String {
    // Our own answer is well-formed and SHA-1 is known: there is a hash.
    hash::hash(SHA_1, info).ok().flatten().unwrap_or_default()
}
