//! OFOFFLINE and OFMUCCONVERSATIONLOG. Stanzas stand there without their namespace.

use jiff::Timestamp;

use super::people::Request;
use super::record::Record;
use crate::domain::{
    Error, Result,
    address::{AccountAddress, FullAddress},
};
use crate::engine::xml::{Element, Limits, Scope, ns, parse_element, write_element};

/// A message that waits for its receiver: the stanza as one element of its own, and when it was sent.
pub fn offline_message(record: &Record, now: Timestamp) -> Result<(String, Timestamp)> {
    let stanza = stanza(record.required("stanza"))?;
    Ok((text_of(&stanza), record.time("creationdate").unwrap_or(now)))
}

/// A message of a room.
#[derive(Debug)]
pub struct HistoryEntry {
    pub stanza: String,
    pub at: Timestamp,
    pub sender: FullAddress,
    pub nickname: Option<Box<str>>,
}

/// An entry of the conversation log; `None` for one without body, such as a change of subject. `room` is the address of
/// the room.
pub fn history_entry(record: &Record, room: &str, now: Timestamp) -> Result<Option<HistoryEntry>> {
    let Some(body) = record.filled("body") else {
        return Ok(None);
    };
    let sender = FullAddress::parse(record.required("sender"))?;
    let from = match record.filled("nickname") {
        Some(nickname) => format!("{room}/{nickname}"),
        None => room.to_owned(),
    };
    let kept = record.filled("stanza").map(stanza).transpose()?;
    let mut message = kept.unwrap_or_else(|| {
        let body = Element::new("body", ns::JABBER_CLIENT).with_text(body);
        Element::new("message", ns::JABBER_CLIENT).with_child(body)
    });
    message.set_attr("type", "groupchat");
    message.set_attr("from", from);
    message.remove_attr("to");
    Ok(Some(HistoryEntry {
        stanza: text_of(&message),
        at: record.time("logtime").unwrap_or(now),
        sender,
        nickname: record.filled("nickname").map(Into::into),
    }))
}

/// Private XML: the name and namespace of its root, and all of it.
#[derive(Debug)]
pub struct PrivateXml {
    pub namespace: String,
    pub name: String,
    pub xml: String,
}

/// What an OFPRIVATE record holds.
pub fn private_xml(record: &Record) -> Result<PrivateXml> {
    let root = parse_element(record.required("privatedata").trim(), Limits::OWN_TEXT);
    let root = root.map_err(|fault| Error::invalid("private XML", "", fault.to_string()))?;
    Ok(PrivateXml {
        namespace: root.ns().to_owned(),
        name: root.name().to_owned(),
        xml: text_of(&root),
    })
}

impl Request {
    /// The stanza that the contact sent; one without more than the request when it was not kept.
    pub fn stanza(&self, to: &AccountAddress) -> String {
        let kept = self.stanza.as_deref().and_then(|text| in_client_namespace(text).ok());
        let kept = kept.filter(|presence| presence.is("presence", ns::JABBER_CLIENT));
        let mut presence = kept.unwrap_or_else(|| Element::new("presence", ns::JABBER_CLIENT));
        presence.set_attr("type", "subscribe");
        presence.set_attr("from", &self.sender);
        presence.set_attr("to", to);
        text_of(&presence)
    }
}

/// A message without namespace as one of `jabber:client`.
fn stanza(text: &str) -> Result<Element> {
    let message = in_client_namespace(text)?;
    if message.is("message", ns::JABBER_CLIENT) {
        return Ok(message);
    }
    Err(Error::invalid("stanza", "", "it is no message"))
}

/// An element without namespace as one of `jabber:client`.
fn in_client_namespace(text: &str) -> Result<Element> {
    let wrong = |reason: &str| Error::invalid("stanza", "", reason);
    let wrapped = format!("<wrapper xmlns='{}'>{text}</wrapper>", ns::JABBER_CLIENT);
    let wrapper = parse_element(&wrapped, Limits::OWN_TEXT).map_err(|fault| wrong(&fault.to_string()))?;
    wrapper.into_children().next().ok_or_else(|| wrong("it is no element"))
}

fn text_of(stanza: &Element) -> String {
    let mut bytes = Vec::new();
    write_element(stanza, Scope::NONE, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(columns: &[(&str, &str)]) -> Record {
        columns
            .iter()
            .map(|(column, value)| ((*column).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_stanza_gets_its_namespace() {
        let stored = record(&[
            (
                "stanza",
                "<message to=\"a@b.example\"><body>x &lt; y</body><x xmlns=\"u:x\"><y/></x></message>",
            ),
            ("creationdate", "001795281473191"),
        ]);
        let (stanza, at) = offline_message(&stored, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(
            stanza,
            "<message xmlns='jabber:client' to='a@b.example'><body>x &lt; y</body><x xmlns='u:x'><y/></x></message>"
        );
        assert_eq!(at.as_millisecond(), 1_795_281_473_191);
        for text in ["", "<iq/>", "<message>", "<message/><message/", "text"] {
            assert!(offline_message(&record(&[("stanza", text)]), at).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_message_of_a_room_comes_from_its_occupant() {
        let stored = [
            ("sender", "kim@example.org/desk"),
            ("nickname", "Kim"),
            ("logtime", "001795281473191"),
            ("body", "hello"),
        ];
        let entry = |columns: &[(&str, &str)]| {
            history_entry(&record(columns), "lobby@conference.example.org", Timestamp::UNIX_EPOCH)
        };
        let found = entry(&stored).unwrap().unwrap();
        let expected = "<message xmlns='jabber:client' type='groupchat' from='lobby@conference.example.org/Kim'><body>hello</body></message>";
        assert_eq!(
            (found.stanza.as_str(), found.sender.to_string()),
            (expected, "kim@example.org/desk".to_owned())
        );
        assert!(entry(&stored[..3]).unwrap().is_none());
        let whole = [
            &stored[..],
            &[("stanza", "<message id=\"7\"><body>hello</body></message>")],
        ]
        .concat();
        assert!(entry(&whole).unwrap().unwrap().stanza.contains("id='7'"));
    }
}
