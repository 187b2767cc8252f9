//! However a client mixes what is stored with what is not, everybody gets it in the order in which it was sent, and its
//! questions are answered by what it sent before them.

use super::client::Client;
use super::dice::Dice;
use super::server::Server;
use super::support::service::Settings;

const STANZAS: usize = 300;

/// What the sender expects, beside what the receiver gets.
#[derive(Default)]
struct Expected {
    /// Numbers of what reaches John, in their order.
    heard: Vec<usize>,
    /// Ids of requests, with how many messages the archive has then.
    counts: Vec<(String, Option<usize>)>,
}

/// Sends a random mix at once, without waiting for anything.
fn send(client: &mut Client, dice: &mut Dice, messages: &mut usize) -> Expected {
    let mut expected = Expected::default();
    for number in 0..STANZAS {
        // Both are the same to who waits for them (RFC 6120 §10.1).
        let to = match dice.roll(2) {
            0 => "to='john@example.org/b'",
            _ => "to='john@example.org'",
        };
        let stanza = match dice.roll(6) {
            0 | 1 => {
                *messages += 1;
                expected.heard.push(number);
                format!("<message {to} type='chat' id='{number}'><body>{number}</body></message>")
            }
            2 => {
                expected.heard.push(number);
                format!(
                    "<message {to} type='chat' id='{number}'>\
                     <composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
                )
            }
            3 => {
                expected.heard.push(number);
                format!("<message {to} type='headline' id='{number}'><body>{number}</body></message>")
            }
            4 => {
                expected.counts.push((number.to_string(), None));
                format!(
                    "<iq type='set' id='{number}'><query xmlns='jabber:iq:roster'>\
                     <item jid='c{}@example.net' name='{number}'/></query></iq>",
                    dice.roll(5)
                )
            }
            _ => {
                expected.counts.push((number.to_string(), Some(*messages)));
                format!(
                    "<iq type='set' id='{number}'><query xmlns='urn:xmpp:mam:2'>\
                     <set xmlns='http://jabber.org/protocol/rsm'><max>0</max></set></query></iq>"
                )
            }
        };
        client.send(&stanza);
    }
    expected
}

fn attribute<'a>(stanza: &'a str, name: &str) -> Option<&'a str> {
    let start = stanza.find(&format!(" {name}='"))? + name.len() + 3;
    stanza[start..].split('\'').next()
}

fn numbers(stanzas: &[String], from: &str) -> Vec<usize> {
    let messages = stanzas.iter().filter(|stanza| stanza.starts_with("<message"));
    let of_sender = messages.filter(|stanza| attribute(stanza, "from").is_some_and(|sender| sender.starts_with(from)));
    of_sender
        .filter_map(|stanza| attribute(stanza, "id")?.parse().ok())
        .collect()
}

#[test]
fn whatever_is_sent_keeps_its_order_for_each_sender_and_receiver() {
    let settings = Settings::demo().with("xmpp.limits.stanza_rate", "100000");
    let server = Server::start_with(settings);
    let mut john = server.log_in("john", "b");
    let (mut jane, mut kim) = {
        server.create(&["kim"]);
        (server.log_in("jane", "a"), server.log_in("kim", "a"))
    };
    let mut counts = [0, 0];
    for seed in 1..=6 {
        let mut dice = Dice(seed * 7919);
        let by_jane = send(&mut jane, &mut dice, &mut counts[0]);
        let by_kim = send(&mut kim, &mut dice, &mut counts[1]);
        for (client, expected) in [(&mut jane, &by_jane), (&mut kim, &by_kim)] {
            let answers = client.sync();
            let answers: Vec<_> = answers
                .iter()
                .filter(|stanza| stanza.contains(" type='result'"))
                .collect();
            let ids: Vec<_> = answers.iter().filter_map(|stanza| attribute(stanza, "id")).collect();
            let asked: Vec<_> = expected.counts.iter().map(|(id, _)| id.as_str()).collect();
            assert_eq!(ids, asked, "answers in the order of requests, seed {seed}");
            for (answer, (id, count)) in answers.iter().zip(&expected.counts) {
                if let Some(count) = count {
                    let told = format!("<count>{count}</count>");
                    assert!(
                        answer.contains(&told),
                        "request {id} of seed {seed}: {told} in {answer}"
                    );
                }
            }
        }
        let heard = john.sync();
        assert_eq!(numbers(&heard, "jane@"), by_jane.heard, "seed {seed}");
        assert_eq!(numbers(&heard, "kim@"), by_kim.heard, "seed {seed}");
    }
}
