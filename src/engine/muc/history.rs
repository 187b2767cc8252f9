//! What a room keeps for newcomers (XEP-0045 §7.2.13): its last messages.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::domain::address::{Address, FullAddress};
use crate::domain::archive::ArchivedMessage;
use crate::engine::delay::delay;
use crate::engine::settings::HistoryLimits;
use crate::engine::stanza::Stanza;
use crate::engine::xml::{Element, ns};

#[derive(Debug)]
pub struct History {
    /// Oldest first.
    entries: VecDeque<Entry>,
    bytes: usize,
    limits: HistoryLimits,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub at: Timestamp,
    /// The real address of who said it.
    pub sender: FullAddress,
    /// As newcomers get it, with the time when it was said.
    pub stanza: Arc<Stanza>,
}

/// How much of it a newcomer wants; everything that is set must hold.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Characters of all messages together.
    pub chars: Option<usize>,
    pub stanzas: Option<usize>,
    pub since: Option<Timestamp>,
}

impl Wanted {
    /// Reads `<history/>`. What cannot be understood is as if it were not there.
    pub fn read(history: Option<&Element>, now: Timestamp) -> Self {
        let Some(history) = history else {
            return Self::default();
        };
        let number = |name: &str| history.attr(name)?.trim().parse::<usize>().ok();
        let seconds = number("seconds").and_then(|seconds| {
            let ago = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
            now.checked_sub(ago).ok()
        });
        let since = history.attr("since").and_then(|since| since.trim().parse().ok());
        Self {
            chars: number("maxchars"),
            stanzas: number("maxstanzas"),
            since: seconds.into_iter().chain(since).max(),
        }
    }
}

impl History {
    /// Of a room whose archive ends with `archived`.
    pub fn restored(room: &Address, limits: HistoryLimits, archived: Vec<ArchivedMessage>) -> Self {
        let mut history = Self {
            entries: VecDeque::new(),
            bytes: 0,
            limits,
        };
        for message in archived {
            if let Some(stanza) = Stanza::from_text(&message.stanza) {
                let stanza = stanza.with_child(stanza_id(room, &message.id));
                history.push(room, &stanza, message.contact, message.at);
            }
        }
        history
    }

    /// Keeps a message that was said now.
    pub fn push(&mut self, room: &Address, stanza: &Stanza, sender: FullAddress, at: Timestamp) {
        let stanza = Arc::new(stanza.to_owned().with_child(delay(room, at)));
        self.bytes += stanza.weight();
        self.entries.push_back(Entry { at, sender, stanza });
        while self.entries.len() > self.limits.messages || self.bytes > self.limits.bytes {
            let Some(oldest) = self.entries.pop_front() else { return };
            self.bytes -= oldest.stanza.weight();
        }
    }

    /// Gives all of it, and keeps nothing.
    pub fn take(&mut self) -> Self {
        Self {
            entries: std::mem::take(&mut self.entries),
            bytes: std::mem::take(&mut self.bytes),
            limits: self.limits,
        }
    }

    /// Keeps `stanza` in the place of the message that has this id in the archive.
    pub fn replace(&mut self, id: &str, stanza: &Stanza) {
        let has_id = |entry: &Entry| {
            let mark = entry.stanza.child("stanza-id", ns::STANZA_ID);
            mark.is_some_and(|mark| mark.attr("id") == Some(id))
        };
        let Some(entry) = self.entries.iter_mut().find(|entry| has_id(entry)) else {
            return;
        };
        let marks = entry.stanza.children();
        let marks = marks.filter(|child| matches!(child.ns(), ns::STANZA_ID | ns::DELAY));
        let stanza = marks.fold(stanza.to_owned(), |stanza, mark| stanza.with_child(mark.clone()));
        entry.stanza = Arc::new(stanza);
    }

    /// Oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// What of it the newcomer `to` gets.
    pub fn wanted(&self, wanted: &Wanted, to: &FullAddress) -> impl Iterator<Item = &Arc<Stanza>> {
        let mut chars = wanted.chars;
        let fitting = self
            .entries
            .iter()
            .rev()
            .take(wanted.stanzas.unwrap_or(usize::MAX))
            .take_while(|entry| wanted.since.is_none_or(|since| entry.at >= since))
            .take_while(|entry| match &mut chars {
                None => true,
                Some(chars) => match chars.checked_sub(length(&entry.stanza, to)) {
                    Some(left) => {
                        *chars = left;
                        true
                    }
                    None => false,
                },
            })
            .count();
        let skipped = self.entries.len() - fitting;
        self.entries.iter().skip(skipped).map(|entry| &entry.stanza)
    }
}

