//! Push notifications (XEP-0357): accounts register app servers, which are told of messages that the accounts do not get
//! at once. An app server is a client of this server or `pubsub.<host>`: there is no way to others.

pub mod unanswered;

use std::sync::Arc;

use self::unanswered::Registered;
use super::answer::{Answer, payload};
use super::registry::OnlineAccount;
use super::router::Destination;
use super::session::Session;
use super::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use super::xml::{Element, Limits, ns, parse_element};
use super::{Engine, blocking, form, pubsub, refusal};
use crate::domain::address::{AccountAddress, FullAddress, Host};
use crate::domain::push::{PushContent, PushRegistration};
use crate::domain::random::alphanumeric;
use crate::domain::{Error, Kind as Noun, Result};
use crate::storage::{Transaction, offline, push, subscriptions};

const SUMMARY: &str = "urn:xmpp:push:summary";

/// Letters and digits of the id of a notice.
const ID: usize = 20;

/// Characters of a node, and of what somebody wrote.
const MOST_NODE: usize = 1024;
const MOST_BODY: usize = 500;

/// Bytes of the form that goes with every notice.
const MOST_OPTIONS: usize = 4096;

/// Serves `<enable/>` and `<disable/>` of a client for its own account.
pub async fn serve(engine: &Engine, session: &Arc<Session>, owner: &AccountAddress, request: &Stanza) -> Answer {
    let element = payload(request)?;
    let bad = |text: &str| Err(StanzaError::new(Condition::BadRequest).with_text(text));
    if request.kind != Kind::Iq(IqType::Set) {
        return bad("push notifications are set, not asked for");
    }
    let Some(service) = element.attr("jid").and_then(|jid| FullAddress::parse(jid).ok()) else {
        return bad("name an app server by its jid");
    };
    let node = element.attr("node");
    if node.is_some_and(|node| node.is_empty() || node.chars().count() > MOST_NODE) {
        return bad("a node has from 1 to 1024 characters");
    }
    match element.name() {
        "enable" => enable(engine, session, owner, element, service, node.unwrap_or_default()).await,
        "disable" => disable(engine, session, owner, service, node).await,
        _ => bad("enable or disable push notifications"),
    }
}

async fn enable(
    engine: &Engine,
    session: &Arc<Session>,
    owner: &AccountAddress,
    element: &Element,
    service: FullAddress,
    node: &str,
) -> Answer {
    check_reachable(engine, session.host(), &service)?;
    let options = element.child("x", ns::DATA_FORMS);
    // Older clients do not say that their form is one that is filled in (§5).
    if let Some(form) = options.filter(|form| form.attr("type").is_some()) {
        form::Filled::read(form)?.check_type(ns::PUBSUB_PUBLISH_OPTIONS)?;
    }
    let options = options.map(ToString::to_string);
    // A short message to the account makes many notices: they are not to drown whom they go to.
    if options.as_ref().is_some_and(|options| options.len() > MOST_OPTIONS) {
        let text = format!("the publish-options have {MOST_OPTIONS} bytes at most");
        return Err(StanzaError::new(Condition::NotAcceptable).with_text(text));
    }
    let registration = PushRegistration {
        service,
        node: node.to_owned(),
        options,
    };
    let (owner, stored, most) = (
        owner.clone(),
        registration.clone(),
        engine.settings().limits.push_registrations,
    );
    engine
        .store()
        .submit(move |transaction| push::put(transaction, &owner, &stored, most))
        .await?;
    let mut state = session.state();
    state.push.retain(|other| !is_same(other, &registration));
    state.push.push(registration);
    Ok(None)
}

async fn disable(
    engine: &Engine,
    session: &Arc<Session>,
    owner: &AccountAddress,
    service: FullAddress,
    node: Option<&str>,
) -> Answer {
    session
        .state()
        .push
        .retain(|other| other.service != service || node.is_some_and(|node| other.node != node));
    let (owner, node) = (owner.clone(), node.map(str::to_owned));
    let removed = engine
        .store()
        .submit(move |transaction| push::remove(transaction, &owner, &service, node.as_deref()));
    match removed.await? {
        0 => Err(Condition::ItemNotFound.into()),
        _ => Ok(None),
    }
}

/// Only clients with their full address and `pubsub.<host>` take notices.
fn check_reachable(engine: &Engine, own: &Host, service: &FullAddress) -> Result<(), StanzaError> {
    let domain = service.bare.host();
    let text = match engine.router().destination(own.as_str(), domain) {
        Destination::Remote => {
            let text = "this server reaches no other servers; name a client or a service of its own";
            return Err(StanzaError::new(Condition::RemoteServerNotFound).with_text(text));
        }
        Destination::Host if service.bare.localpart().is_some() && service.resource.is_some() => return Ok(()),
        Destination::Host => "a client that takes notices is named by its full address",
        Destination::Service(_) if pubsub::service_at(engine, service).is_some() => return Ok(()),
        Destination::Service(_) => "this service takes no notices",
    };
    Err(StanzaError::new(Condition::NotAcceptable).with_text(text))
}

fn is_same(one: &PushRegistration, other: &PushRegistration) -> bool {
    one.service == other.service && one.node == other.node
}

/// A notice that is due once a message is on disk.
pub struct Due {
    owner: AccountAddress,
    registrations: Vec<PushRegistration>,
    messages: u64,
    requests: u64,
}

