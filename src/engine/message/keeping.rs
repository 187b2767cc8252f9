//! What is kept of a message: in the archives (XEP-0313 §5), and until a login (XEP-0160), by what it holds and by the
//! hints of its sender (XEP-0334).

use super::recipients;
use crate::domain::address::FullAddress;
use crate::engine::settings::Settings;
use crate::engine::stanza::{MessageType, Stanza};
use crate::engine::xml::{Element, ns};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    pub archive: bool,
    /// If nobody is there to take it.
    pub offline: bool,
    /// Its sender may expect that it arrives, if not at once.
    pub is_owed: bool,
}

impl Keeping {
    pub fn of(stanza: &Stanza, kind: MessageType, to: &FullAddress, settings: &Settings) -> Self {
        let hint = |name: &str| stanza.child(name, ns::HINTS).is_some();
        let is_conversation = matches!(kind, MessageType::Normal | MessageType::Chat);
        let may_be_stored = is_conversation && !hint("no-store");
        let lasts = hint("store") || stanza.children().any(has_lasting_content);
        let may_wait = recipients::may_wait(kind, to) && may_be_stored && (lasts || !is_of_the_moment(stanza));
        Self {
            archive: settings.archive && may_be_stored && lasts && !hint("no-permanent-store"),
            offline: settings.offline && may_wait,
            is_owed: may_wait,
        }
    }

    pub fn is_anything(self) -> bool {
        self.archive || self.offline
    }
}

/// Whether somebody who was away wants to know of it: all but notices of the moment, such as chat states.
pub fn has_lasting_content(child: &Element) -> bool {
    match child.ns() {
        ns::JABBER_CLIENT => matches!(child.name(), "body" | "subject"),
        ns::RECEIPTS => child.name() == "received",
        ns::MARKERS => child.name() != "markable",
        ns::OMEMO
        | ns::OMEMO2
        | ns::ENCRYPTION
        | ns::OPENPGP
        | ns::REACTIONS
        | ns::RETRACT
        | ns::FASTEN
        | ns::JINGLE_MESSAGE => true,
        ns::MUC_USER => child
            .children()
            .any(|child| matches!(child.name(), "invite" | "decline")),
        _ => false,
    }
}

/// Whether a message says nothing but what will be past at the next login (XEP-0160 §3). What the server does not
/// understand waits.
fn is_of_the_moment(stanza: &Stanza) -> bool {
    let mut children = stanza.children().peekable();
    children.peek().is_some()
        && children.all(|child| match child.ns() {
            ns::CHAT_STATES | ns::HINTS | ns::STANZA_ID | ns::DELAY | ns::PUBSUB_EVENT | ns::MUC_USER => true,
            ns::JABBER_CLIENT => child.name() == "thread",
            ns::RECEIPTS => child.name() == "request",
            ns::MARKERS => child.name() == "markable",
            ns::CARBONS => child.name() == "private",
            _ => false,
        })
}