/// Characters of a message as it is sent.
fn length(stanza: &Stanza, to: &FullAddress) -> usize {
    let mut out = Vec::new();
    stanza.write(Some(to), &mut out);
    String::from_utf8_lossy(&out).chars().count()
}

/// The id of a message in the archive of the room (XEP-0359).
pub fn stanza_id(room: &Address, id: &str) -> Element {
    Element::new("stanza-id", ns::STANZA_ID)
        .with_attr("by", room)
        .with_attr("id", id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::stanza::{Kind, MessageType};

    fn newcomer() -> FullAddress {
        FullAddress::parse("somebody@example.org/balcony").unwrap()
    }

    fn moment(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn history(count: i64) -> History {
        let room = Address::parse("r@conference.example.org").unwrap();
        let limits = HistoryLimits {
            messages: 5,
            bytes: 10_000,
        };
        let mut history = History::restored(&room, limits, Vec::new());
        for second in 0..count {
            let message = Stanza::new(Kind::Message(MessageType::Groupchat)).with_id(second.to_string());
            history.push(&room, &message, FullAddress::parse("a@b/c").unwrap(), moment(second));
        }
        history
    }

    fn ids(history: &History, wanted: &Wanted) -> Vec<String> {
        let to = newcomer();
        let found = history.wanted(wanted, &to);
        found.map(|stanza| stanza.id.as_deref().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_last_messages_are_kept() {
        assert_eq!(ids(&history(7), &Wanted::default()), ["2", "3", "4", "5", "6"]);
        assert!(ids(&history(0), &Wanted::default()).is_empty());
    }

    #[test]
    fn few_large_messages_are_kept() {
        let mut history = history(5);
        let one = history.iter().next().unwrap().stanza.weight();
        history.limits.bytes = 3 * one;
        let room = Address::parse("r@conference.example.org").unwrap();
        let message = Stanza::new(Kind::Message(MessageType::Groupchat)).with_id("5");
        history.push(&room, &message, FullAddress::parse("a@b/c").unwrap(), moment(5));
        assert_eq!(ids(&history, &Wanted::default()), ["3", "4", "5"]);
        let large = Element::new("body", ns::JABBER_CLIENT).with_text("x".repeat(1_000));
        let sender = FullAddress::parse("a@b/c").unwrap();
        history.push(&room, &message.with_child(large), sender, moment(6));
        assert!(ids(&history, &Wanted::default()).is_empty());
    }

    #[test]
    fn a_newcomer_gets_no_more_than_it_wants() {
        let history = history(5);
        let mut sent = Vec::new();
        history
            .iter()
            .next()
            .unwrap()
            .stanza
            .write(Some(&newcomer()), &mut sent);
        let one = sent.len();
        let all = Wanted::default();
        for (wanted, expected) in [
            (
                Wanted {
                    chars: Some(0),
                    ..all.clone()
                },
                &[][..],
            ),
            (
                Wanted {
                    chars: Some(2 * one),
                    ..all.clone()
                },
                &["3", "4"],
            ),
            (
                Wanted {
                    chars: Some(2 * one - 1),
                    ..all.clone()
                },
                &["4"],
            ),
            (
                Wanted {
                    stanzas: Some(0),
                    ..all.clone()
                },
                &[],
            ),
            (
                Wanted {
                    stanzas: Some(1),
                    ..all.clone()
                },
                &["4"],
            ),
            (
                Wanted {
                    since: Some(moment(3)),
                    ..all.clone()
                },
                &["3", "4"],
            ),
            (
                Wanted {
                    since: Some(moment(9)),
                    ..all.clone()
                },
                &[],
            ),
            (
                Wanted {
                    stanzas: Some(3),
                    since: Some(moment(4)),
                    ..all.clone()
                },
                &["4"],
            ),
        ] {
            assert_eq!(ids(&history, &wanted), expected, "{wanted:?}");
        }
    }

    #[test]
    fn what_is_asked_for_is_read_leniently() {
        let element = |attributes: &[(&'static str, &str)]| {
            let mut element = Element::new("history", ns::MUC);
            for (name, value) in attributes {
                element.set_attr(*name, value);
            }
            element
        };
        let read = |attributes: &[(&'static str, &str)]| Wanted::read(Some(&element(attributes)), moment(100));
        assert_eq!(read(&[]), Wanted::default());
        assert_eq!(read(&[("maxchars", "x"), ("since", "yesterday")]), Wanted::default());
        assert_eq!(read(&[("maxstanzas", " 3 ")]).stanzas, Some(3));
        assert_eq!(read(&[("seconds", "40")]).since, Some(moment(60)));
        let since = moment(70).to_string();
        assert_eq!(read(&[("seconds", "40"), ("since", &since)]).since, Some(moment(70)));
        assert_eq!(read(&[("seconds", "99999999999999999999")]).since, None);
    }
}
