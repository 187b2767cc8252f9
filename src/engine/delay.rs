//! When something was said, of what is delivered later (XEP-0203).

use jiff::Timestamp;

use super::xml::{Element, ns};

/// A moment as stanzas tell it (XEP-0082), to the millisecond.
pub fn stamp(at: Timestamp) -> String {
    at.round(jiff::Unit::Millisecond).unwrap_or(at).to_string()
}

/// Since when `from` holds a stanza.
pub fn delay(from: impl ToString, at: Timestamp) -> Element {
    Element::new("delay", ns::DELAY)
        .with_attr("from", from)
        .with_attr("stamp", stamp(at))
}
