//! XEP-0050: commands that others offer, such as those of administration. Each asks one form at most, so `complete` is
//! what follows it; there is nothing to go back or forth to.

use std::sync::Arc;

use super::{Answer, payload};
use crate::domain::address::{AccountAddress, FullAddress, Host};
use crate::domain::command::{Answers, CommandName, Commands, FieldKind, Form, Note, Outcome, Refusal, Run, Step};
use crate::domain::random::alphanumeric;
use crate::engine::Engine;
use crate::engine::commands::{Gone, Open};
use crate::engine::form::{self, Filled};
use crate::engine::roster;
use crate::engine::session::Session;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};

/// Letters and digits of the id of a command that is run.
pub const SESSION_ID: usize = 24;

/// A request of a client about commands, at a host or at its own account.
struct Request<'request> {
    engine: &'request Engine,
    offered: Vec<Arc<dyn Commands>>,
    caller: &'request AccountAddress,
    /// The client's full address.
    owner: &'request FullAddress,
    at: FullAddress,
    host: &'request Host,
}

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

/// Serves `<command/>`.
pub async fn serve(engine: &Engine, session: &Arc<Session>, stanza: &Stanza) -> Answer {
    let asked = Asked::read(stanza)?;
    let request = request(engine, session, stanza)?;
    match (asked.session, asked.action) {
        (None, "execute") => request.begin(asked.node).await,
        (None, _) => Err(bad("bad-sessionid")),
        (Some(id), action) => request.go_on(asked.node, id, action, asked.command).await,
    }
}

/// Serves disco#info and disco#items about the commands. `None`: the node is none of ours.
pub async fn discover(engine: &Engine, session: &Arc<Session>, stanza: &Stanza) -> Option<Answer> {
    let query = payload(stanza).ok()?;
    if stanza.kind != Kind::Iq(IqType::Get) || !matches!(query.ns(), ns::DISCO_INFO | ns::DISCO_ITEMS) {
        return None;
    }
    let node = query.attr("node")?;
    let request = request(engine, session, stanza).ok()?;
    match query.ns() {
        ns::DISCO_ITEMS if node == ns::COMMANDS => Some(request.list().await),
        ns::DISCO_INFO if node == ns::COMMANDS => Some(Ok(Some(described_list()))),
        _ => request.describe(node, query.ns()).await,
    }
}

fn request<'request>(
    engine: &'request Engine,
    session: &'request Session,
    stanza: &'request Stanza,
) -> Result<Request<'request>, StanzaError> {
    let none = Condition::ServiceUnavailable;
    let at = stanza
        .to
        .clone()
        .unwrap_or_else(|| session.address().bare.clone().into());
    let host = engine.router().host(at.bare.host()).ok_or(none)?;
    let offered = engine.commands().offered();
    if offered.is_empty() {
        return Err(none.into());
    }
    Ok(Request {
        engine,
        offered,
        caller: session.account().ok_or(Condition::Forbidden)?,
        owner: session.address(),
        at,
        host,
    })
}

