//! Rooms (XEP-0045): all enter one and some of them talk there, and many rooms with one occupant each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use crate::client::{Client, Listener, World, presence};
use crate::latency::Latencies;
use crate::stanzas::attribute;
use crate::{Failure, HOST, wait};

/// One in ten clients can be told to stop reading, and has little room for what it does not read.
pub fn is_slow(client: usize) -> bool {
    client % 10 == 9
}

/// Counts what those who enter are told.
struct Entering {
    seen: AtomicUsize,
    errors: AtomicUsize,
    entered: Semaphore,
}

impl Listener for Entering {
    fn hear(&self, client: usize, stanza: &str) -> Option<String> {
        if stanza.starts_with("<presence") && stanza.contains("muc#user") {
            self.seen.fetch_add(1, Ordering::Relaxed);
            let nick = attribute(stanza, "from").and_then(|from| from.split_once("/n"));
            if nick.is_some_and(|(_, nick)| nick.parse() == Ok(client)) {
                self.entered.add_permits(1);
            }
        }
        if stanza.starts_with("<presence") && attribute(stanza, "type") == Some("error") {
            self.errors.fetch_add(1, Ordering::Relaxed);
            self.entered.add_permits(1);
        }
        None
    }
}

impl Entering {
    fn begin(world: &World, parallel: usize) -> Arc<Self> {
        let entering = Arc::new(Self {
            seen: AtomicUsize::new(0),
            errors: AtomicUsize::new(0),
            entered: Semaphore::new(parallel),
        });
        world.listen(Arc::clone(&entering) as Arc<dyn Listener>);
        entering
    }

    /// Waits until another may enter. False: there is no more time.
    async fn place(&self, until: Instant) -> Result<bool, Failure> {
        match timeout_at(until.into(), self.entered.acquire()).await {
            Ok(place) => {
                place?.forget();
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }

    async fn see(&self, expected: usize) -> Result<(), Failure> {
        let seen = || self.seen.load(Ordering::Relaxed);
        let errors = || self.errors.load(Ordering::Relaxed);
        wait(|| seen() >= expected || errors() > 0, seen).await?;
        match errors() {
            0 => Ok(()),
            errors => Err(format!("{errors} errors").into()),
        }
    }
}

fn enter(client: &Client, room: &str) {
    let to = format!(" to='{room}@conference.{HOST}/n{}'", client.number);
    client.send(presence(&to, "<x xmlns='http://jabber.org/protocol/muc'/>"));
}

/// Makes a room as it is by default but for one field (XEP-0045 §10.1).
fn configure(client: &Client, room: &str, field: &str, value: usize) {
    client.send(format!(
        "<iq type='set' id='o' to='{room}@conference.{HOST}'><query xmlns='http://jabber.org/protocol/muc#owner'>\
         <x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>\
         <value>http://jabber.org/protocol/muc#roomconfig</value></field>\
         <field var='muc#roomconfig_{field}'><value>{value}</value></field></x></query></iq>"
    ));
}

/// All enter one room, so many at a time, the first before the others, as long as there is time. Done when everybody has
/// heard of everybody.
pub async fn join(world: &World, clients: &[Client], parallel: usize, seconds: usize) -> Result<Value, Failure> {
    let entering = Entering::begin(world, parallel);
    let owner = clients.first().ok_or("nobody to enter")?;
    enter(owner, "all");
    entering.see(1).await?;
    configure(owner, "all", "maxusers", 5000);
    // Some keep no archive of it anyway, and refuse this.
    configure(owner, "all", "enablelogging", 0);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (begun, mut entered) = (Instant::now(), 1);
    let until = begun + Duration::from_secs(seconds as u64);
    for client in &clients[1..] {
        if !entering.place(until).await? {
            break;
        }
        enter(client, "all");
        entered += 1;
    }
    let expected = entered * entered;
    entering.see(expected).await?;
    Ok(json!({ "seconds": begun.elapsed().as_secs_f64(), "count": expected, "entered": entered }))
}

struct Talk {
    latencies: Latencies,
    over: AtomicBool,
    bytes: usize,
    sent: AtomicUsize,
}

impl Talk {
    fn message(&self) -> String {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let body = self.latencies.body(self.bytes);
        format!("<message to='all@conference.{HOST}' type='groupchat' id='g'>{body}</message>")
    }
}

impl Listener for Talk {
    fn hear(&self, client: usize, stanza: &str) -> Option<String> {
        if !stanza.starts_with("<message") || !self.latencies.note(stanza) || self.over.load(Ordering::Relaxed) {
            return None;
        }
        let nick = attribute(stanza, "from")?.split_once("/n")?.1;
        (nick.parse() == Ok(client)).then(|| self.message())
    }
}

/// Some say something, and again when they hear themselves, until the time is over and everybody has heard all.
pub async fn say(
    world: &World,
    occupants: &[Client],
    senders: usize,
    bytes: usize,
    milliseconds: usize,
) -> Result<Value, Failure> {
    let talk = Arc::new(Talk {
        latencies: Latencies::new(),
        over: AtomicBool::new(false),
        bytes,
        sent: AtomicUsize::new(0),
    });
    world.listen(Arc::clone(&talk) as Arc<dyn Listener>);
    for client in occupants.iter().take(senders) {
        client.send(talk.message());
    }
    tokio::time::sleep(Duration::from_millis(milliseconds as u64)).await;
    talk.over.store(true, Ordering::Relaxed);
    let mut found = talk.latencies.found_when_quiet().await;
    found["sent"] = json!(talk.sent.load(Ordering::Relaxed));
    Ok(found)
}

/// Each client makes so many rooms and stays in them, one for each client at a time, as long as there is time.
pub async fn create(world: &World, owners: &[Client], each: usize, seconds: usize) -> Result<Value, Failure> {
    let entering = Entering::begin(world, owners.len());
    let (begun, mut made) = (Instant::now(), 0);
    let until = begun + Duration::from_secs(seconds as u64);
    for number in 0..each {
        for (at, owner) in owners.iter().enumerate() {
            if !entering.place(until).await? {
                break;
            }
            let room = format!("room{at}x{number}");
            enter(owner, &room);
            configure(owner, &room, "maxusers", 5000);
            made += 1;
        }
    }
    entering.see(made).await?;
    Ok(json!({ "seconds": begun.elapsed().as_secs_f64(), "count": made }))
}
