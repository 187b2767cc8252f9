//! Reading the head of a stanza that a client sent.

use super::{Condition, IqType, Kind, MessageType, PresenceType, Stanza, StanzaError};
use crate::domain::address::FullAddress;
use crate::engine::xml::{Element, ns};

/// Why an element is not routed.
#[derive(Debug)]
pub enum Refusal {
    /// It is no stanza: the stream ends with `unsupported-stanza-type`.
    NotAStanza,
    /// Its namespace is not the stream's: the stream ends with `invalid-namespace`.
    OtherNamespace,
    /// Its `from` is no address: the stream ends with `invalid-from`.
    InvalidFrom,
    /// The sender gets an error; the stanza is what could be read of it.
    Answer(Box<Stanza>, StanzaError),
}

/// Reads the head. `from` is what the client wrote, unchecked otherwise. An empty address is none, as older clients mean it.
pub fn read(element: Element) -> Result<Stanza, Refusal> {
    if element.ns() != ns::JABBER_CLIENT {
        return Err(Refusal::OtherNamespace);
    }
    let kind = kind(&element)?;
    let address = |name| element.attr(name).filter(|text| !text.is_empty());
    let from = match address("from") {
        Some(text) => Some(FullAddress::parse(text).map_err(|_| Refusal::InvalidFrom)?),
        None => None,
    };
    let mut stanza = Stanza::new(kind.unwrap_or_else(|| fallback(&element)));
    stanza.from = from;
    stanza.id = element.attr("id").map(Into::into);
    stanza.lang = element.lang().map(Into::into);
    stanza.to = address("to").and_then(|to| FullAddress::parse(to).ok());
    if kind.is_none() {
        let problem = StanzaError::new(Condition::BadRequest).with_text("the type is unknown or missing");
        return Err(Refusal::Answer(Box::new(stanza), problem));
    }
    if stanza.to.is_none() && address("to").is_some() {
        return Err(Refusal::Answer(Box::new(stanza), Condition::JidMalformed.into()));
    }
    stanza.content = element.into_nodes();
    let checked = match stanza.kind {
        Kind::Iq(_) => check_iq(&stanza),
        Kind::Presence(PresenceType::Available) => check_priority(&stanza),
        _ => Ok(()),
    };
    match checked {
        Ok(()) => Ok(stanza),
        Err(problem) => Err(Refusal::Answer(Box::new(stanza), problem)),
    }
}

/// `None`: a stanza whose type is unknown.
fn kind(element: &Element) -> Result<Option<Kind>, Refusal> {
    let type_ = element.attr("type");
    Ok(match element.name() {
        "message" => Some(Kind::Message(match type_ {
            Some("chat") => MessageType::Chat,
            Some("groupchat") => MessageType::Groupchat,
            Some("headline") => MessageType::Headline,
            Some("error") => MessageType::Error,
            _ => MessageType::Normal,
        })),
        "presence" => match type_ {
            None => Some(PresenceType::Available),
            Some("unavailable") => Some(PresenceType::Unavailable),
            Some("subscribe") => Some(PresenceType::Subscribe),
            Some("subscribed") => Some(PresenceType::Subscribed),
            Some("unsubscribe") => Some(PresenceType::Unsubscribe),
            Some("unsubscribed") => Some(PresenceType::Unsubscribed),
            Some("probe") => Some(PresenceType::Probe),
            Some("error") => Some(PresenceType::Error),
            Some(_) => None,
        }
        .map(Kind::Presence),
        "iq" => match type_ {
            Some("get") => Some(IqType::Get),
            Some("set") => Some(IqType::Set),
            Some("result") => Some(IqType::Result),
            Some("error") => Some(IqType::Error),
            _ => None,
        }
        .map(Kind::Iq),
        _ => return Err(Refusal::NotAStanza),
    })
}

/// The kind that lets an error be answered.
fn fallback(element: &Element) -> Kind {
    match element.name() {
        "iq" => Kind::Iq(IqType::Get),
        _ => Kind::Presence(PresenceType::Available),
    }
}

/// An `id`, and one child in a request, at most one in a result (RFC 6120 §8.2.3).
fn check_iq(stanza: &Stanza) -> Result<(), StanzaError> {
    let refuse = |text: &str| Err(StanzaError::new(Condition::BadRequest).with_text(text));
    if stanza.id.is_none() {
        return refuse("an iq has an id");
    }
    let children = stanza.children().count();
    match stanza.kind {
        Kind::Iq(IqType::Get | IqType::Set) if children != 1 => refuse("a request has exactly one child"),
        Kind::Iq(IqType::Result) if children > 1 => refuse("a result has one child at most"),
        _ => Ok(()),
    }
}

/// One at most, and a number of one byte (RFC 6121 §4.7.2.3); an empty one says nothing.
fn check_priority(stanza: &Stanza) -> Result<(), StanzaError> {
    let mut priorities = stanza
        .children()
        .filter(|child| child.is("priority", ns::JABBER_CLIENT));
    let is_number = |priority: &Element| {
        let text = priority.text();
        text.trim().is_empty() || text.trim().parse::<i8>().is_ok()
    };
    if priorities.next().is_none_or(is_number) && priorities.next().is_none() {
        return Ok(());
    }
    Err(StanzaError::new(Condition::BadRequest).with_text("the priority is one number between -128 and 127"))
}
