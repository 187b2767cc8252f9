//! What a client does not have to hear at once while nobody is looking (XEP-0352 §4): of the presence of each sender the
//! latest, and chat states.

use std::collections::{BTreeMap, HashMap};

use super::outgoing::Delivery;
use crate::domain::address::FullAddress;
use crate::engine::stanza::{Kind, MessageType, PresenceType, Stanza};
use crate::engine::xml::ns;

#[derive(Debug, Default)]
pub struct HeldBack {
    waiting: BTreeMap<u64, Delivery>,
    latest: HashMap<Key, u64>,
    next: u64,
}

/// What a later stanza makes worthless: the earlier one of the same sender.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    from: Option<FullAddress>,
    is_presence: bool,
}

/// The key of a stanza that can wait; `None`: it is important.
pub fn key(stanza: &Stanza) -> Option<Key> {
    let is_presence = match stanza.kind {
        Kind::Presence(PresenceType::Available | PresenceType::Unavailable) if !is_about_oneself(stanza) => true,
        Kind::Message(MessageType::Normal | MessageType::Chat | MessageType::Groupchat) if is_chat_state(stanza) => {
            false
        }
        _ => return None,
    };
    Some(Key {
        from: stanza.from.clone(),
        is_presence,
    })
}

/// Rooms mark with a status what happened to the client itself.
fn is_about_oneself(presence: &Stanza) -> bool {
    presence
        .child("x", ns::MUC_USER)
        .is_some_and(|x| x.has_child("status", ns::MUC_USER))
}

/// Nothing but somebody typing, or not any more.
fn is_chat_state(message: &Stanza) -> bool {
    let is_of_the_moment = |ns: &str| matches!(ns, ns::CHAT_STATES | ns::HINTS);
    message.has_child_in(ns::CHAT_STATES)
        && message
            .children()
            .all(|child| is_of_the_moment(child.ns()) || child.is("thread", ns::JABBER_CLIENT))
}

impl HeldBack {
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Keeps a stanza, and gives back the one in whose place it comes.
    pub fn put(&mut self, key: Key, delivery: Delivery) -> Option<Delivery> {
        let number = self.next;
        self.next += 1;
        self.waiting.insert(number, delivery);
        let earlier = self.latest.insert(key, number)?;
        self.waiting.remove(&earlier)
    }

    /// Takes out everything, in its order.
    pub fn take(&mut self) -> impl Iterator<Item = Delivery> + use<> {
        std::mem::take(self).waiting.into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::xml::Element;

    fn presence(from: &str, id: &str) -> Stanza {
        Stanza::new(Kind::Presence(PresenceType::Available))
            .with_from(FullAddress::parse(from).unwrap())
            .with_id(id)
    }

    #[test]
    fn of_each_sender_the_latest_presence_is_kept_in_order() {
        let mut held_back = HeldBack::default();
        for (from, id) in [
            ("a@example.org/1", "1"),
            ("b@example.org/1", "2"),
            ("a@example.org/1", "3"),
        ] {
            let stanza = presence(from, id);
            held_back.put(key(&stanza).unwrap(), stanza.into());
        }
        let ids: Vec<_> = held_back
            .take()
            .map(|delivery| delivery.stanza.id.clone().unwrap())
            .collect();
        assert_eq!(ids, ["2".into(), "3".into()]);
        assert_eq!(held_back.take().count(), 0);
    }

    #[test]
    fn what_happens_to_the_client_itself_does_not_wait() {
        let status = Element::new("status", ns::MUC_USER).with_attr("code", "110");
        let own = presence("room@conference.example.org/me", "1")
            .with_child(Element::new("x", ns::MUC_USER).with_child(status));
        assert!(key(&own).is_none());
        let request = Stanza::new(Kind::Presence(PresenceType::Subscribe));
        assert!(key(&request).is_none());
    }

    #[test]
    fn a_message_waits_if_it_is_nothing_but_a_chat_state() {
        let typing =
            Stanza::new(Kind::Message(MessageType::Chat)).with_child(Element::new("composing", ns::CHAT_STATES));
        assert!(key(&typing).is_some());
        let said = typing.with_child(Element::new("body", ns::JABBER_CLIENT).with_text("said"));
        assert!(key(&said).is_none());
        assert!(key(&Stanza::new(Kind::Message(MessageType::Chat))).is_none());
    }
}
