//! What a presence says of its sender, as administrators are shown it (RFC 6121 §4.7.2). A client that shows something
//! else than the RFC allows is still available: an unknown `show` counts as none.

use super::super::stanza::Stanza;
use super::super::xml::ns;
use crate::domain::session::{Presence, Show};

pub fn shown(stanza: &Stanza) -> Presence {
    let text = |name| stanza.child(name, ns::JABBER_CLIENT).map(|child| child.text());
    Presence {
        available: true,
        show: text("show").and_then(|show| match show.trim() {
            "away" => Some(Show::Away),
            "chat" => Some(Show::Chat),
            "dnd" => Some(Show::DoNotDisturb),
            "xa" => Some(Show::ExtendedAway),
            _ => None,
        }),
        status: status(stanza),
        priority: text("priority")
            .and_then(|priority| priority.trim().parse().ok())
            .unwrap_or(0),
    }
}

/// What it says in words; an empty element says nothing, but says it.
pub fn status(stanza: &Stanza) -> Option<String> {
    let status = stanza.child("status", ns::JABBER_CLIENT)?;
    Some(status.text().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content: &str) -> Presence {
        let text = format!("<presence xmlns='jabber:client'>{content}</presence>");
        shown(&Stanza::from_text(&text).unwrap())
    }

    #[test]
    fn a_priority_is_a_number_of_one_byte() {
        for (text, priority) in [("-128", -128), ("127", 127), (" 5 ", 5), ("+1", 1), ("", 0)] {
            assert_eq!(
                of(&format!("<priority>{text}</priority>")).priority,
                priority,
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_presence_is_shown_with_what_it_says() {
        let presence = of("<show>dnd</show><status>Wooing</status>");
        assert_eq!(presence.show, Some(Show::DoNotDisturb));
        assert_eq!(presence.status.as_deref(), Some("Wooing"));
        assert_eq!(of("<show>busy</show>"), of(""));
        assert_eq!(of("<status/>").status.as_deref(), Some(""));
    }
}