impl Request<'_> {
    fn run<'run>(&'run self, node: &'run str, host: &'run Host) -> Run<'run> {
        Run {
            caller: self.caller,
            host,
            node,
        }
    }

    /// Who knows the command, and what it begins with. Nobody after the one who knows it is asked.
    async fn begun(&self, node: &str) -> Result<Step, Refusal> {
        let mut outcome = Err(Refusal::Unknown);
        for commands in &self.offered {
            outcome = commands.begin(&self.run(node, self.host)).await;
            if !matches!(outcome, Err(Refusal::Unknown)) {
                break;
            }
        }
        outcome
    }

    /// The same with a form that has been filled in.
    async fn finished(&self, node: &str, host: &Host, answers: &Answers) -> Result<Outcome, Refusal> {
        let mut outcome = Err(Refusal::Unknown);
        for commands in &self.offered {
            outcome = commands.complete(&self.run(node, host), answers).await;
            if !matches!(outcome, Err(Refusal::Unknown)) {
                break;
            }
        }
        outcome
    }

    /// What the client may run; nothing for who may run nothing.
    async fn names(&self) -> Result<Vec<CommandName>, StanzaError> {
        let mut names = Vec::new();
        for commands in &self.offered {
            names.extend(commands.list(self.caller).await.map_err(refused)?);
        }
        Ok(names)
    }

    async fn list(&self) -> Answer {
        let names = self.names().await?;
        let items = names.iter().map(|command| {
            Element::new("item", ns::DISCO_ITEMS)
                .with_attr("jid", &self.at)
                .with_attr("node", command.node)
                .with_attr("name", command.name)
        });
        let query = Element::new("query", ns::DISCO_ITEMS).with_attr("node", ns::COMMANDS);
        Ok(Some(query.with_children(items)))
    }

    /// What is said of one command.
    async fn describe(&self, node: &str, namespace: &str) -> Option<Answer> {
        let names = match self.names().await {
            Ok(names) => names,
            Err(error) => return Some(Err(error)),
        };
        let known = names.iter().find(|command| command.node == node)?;
        if namespace == ns::DISCO_ITEMS {
            let query = Element::new("query", ns::DISCO_ITEMS).with_attr("node", node);
            return Some(Ok(Some(query)));
        }
        Some(Ok(Some(described_command(node, known.name))))
    }

    async fn begin(&self, node: &str) -> Answer {
        let step = self.begun(node).await.map_err(refused)?;
        let id = alphanumeric(self.engine.random(), SESSION_ID);
        match step {
            Step::Done(outcome) => Ok(Some(completed(node, &id, &outcome))),
            Step::Ask(form) => {
                let asking = asking(node, &id, shown(&form).to_form());
                let shown = Open {
                    owner: self.owner.clone(),
                    at: self.at.clone(),
                    host: self.host.clone(),
                    node: node.to_owned(),
                    form,
                    begun: self.engine.clock().now(),
                };
                self.engine.commands().open(id, shown);
                Ok(Some(asking))
            }
        }
    }

    async fn go_on(&self, node: &str, id: &str, action: &str, given: &Element) -> Answer {
        let sessions = self.engine.commands();
        let (host, form) = opened(self.engine, id, self.owner, &self.at, node)?;
        match action {
            "cancel" => {
                sessions.close(id);
                return Ok(Some(command(node, id, "canceled")));
            }
            "next" | "prev" => return Err(bad("bad-action")),
            _ => {}
        }
        let refuse = |text: String| bad("bad-payload").with_text(text);
        let filled = match Filled::read_in(given) {
            Ok(Some(filled)) if !filled.is_cancelled() => filled,
            Ok(_) => return Err(refuse("a submitted form is missing".to_owned())),
            Err(error) => return Err(refuse(error.to_string())),
        };
        filled
            .check_type(form.about)
            .map_err(|error| refuse(error.to_string()))?;
        for field in form.fields.iter().filter(|field| field.is_required) {
            if filled.values(field.name).all(str::is_empty) {
                return Err(refuse(format!("the field {} is required", field.name)));
            }
        }
        let answers = filled.names().map(|name| {
            let values = filled.values(name).map(str::to_owned);
            (name.to_owned(), values.collect())
        });
        let answers = Answers::new(answers);
        let outcome = self.finished(node, &host, &answers).await.map_err(refused)?;
        sessions.close(id);
        Ok(Some(completed(node, id, &outcome)))
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
        Gone::Expired => specific(Condition::NotAllowed, "session-expired"),
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

fn completed(node: &str, id: &str, outcome: &Outcome) -> Element {
    let mut command = command(node, id, "completed");
    if let Some(result) = &outcome.result {
        let rosters = outcome.rosters.iter().map(|items| {
            let items = items.iter().map(roster::item_element);
            Element::new("query", ns::ROSTER).with_children(items)
        });
        command.push(shown(result).to_result().with_children(rosters));
    }
    let (kind, text) = match &outcome.note {
        Note::Done(text) => ("info", text),
        Note::Failed(text) => ("error", text),
    };
    let note = Element::new("note", ns::COMMANDS).with_attr("type", kind);
    command.with_child(note.with_text(text.as_str()))
}

/// What disco#info tells of the list of commands.
pub fn described_list() -> Element {
    described(ns::COMMANDS, "command-list", "Commands", &[])
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

fn shown(form: &Form) -> form::Form {
    let mut shown = form::Form::new(form.about);
    if !form.title.is_empty() {
        shown = shown.with_title(form.title);
    }
    if !form.instructions.is_empty() {
        shown = shown.with_instructions(form.instructions);
    }
    for field in &form.fields {
        let (kind, options): (_, &[_]) = match field.kind {
            FieldKind::Address => (form::FieldKind::JidSingle, &[]),
            FieldKind::Addresses => (form::FieldKind::JidMulti, &[]),
            FieldKind::Text => (form::FieldKind::TextSingle, &[]),
            FieldKind::Lines => (form::FieldKind::TextMulti, &[]),
            FieldKind::Password => (form::FieldKind::TextPrivate, &[]),
            FieldKind::Flag => (form::FieldKind::Boolean, &[]),
            FieldKind::Choice(options) => (form::FieldKind::ListSingle, options),
        };
        let mut made = form::Field::new(field.name, kind)
            .with_label(field.label)
            .with_values(&field.values);
        if field.is_required {
            made = made.required();
        }
        for (value, label) in options {
            made = made.with_option(value, label);
        }
        shown.push(made);
    }
    shown
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

fn refused(refusal: Refusal) -> StanzaError {
    match refusal {
        Refusal::Unknown => Condition::ItemNotFound.into(),
        Refusal::Unsupported => Condition::FeatureNotImplemented.into(),
        Refusal::Forbidden => Condition::Forbidden.into(),
        Refusal::Answers(text) => bad("bad-payload").with_text(text),
        Refusal::Failed(error) => error.into(),
    }
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
