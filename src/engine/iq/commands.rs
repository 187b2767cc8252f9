//! XEP-0050: commands that others offer, such as those of administration. Each asks one form at most, so `complete` is
//! what follows it; there is nothing to go back or forth to.

use std::sync::Arc;

use crate::domain::address::{AccountAddress, FullAddress, Host};
use crate::domain::command::{Answers, CommandName, Commands, FieldKind, Form, Note, Outcome, Refusal, Run, Step};
use crate::domain::random::alphanumeric;
use crate::engine::Engine;
use crate::engine::answer::{Answer, payload};
use crate::engine::commands::Open;
use crate::engine::commands::request::{
    Asked, SESSION_ID, asking, bad, command, described_command, described_list, opened,
};
use crate::engine::form::{self, Filled};
use crate::engine::roster;
use crate::engine::session::Session;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};

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
        let Some(known) = names.iter().find(|command| command.node == node) else {
            // It is not for this client (§2.2), or not there.
            let is_there = self.offered.iter().any(|commands| commands.has(node));
            return is_there.then(|| Err(refused(Refusal::Forbidden)));
        };
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
            // One that says it is cancelled counts as any other (§3.5.1).
            Ok(Some(filled)) => filled,
            Ok(None) => return Err(refuse("a submitted form is missing".to_owned())),
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

fn refused(refusal: Refusal) -> StanzaError {
    match refusal {
        Refusal::Unknown => Condition::ItemNotFound.into(),
        Refusal::Unsupported => Condition::FeatureNotImplemented.into(),
        // Other than elsewhere (§4.4).
        Refusal::Forbidden => StanzaError::new(Condition::Forbidden).with_kind("cancel"),
        Refusal::Answers(text) => bad("bad-payload").with_text(text),
        Refusal::Failed(error) => error.into(),
    }
}