/// What an account wants to be told when a message is stored for it. `None`: nothing.
pub fn due(transaction: &Transaction<'_>, owner: &AccountAddress) -> Result<Option<Due>> {
    let registrations = push::list(transaction, owner)?;
    if registrations.is_empty() {
        return Ok(None);
    }
    Ok(Some(Due {
        messages: offline::count(transaction, owner)?.max(1),
        requests: subscriptions::count_requests(transaction, owner)?,
        owner: owner.clone(),
        registrations,
    }))
}

impl Due {
    /// Tells those whose client does not get the message now. Never waits.
    pub fn tell(self, engine: &Engine, message: &Stanza) {
        let account = engine.registry().account(&self.owner.to_address());
        let awake = account.as_deref().map(registered_by_awake).unwrap_or_default();
        let is_wanted = |registration: &PushRegistration| !awake.iter().any(|other| is_same(other, registration));
        let told: Vec<_> = self.registrations.into_iter().filter(is_wanted).collect();
        if told.is_empty() {
            return;
        }
        let summary = summary(engine.settings().push_content, self.messages, self.requests, message);
        for registration in told {
            let (engine, owner) = (engine.clone(), self.owner.clone());
            let item = notification(summary.clone());
            let working = engine.clone();
            engine.spawn(async move { send(&working, owner, registration, item).await });
        }
    }
}

/// What sessions have registered that somebody is looking at.
fn registered_by_awake(account: &OnlineAccount) -> Vec<PushRegistration> {
    let sessions = account.sessions();
    let awake = sessions.iter().filter(|session| session.outbox().is_awake());
    awake.flat_map(|session| session.state().push.clone()).collect()
}

async fn send(engine: &Engine, owner: AccountAddress, registration: PushRegistration, item: Element) {
    let registered = Registered { owner, registration };
    let id = alphanumeric(engine.random(), ID);
    let notice = notice(&registered, &id, item);
    let service = &registered.registration.service;
    if let Some(place) = pubsub::service_at(engine, service) {
        if let Err(error) = pubsub::serve(engine, place, &notice).await {
            refused(engine, registered, &error.to_element()).await;
        }
        return;
    }
    // An app server that is not connected misses the notice, not the next one.
    let Some(session) = engine.registry().find(service) else {
        return;
    };
    // XEP-0191 §3.3: who has blocked the account hears nothing of it, in this way neither.
    if blocking::blocks(engine, &service.bare, notice.from.as_ref()) {
        return refused(engine, registered, &StanzaError::from(refusal::NOBODY).to_element()).await;
    }
    engine.unanswered_pushes().put(id, registered);
    engine.deliver(&session, notice);
}

/// Takes what a client answers that was told something.
pub async fn answered(engine: &Engine, answer: &Stanza) {
    let Some(id) = answer.id.as_deref() else { return };
    let Some(registered) = engine.unanswered_pushes().take(id, answer.from.as_ref()) else {
        return;
    };
    if answer.kind == Kind::Iq(IqType::Error)
        && let Some(error) = answer.child("error", ns::JABBER_CLIENT)
    {
        refused(engine, registered, error).await;
    }
}

/// An app server that does not want notices gets none any more, unless it only asks for patience (§5.3).
async fn refused(engine: &Engine, registered: Registered, error: &Element) {
    if error.attr("type") == Some("wait") {
        return;
    }
    let Registered { owner, registration } = registered;
    tracing::info!(account = %owner, service = %registration.service, "push notifications end: the app server refuses them");
    let removed = engine.store().write(move |transaction| {
        let node = Some(registration.node.as_str());
        push::remove(transaction, &owner, &registration.service, node)
    });
    match removed.await {
        Ok(_)
        | Err(Error::NotFound {
            kind: Noun::Account, ..
        }) => {}
        Err(error) => tracing::warn!(%error, "a push registration stays for now"),
    }
}

fn notice(registered: &Registered, id: &str, item: Element) -> Stanza {
    let Registered { owner, registration } = registered;
    let node = Some(registration.node.as_str()).filter(|node| !node.is_empty());
    let publish = Element::new("publish", ns::PUBSUB)
        .with_optional_attr("node", node)
        .with_child(Element::new("item", ns::PUBSUB).with_child(item));
    let form = registration.options.as_deref();
    let form = form.and_then(|text| parse_element(text, Limits::OWN_TEXT).ok());
    let options = form.map(|form| Element::new("publish-options", ns::PUBSUB).with_child(form));
    let content = Element::new("pubsub", ns::PUBSUB)
        .with_child(publish)
        .with_optional_child(options);
    Stanza::new(Kind::Iq(IqType::Set))
        .with_id(id)
        .with_from(owner.to_address().into())
        .with_to(registration.service.clone())
        .with_child(content)
}

fn notification(summary: Element) -> Element {
    Element::new("notification", ns::PUSH).with_child(summary)
}

/// What is said of a message (§5.2).
fn summary(content: PushContent, messages: u64, requests: u64, message: &Stanza) -> Element {
    let mut summary = form::Form::new(SUMMARY);
    let mut push = |name: &'static str, value: String| {
        summary.push(form::Field::new(name, form::FieldKind::TextSingle).with_values([value]));
    };
    push("message-count", messages.to_string());
    push("pending-subscription-count", requests.to_string());
    if content >= PushContent::Sender
        && let Some(from) = &message.from
    {
        push("last-message-sender", from.to_string());
    }
    if content == PushContent::Body
        && let Some(body) = message.child("body", ns::JABBER_CLIENT)
    {
        push("last-message-body", body.text().chars().take(MOST_BODY).collect());
    }
    summary.to_result()
}
