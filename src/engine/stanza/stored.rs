//! Stanzas that were kept as texts until somebody is there to take them.

use super::{Stanza, read};
use crate::engine::xml::{Limits, parse_element};

impl Stanza {
    /// Reads what [`Stanza::to_text`] wrote; `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        read(parse_element(text, Limits::OWN_TEXT).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_stanza_reads_as_it_was() {
        let text = "<presence xmlns='jabber:client' from='a@b' to='c@d' type='subscribe' id='1' xml:lang='de'>\
                    <status>&lt;</status><x xmlns='urn:x'/></presence>";
        let stanza = Stanza::from_text(text).unwrap();
        let again = Stanza::from_text(&stanza.to_text()).unwrap();
        assert_eq!(again.kind, stanza.kind);
        assert_eq!((&again.from, &again.to), (&stanza.from, &stanza.to));
        assert_eq!((&again.id, &again.lang), (&stanza.id, &stanza.lang));
        assert_eq!(again.content, stanza.content);
        assert_eq!(stanza.children().count(), 2);
    }

    #[test]
    fn what_is_no_stanza_is_not_read() {
        for text in [
            "",
            "<presence/>",
            "<a xmlns='jabber:client'/>",
            "<presence xmlns='jabber:client'>",
        ] {
            assert!(Stanza::from_text(text).is_none(), "{text}");
        }
    }
}
