//! However entering, nicknames, leaving, bans, settings and destruction follow each other: no outcast is in a room, an
//! owner remains, a nickname is one account's, who has left hears nothing more, and everybody sees who is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use super::client::Client;
use super::dice::Dice;
use super::rooms::{ROOM, content, enter, get};
use super::server::Server;

const NAMES: [&str; 4] = ["kim", "leo", "mia", "nat"];
const NICKS: [&str; 3] = ["Ada", "Bob", "Cyd"];
/// Of each of the four.
const ROUNDS: usize = 250;

/// What a client knows of the room.
#[derive(Default)]
struct View {
    /// Nicknames of those who are there, while it is in the room.
    seen: BTreeSet<String>,
    is_inside: bool,
    /// It has asked to enter, and the answer may be on its way.
    asks: bool,
}

impl View {
    fn take(&mut self, stanzas: &[String]) {
        for stanza in stanzas {
            let Some((_, rest)) = stanza.split_once(&format!("from='{ROOM}/")) else {
                continue;
            };
            if !stanza.starts_with("<presence") || stanza.contains("type='error'") {
                continue;
            }
            let nick = rest.split('\'').next().unwrap_or_default().to_owned();
            let is_gone = stanza.contains("type='unavailable'");
            let is_own = stanza.contains("code='110'");
            assert!(
                self.is_inside || self.asks,
                "who is not in the room hears of it: {stanza}"
            );
            if is_gone {
                self.seen.remove(&nick);
            } else {
                self.seen.insert(nick);
            }
            if is_own && !is_gone {
                self.is_inside = true;
            }
            if is_own && is_gone && !stanza.contains("code='303'") {
                self.is_inside = false;
                self.seen.clear();
            }
        }
    }
}

fn live(server: &Server, name: &str, seed: u64) -> (Client, View) {
    let mut dice = Dice(seed);
    let mut view = View::default();
    let mut client = server.connect(name, "r");
    for round in 0..ROUNDS {
        let nick = NICKS[usize::try_from(dice.roll(3)).unwrap_or_default()];
        let act = dice.roll(6);
        view.asks = act > 1;
        match act {
            0 => client.send(&format!("<presence to='{ROOM}/{nick}' type='unavailable'/>")),
            1 => client.send(&format!(
                "<message to='{ROOM}' type='groupchat'><body>{round}</body></message>"
            )),
            2 => {
                client.send(&format!("<presence to='{ROOM}/{nick}' type='unavailable'/>"));
                enter(&mut client, nick);
            }
            _ => enter(&mut client, nick),
        }
        view.take(&client.sync());
        view.asks = false;
    }
    (client, view)
}

/// What is true of the room at any moment, if there is one.
fn check(server: &Server) {
    let (status, occupants) = get(server, "/chatrooms/lobby/occupants");
    if status != 200 {
        return;
    }
    let mut accounts: BTreeMap<String, String> = BTreeMap::new();
    for occupant in occupants["occupants"].as_array().expect("a list") {
        let text = |key: &str| occupant[key].as_str().expect("a text").to_owned();
        let account = text("userAddress").split('/').next().unwrap_or_default().to_owned();
        let other = accounts.insert(text("jid"), account.clone());
        assert!(other.is_none_or(|other| other == account), "{occupants}");
        assert_ne!(occupant["affiliation"], "outcast", "{occupants}");
    }
}

/// What the owner does with a client of its own.
fn rule(owner: &mut Client, name: &str, nick: &str, act: u64) {
    let set = |namespace: &str, payload: &str| {
        format!("<iq type='set' id='rule' to='{ROOM}'><query xmlns='{namespace}'>{payload}</query></iq>")
    };
    let lists = "http://jabber.org/protocol/muc#admin";
    let request = match act {
        0 => set(
            lists,
            &format!("<item affiliation='outcast' jid='{name}@example.org'/>"),
        ),
        1 => set(lists, &format!("<item affiliation='none' jid='{name}@example.org'/>")),
        2 => set(
            lists,
            &format!("<item nick='{nick}' role='none'><reason>out</reason></item>"),
        ),
        3 => set(lists, &format!("<item nick='{nick}' role='visitor'/>")),
        _ => set("http://jabber.org/protocol/muc#owner", "<destroy/>"),
    };
    enter(owner, "Boss");
    owner.ask(&request, "rule");
}

