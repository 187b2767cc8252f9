//! The words of commands (XEP-0050), for whoever serves some.

use super::Gone;
use crate::domain::address::{FullAddress, Host};
use crate::domain::command::Form;
use crate::engine::Engine;
use crate::engine::answer::payload;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};

/// Letters and digits of the id of a command that is run.
pub const SESSION_ID: usize = 24;

/// `<command/>` as a client sends it.
pub struct Asked<'stanza> {
    pub command: &'stanza Element,
    pub node: &'stanza str,
    pub session: Option<&'stanza str>,
    pub action: &'stanza str,
}

impl<'stanza> Asked<'stanza> {
    pub fn read(stanza: &'stanza Stanza) -> Result<Self, StanzaError> {
        let command = payload(stanza)?;
        if stanza.kind != Kind::Iq(IqType::Set) || command.name() != "command" {
            return Err(Condition::BadRequest.into());
        }
        let node = command.attr("node").ok_or(Condition::BadRequest)?;
        let lang = command.lang().or(stanza.lang.as_deref());
        if !lang.is_none_or(is_language) {
            return Err(bad("bad-locale"));
        }
        let action = command.attr("action").unwrap_or("execute");
        if !["execute", "next", "prev", "complete", "cancel"].contains(&action) {
            return Err(bad("malformed-action"));
        }
        Ok(Self {
            command,
            node,
            session: command.attr("sessionid"),
            action,
        })
    }
}

/// The form that a client was shown, for what host.
pub fn opened(
    engine: &Engine,
    id: &str,
    owner: &FullAddress,
    at: &FullAddress,
    node: &str,
) -> Result<(Host, Form), StanzaError> {
    let found = engine.commands().find(id, owner, at, node, engine.clock().now());
    found.map_err(|gone| match gone {
        Gone::Unknown => bad("bad-sessionid"),
        Gone::Over => specific(Condition::NotAllowed, "session-expired"),
    })
}

/// Shows a form, the only one of a command.
pub fn asking(node: &str, id: &str, form: Element) -> Element {
    let actions = Element::new("actions", ns::COMMANDS)
        .with_attr("execute", "complete")
        .with_child(Element::new("complete", ns::COMMANDS));
    command(node, id, "executing").with_child(actions).with_child(form)
}

pub fn command(node: &str, id: &str, status: &str) -> Element {
    Element::new("command", ns::COMMANDS)
        .with_attr("node", node)
        .with_attr("sessionid", id)
        .with_attr("status", status)
}

/// What disco#info tells of the list of commands.
pub fn described_list() -> Element {
    described(ns::COMMANDS, "command-list", "Commands", &[ns::COMMANDS])
}

/// What disco#info tells of a command.
pub fn described_command(node: &str, name: &str) -> Element {
    described(node, "command-node", name, &[ns::COMMANDS, ns::DATA_FORMS])
}

fn described(node: &str, type_: &str, name: &str, features: &[&str]) -> Element {
    let identity = Element::new("identity", ns::DISCO_INFO)
        .with_attr("category", "automation")
        .with_attr("type", type_)
        .with_attr("name", name);
    let features = features
        .iter()
        .map(|feature| Element::new("feature", ns::DISCO_INFO).with_attr("var", feature));
    Element::new("query", ns::DISCO_INFO)
        .with_attr("node", node)
        .with_child(identity)
        .with_children(features)
}

/// A language tag (RFC 5646 §2.1), as far as its letters go.
fn is_language(tag: &str) -> bool {
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    tag.is_empty() || tag.split('-').all(is_part)
}

pub fn bad(condition: &'static str) -> StanzaError {
    specific(Condition::BadRequest, condition)
}

fn specific(condition: Condition, specific: &'static str) -> StanzaError {
    StanzaError::new(condition).with_specific(Element::new(specific, ns::COMMANDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_language_is_told_from_what_is_one() {
        for (tag, expected) in [
            ("en", true),
            ("de-AT", true),
            ("zh-Hant-TW", true),
            ("", true),
            ("not a language", false),
            ("en--US", false),
            ("abcdefghi", false),
        ] {
            assert_eq!(is_language(tag), expected, "{tag}");
        }
    }
}
