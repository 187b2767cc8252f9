//! kill -9 with traffic, again and again: what clients were told that the server has is there afterwards, once.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use firekeeper::engine::xml::Element;

use crate::client::{Client, SM, body};
use crate::support::service::{Service, Settings};

/// Rounds of each of the two ways to keep messages.
const ROUNDS: u32 = 10;

/// Stanzas between two questions how many of them the server has.
const BATCH: usize = 4;

/// What was acknowledged.
#[derive(Default)]
struct Told {
    /// Messages to John, who is online.
    live: BTreeSet<String>,
    /// Messages to the administrator, who is away.
    waiting: BTreeSet<String>,
    contacts: BTreeSet<String>,
}

/// Sends messages and changes the roster until the connection breaks, and notes what the server says it has.
fn talk(port: u16, round: u32, told: &mut Told, acknowledged: &AtomicU32) {
    let mut jane = Client::online(port, "jane", "a");
    jane.enable();
    let mut sent: Vec<(usize, String)> = Vec::new();
    let mut known = 0;
    let mut asked = 0;
    loop {
        while asked < 2 {
            for _ in 0..BATCH {
                let number = sent.len();
                let name = format!("r{round}-{number}");
                match number % 3 {
                    0 => jane.say("john@example.org", &name),
                    1 => jane.say("admin@example.org", &name),
                    _ => jane.send(&format!(
                        "<iq type='set' id='{name}'><query xmlns='jabber:iq:roster'>\
                         <item jid='{name}@example.net'/></query></iq>"
                    )),
                }
                sent.push((number % 3, name));
            }
            jane.send(&format!("<r xmlns='{SM}'/>"));
            asked += 1;
        }
        let Some(element) = jane.next() else { return };
        if !element.is("a", SM) {
            continue;
        }
        asked -= 1;
        let h = element.attr("h").and_then(|h| h.parse().ok()).expect("a count");
        for (kind, name) in &sent[known..h] {
            let names = match kind {
                0 => &mut told.live,
                1 => &mut told.waiting,
                _ => &mut told.contacts,
            };
            names.insert(name.clone());
        }
        known = h;
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

/// Takes what comes, says so, and gives the texts of it.
fn listen(mut john: Client) -> Vec<String> {
    john.send(&format!("<enable xmlns='{SM}' resume='true'/>"));
    let (mut heard, mut count) = (Vec::new(), 0);
    while let Some(element) = john.next() {
        match element.name() {
            "enabled" => count = 0,
            "r" => john.acknowledge(count),
            "message" => {
                count += 1;
                heard.push(body(&element));
            }
            "iq" | "presence" => count += 1,
            _ => {}
        }
    }
    heard
}

/// One run of the server until it is killed; what John heard of it.
fn round(service: &Service, round: u32, told: &mut Told) -> Vec<String> {
    let (port, process) = (service.xmpp_port, service.process_id().to_string());
    let acknowledged = Arc::new(AtomicU32::new(0));
    let john = Client::online_silently(port, "john", "b");
    let listening = thread::spawn(move || listen(john));
    let counted = Arc::clone(&acknowledged);
    let killing = thread::spawn(move || {
        // In the middle of something else each time.
        while counted.load(Ordering::Relaxed) < 3 + round % 7 {
            thread::yield_now();
        }
        thread::sleep(Duration::from_micros(u64::from(round) * 137 % 3000));
        let killed = Command::new("kill").args(["-9", &process]).status();
        assert!(killed.is_ok_and(|status| status.success()), "kill -9");
    });
    talk(port, round, told, &acknowledged);
    killing.join().expect("a killer");
    listening.join().expect("a listener")
}

/// The texts in the archive of an account, with how often each is there.
fn archived(port: u16, user: &str, password: &str) -> BTreeMap<String, usize> {
    let (mut client, _) = Client::logged_in(port, user, password);
    client.bind("archive");
    let mut found = BTreeMap::new();
    let mut after = String::new();
    loop {
        client.send(&format!(
            "<iq type='set' id='page'><query xmlns='urn:xmpp:mam:2'>\
             <set xmlns='http://jabber.org/protocol/rsm'><max>200</max>{after}</set></query></iq>"
        ));
        let fin = loop {
            let element = client.next().expect("a page of the archive");
            if element.name() == "iq" {
                break element
                    .child("fin", "urn:xmpp:mam:2")
                    .expect("the end of a page")
                    .clone();
            }
            *found.entry(forwarded_body(&element)).or_default() += 1;
        };
        if fin.attr("complete") == Some("true") {
            return found;
        }
        let set = fin.child("set", "http://jabber.org/protocol/rsm").expect("a set");
        let last = set
            .child_text("last", "http://jabber.org/protocol/rsm")
            .expect("a last one");
        after = format!("<after>{last}</after>");
    }
}

fn forwarded_body(message: &Element) -> String {
    let message = message
        .child("result", "urn:xmpp:mam:2")
        .and_then(|result| result.child("forwarded", "urn:xmpp:forward:0"))
        .and_then(|forwarded| forwarded.child("message", "jabber:client"));
    message.map(body).unwrap_or_default()
}

fn assert_each_once(told: &BTreeSet<String>, found: &BTreeMap<String, usize>, place: &str) {
    for name in told {
        assert_eq!(found.get(name), Some(&1), "{name}, which was acknowledged, in {place}");
    }
    assert!(found.values().all(|count| *count == 1), "{place} has something twice");
}

/// What waited for an account, with how often each came.
fn waited(port: u16, user: &str, password: &str) -> BTreeMap<String, usize> {
    let (mut client, _) = Client::logged_in(port, user, password);
    client.bind("later");
    client.send("<presence/>");
    let came = client.ping();
    let messages = came.iter().filter(|element| element.name() == "message");
    counted(messages.map(body))
}

fn counted(names: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

fn contacts(port: u16) -> BTreeMap<String, usize> {
    let (mut jane, _) = Client::logged_in(port, "jane", "secret");
    jane.bind("roster");
    jane.send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>");
    let roster = jane.find("iq");
    let query = roster.child("query", "jabber:iq:roster").expect("a roster");
    let names = query.children().filter_map(|item| item.attr("jid"));
    counted(names.map(|jid| jid.split('@').next().unwrap_or_default().to_owned()))
}

#[test]
fn what_was_acknowledged_is_in_archive_offline_store_and_roster_once_after_each_of_twenty_crashes() {
    let settings = || Settings::demo().with("xmpp.limits.offline_messages", "1000000");
    let mut service = Service::demo(settings());
    let mut told = Told::default();
    let mut with_archive = BTreeSet::new();
    for number in 0..ROUNDS {
        round(&service, number, &mut told);
        service.kill_and_restart();
    }
    let port = service.xmpp_port;
    assert!(
        told.live.len() >= ROUNDS as usize,
        "too little traffic: {}",
        told.live.len()
    );
    with_archive.extend(told.live.iter().chain(&told.waiting).cloned());
    assert_each_once(
        &with_archive,
        &archived(port, "jane", "secret"),
        "the archive of the sender",
    );
    assert_each_once(
        &told.live,
        &archived(port, "john", "secret"),
        "the archive of who was there",
    );
    assert_each_once(
        &told.waiting,
        &archived(port, "admin", "admin"),
        "the archive of who was away",
    );

    // Without archives what is owed to John is kept until he says that he has it.
    service.restart_with(settings().with("xmpp.archive", "off"));
    let port = service.xmpp_port;
    let mut heard: BTreeSet<String> = waited(port, "john", "secret").into_keys().collect();
    told.live.clear();
    for number in ROUNDS..2 * ROUNDS {
        heard.extend(round(&service, number, &mut told));
        service.kill_and_restart();
        let after = waited(port, "john", "secret");
        assert!(
            after.values().all(|count| *count == 1),
            "twice in the offline store: {after:?}"
        );
        heard.extend(after.into_keys());
    }
    let lost: Vec<_> = told.live.difference(&heard).collect();
    assert!(lost.is_empty(), "acknowledged, and neither heard nor kept: {lost:?}");
    assert_each_once(&told.waiting, &waited(port, "admin", "admin"), "the offline store");
    assert_each_once(&told.contacts, &contacts(port), "the roster");
}