fn administer(server: &Server, seed: u64, ends: &AtomicBool) {
    let mut dice = Dice(seed);
    let mut owner = Client::connect(server.0.xmpp_port, "admin", "admin", "r");
    while !ends.load(Ordering::Acquire) {
        let name = NAMES[usize::try_from(dice.roll(4)).unwrap_or_default()];
        let nick = NICKS[usize::try_from(dice.roll(3)).unwrap_or_default()];
        match dice.roll(12) {
            0 => {
                server.rest("DELETE /chatrooms/lobby", "");
                server.rest("POST /chatrooms", &content(""));
            }
            1 => server.rest(
                "PUT /chatrooms/lobby",
                &content(r#""membersOnly": true, "members": ["kim@example.org"]"#),
            ),
            2 => server.rest("PUT /chatrooms/lobby", &content(r#""moderated": true"#)),
            3 => server.rest("PUT /chatrooms/lobby", &content("")),
            4 | 5 => {
                server.rest(&format!("POST /chatrooms/lobby/outcasts/{name}"), "");
                let (_, occupants) = get(server, "/chatrooms/lobby/occupants");
                assert!(
                    !occupants.to_string().contains(&format!("{name}@example.org/")),
                    "{occupants}"
                );
                let (_, owners) = get(server, "/chatrooms/lobby/owners");
                assert_eq!(owners["owners"], serde_json::json!(["admin@example.org"]));
                check(server);
                server.rest(&format!("DELETE /chatrooms/lobby/outcasts/{name}"), "");
            }
            6 => server.rest(&format!("POST /chatrooms/lobby/admins/{name}"), ""),
            act @ 7..=10 => {
                rule(&mut owner, name, nick, act - 7);
                check(server);
                rule(&mut owner, name, nick, 1);
            }
            _ => {
                rule(&mut owner, name, nick, 4);
                server.rest("POST /chatrooms", &content(""));
            }
        }
    }
    owner.send(&format!("<presence to='{ROOM}/Boss' type='unavailable'/>"));
    owner.sync();
}

#[test]
fn whatever_follows_whatever_rooms_stay_sound() {
    let server = Server::start();
    server.create(&NAMES);
    server.rest("POST /chatrooms", &content(""));
    let ends = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (server, ends) = (&server, &ends);
        let administration = scope.spawn(move || administer(server, 7, ends));
        let lives = NAMES
            .iter()
            .zip(1u64..)
            .map(|(name, number)| scope.spawn(move || live(server, name, 1_000 + number)));
        let lives: Vec<_> = lives.collect();
        let ended: Vec<_> = lives.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        ends.store(true, Ordering::Release);
        administration.join().expect("an administration");
        let (status, occupants) = get(server, "/chatrooms/lobby/occupants");
        assert_eq!(status, 200);
        let there: BTreeSet<String> = occupants["occupants"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|occupant| occupant["jid"].as_str()?.split('/').next_back().map(str::to_owned))
            .collect();
        // All stay connected until the last has been asked: whoever goes leaves the room.
        let mut ended: Vec<_> = ended.into_iter().map(|life| life.expect("a life")).collect();
        for ((client, view), name) in ended.iter_mut().zip(NAMES) {
            view.take(&client.sync());
            let is_there = occupants.to_string().contains(&format!("{name}@example.org/"));
            assert_eq!(view.is_inside, is_there, "{name}: {occupants}");
            if is_there {
                assert_eq!(view.seen, there, "{name}");
            }
        }
    });
}
