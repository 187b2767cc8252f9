//! However logins, presences, ends of sessions, subscriptions and groups follow each other: in the end everybody sees what
//! is true. Whoever has gone is not shown as available, and whoever is there is not missed.

use std::collections::BTreeMap;
use std::sync::Barrier;

use super::client::Client;
use super::dice::Dice;
use super::server::Server;

const NAMES: [&str; 4] = ["kim", "leo", "mia", "nat"];

/// What a client has last been told of each full address: its status, or `None` when it has gone.
#[derive(Default)]
struct View(BTreeMap<String, Option<String>>);

impl View {
    fn take(&mut self, stanzas: &[String]) {
        for stanza in stanzas.iter().filter(|stanza| stanza.starts_with("<presence")) {
            let Some((_, rest)) = stanza.split_once("from='") else {
                continue;
            };
            let from = rest.split('\'').next().unwrap_or_default().to_owned();
            if !from.contains('/') || stanza.contains("type='error'") {
                continue;
            }
            let status = match stanza.split_once("<status>") {
                _ if stanza.contains("type='unavailable'") => None,
                Some((_, rest)) => Some(rest.split('<').next().unwrap_or_default().to_owned()),
                None => Some(String::new()),
            };
            self.0.insert(from, status);
        }
    }
}

/// One account that comes, changes, and goes, and is there in the end with the status `last`.
fn live(server: &Server, name: &str, seed: u64, end: &Barrier) -> (Client, View) {
    let mut dice = Dice(seed);
    let mut view = View::default();
    let mut client: Option<Client> = None;
    for round in 0..60 {
        let mut here = client.take().unwrap_or_else(|| {
            view = View::default();
            server.connect(name, "r")
        });
        match dice.roll(8) {
            0 => here.send("<presence type='unavailable'/>"),
            1 => {
                here.vanish();
                continue;
            }
            2 => {
                here.send("<presence/></stream:stream>");
                continue;
            }
            3 => {
                let other = NAMES[usize::try_from(dice.roll(4)).unwrap_or_default()];
                here.send(&format!("<presence type='unsubscribed' to='{other}@example.org'/>"));
                here.send(&format!("<presence type='subscribed' to='{other}@example.org'/>"));
                here.send(&format!("<presence type='subscribe' to='{other}@example.org'/>"));
            }
            _ => here.send(&format!("<presence><status>{round}</status></presence>")),
        }
        if dice.roll(2) == 0 {
            view.take(&here.sync());
        }
        client = Some(here);
    }
    let mut client = client.unwrap_or_else(|| {
        view = View::default();
        server.connect(name, "r")
    });
    client.send("<presence><status>last</status></presence>");
    view.take(&client.sync());
    end.wait();
    (client, view)
}

#[test]
fn in_the_end_everybody_sees_what_is_true() {
    for seed in [1, 2, 3] {
        let server = Server::start();
        server.create(&NAMES);
        let members = NAMES.map(|name| format!("\"{name}\"")).join(",");
        let shared = |shared: bool| {
            format!(r#"{{"name": "Crew", "description": "c", "members": [{members}], "shared": {shared}}}"#)
        };
        server.rest("POST /groups", &shared(true));
        let end = Barrier::new(NAMES.len() + 1);
        std::thread::scope(|scope| {
            let lives: Vec<_> = NAMES
                .iter()
                .zip(1u64..)
                .map(|(name, number)| {
                    let (server, end) = (&server, &end);
                    scope.spawn(move || live(server, name, seed * 1_000 + number, end))
                })
                .collect();
            for round in 0..20 {
                server.rest("PUT /groups/Crew", &shared(round % 2 == 1));
                server.rest("DELETE /users/kim/groups/Crew", "");
                server.rest("POST /users/kim/groups/Crew", "");
            }
            end.wait();
            let mut ended: Vec<_> = lives.into_iter().map(|life| life.join().expect("a life")).collect();
            // The group is told of in its own time: one more member shows that everything before has been told.
            server.rest("POST /groups", r#"{"name": "Last", "description": "c", "members": ["kim", "leo", "mia", "nat", "x@elsewhere.example"], "shared": true}"#);
            for (client, _) in &mut ended {
                client.send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>");
            }
            for ((client, view), name) in ended.iter_mut().zip(NAMES) {
                view.take(&client.sync());
                for other in NAMES {
                    let address = format!("{other}@example.org/r");
                    while view.0.get(&address) != Some(&Some("last".into())) {
                        // Panics after a while: `name` misses `other`, or sees something old.
                        view.take(&[client.expect(&["<presence", &format!("from='{address}'")])]);
                    }
                }
                assert!(!view.0.is_empty(), "{name}");
            }
        });
    }
}
