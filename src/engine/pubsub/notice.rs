//! Telling those who are to know what has happened at a node (XEP-0060 §12, XEP-0163 §4.3). One stanza is made and shared
//! by everybody who gets it; whoever has several subscriptions gets it once, with their ids.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::audience::Audience;
use super::event::Event;
use super::place::Place;
use crate::domain::address::{Address, FullAddress};
use crate::domain::pubsub::{Node, NodeSubscriptionState, NotificationType, SubscriptionOptions};
use crate::domain::random::alphanumeric;
use crate::domain::session::Show;
use crate::engine::Engine;
use crate::engine::blocking::{blocks, is_blocked_between};
use crate::engine::session::{Delivery, Session};
use crate::engine::stanza::{Kind, MessageType, Stanza};
use crate::engine::xml::{Element, ns};

/// Letters and digits of the id of a notice.
const NOTICE_ID: usize = 12;

/// A change at a node on its way to those who are to know.
pub struct Notice {
    place: Place,
    node: String,
    /// Whose node it is.
    creator: FullAddress,
    kind: MessageType,
    only_to_present: bool,
    concerns_pending: bool,
    names_subscriptions: bool,
    stanza: Arc<Stanza>,
    /// What those get who see the presence of the account, if that is something else.
    for_contacts: Option<Arc<Stanza>>,
}

impl Notice {
    /// `more` is what comes behind the event, a delay say.
    pub fn new(engine: &Engine, place: &Place, node: &Node, event: Event, more: Option<Element>) -> Self {
        let kind = match node.config.notification_type {
            NotificationType::Normal => MessageType::Normal,
            NotificationType::Chat => MessageType::Chat,
            NotificationType::Headline => MessageType::Headline,
        };
        let (concerns_pending, names_subscriptions) = (event.concerns_pending(), event.names_subscriptions());
        let mut stanza = Stanza::new(Kind::Message(kind))
            .with_id(notice_id(engine, node))
            .with_from(place.address.clone().into())
            .with_child(event.into_element(&node.address.name));
        if let Some(more) = more {
            stanza = stanza.with_child(more);
        }
        Self {
            place: place.clone(),
            node: node.address.name.clone(),
            creator: node.creator.clone().into(),
            kind,
            only_to_present: node.config.only_to_present,
            concerns_pending,
            names_subscriptions,
            stanza: Arc::new(stanza),
            for_contacts: None,
        }
    }

    /// The same, in which those who see the presence of the account find `more` behind the event.
    pub fn with_more_for_contacts(mut self, more: Element) -> Self {
        self.for_contacts = Some(Arc::new(Stanza::to_owned(&self.stanza).with_child(more)));
        self
    }

    /// To everybody who may have it.
    pub fn to_all(&self, engine: &Engine, audience: &Audience) {
        let mut told = BTreeSet::new();
        let mut subscribed: BTreeMap<&FullAddress, Vec<(&str, &SubscriptionOptions)>> = BTreeMap::new();
        for one in &audience.subscriptions {
            let is_meant = match one.state {
                NodeSubscriptionState::Subscribed => audience.may_read(&one.subscriber.bare),
                NodeSubscriptionState::Pending => self.concerns_pending,
            };
            if is_meant {
                let ids = subscribed.entry(&one.subscriber).or_default();
                ids.push((one.id.as_str(), &one.options));
            }
        }
        for (subscriber, subscriptions) in subscribed {
            self.to_subscriber(engine, subscriber, &subscriptions, &mut told);
        }
        if self.place.account.is_some() {
            self.to_contacts(engine, audience, &mut told);
        }
    }

    /// To one who is subscribed.
    pub fn to_subscriber(
        &self,
        engine: &Engine,
        subscriber: &FullAddress,
        subscriptions: &[(&str, &SubscriptionOptions)],
        told: &mut BTreeSet<FullAddress>,
    ) {
        let wanted: Vec<_> = subscriptions.iter().filter(|(_, options)| options.delivers).collect();
        if wanted.is_empty() || blocks(engine, &subscriber.bare, Some(&self.creator)) {
            return;
        }
        let stanza = match wanted.as_slice() {
            [_, _, ..] if self.names_subscriptions => {
                Arc::new(Stanza::to_owned(&self.stanza).with_child(headers(wanted.iter().map(|(id, _)| *id))))
            }
            _ => Arc::clone(&self.stanza),
        };
        let is_for_any_show = wanted.iter().any(|(_, options)| options.shows.is_empty());
        if self.kind != MessageType::Headline && !self.only_to_present && is_for_any_show {
            let message = Stanza::to_owned(&stanza).with_to(subscriber.clone());
            return engine.spawn(engine.receive(message));
        }
        let to = Arc::new(subscriber.clone());
        for session in engine.registry().sessions(&subscriber.bare) {
            let is_meant = match &subscriber.resource {
                Some(resource) => {
                    session.resource() == &**resource && (session.is_available() || !self.only_to_present)
                }
                None => session.priority().is_some_and(|priority| priority >= 0),
            };
            let shows =
                |options: &SubscriptionOptions| options.shows.is_empty() || options.shows.contains(&show(&session));
            if is_meant && wanted.iter().any(|(_, options)| shows(options)) && told.insert(session.address().clone()) {
                // PEP knows the resources of its subscribers (XEP-0163 §4.3.2).
                match self.place.account {
                    Some(_) => self.deliver(engine, &session, &stanza, &session.shared_address()),
                    None => self.deliver(engine, &session, &stanza, &to),
                }
            }
        }
    }

    /// To the account's own resources, unless they are known to want something else (XEP-0163 §4), and to those of its
    /// contacts that want to be notified.
    fn to_contacts(&self, engine: &Engine, audience: &Audience, told: &mut BTreeSet<FullAddress>) {
        let own = &self.place.address;
        if audience.may_read(own) {
            for session in engine.registry().sessions(own) {
                let is_unwanted = session.state().capabilities.refuses(&self.node);
                if session.is_available() && !is_unwanted && told.insert(session.address().clone()) {
                    self.deliver_to_contact(engine, &session);
                }
            }
        }
        // Whoever has lost the sight of the account since the audience was read is not told.
        let online = engine.registry().account(own);
        let current = online.as_ref().map(|account| account.contacts());
        let still_sees = |contact: &Address| match &current {
            Some(contacts) if contacts.are_loaded() => contacts.may_see(contact, own),
            _ => true,
        };
        for contact in &audience.seeing {
            if contact != own && still_sees(contact) {
                self.to_contact(engine, audience, contact, told);
            }
        }
        if audience.is_open() {
            self.to_watchers(engine, audience, told);
        }
        for host in engine.hosts() {
            if audience.seeing_hosts.contains(host.as_str()) {
                for account in engine.registry().accounts(host) {
                    if still_sees(account.address()) {
                        self.to_contact(engine, audience, account.address(), told);
                    }
                }
            }
        }
    }

    /// To those who have sent the account presence, although they do not see its own (XEP-0060 §9.1.3).
    fn to_watchers(&self, engine: &Engine, audience: &Audience, told: &mut BTreeSet<FullAddress>) {
        for watcher in engine.watchers().of(&self.place.address) {
            let Some(session) = engine.registry().find(&watcher) else {
                continue;
            };
            if audience.may_read(&watcher.bare) && self.is_wanted_by(&session) && told.insert(watcher) {
                self.deliver_to(engine, &session);
            }
        }
    }

    fn to_contact(&self, engine: &Engine, audience: &Audience, contact: &Address, told: &mut BTreeSet<FullAddress>) {
        let sessions = engine.registry().sessions(contact);
        if sessions.is_empty() || !audience.may_read(contact) {
            return;
        }
        for session in sessions {
            // XEP-0163 §4.3.2
            let takes_messages = session.priority().is_some_and(|priority| priority >= 0);
            if takes_messages && self.is_wanted_by(&session) && told.insert(session.address().clone()) {
                self.deliver_to_contact(engine, &session);
            }
        }
    }

    fn is_wanted_by(&self, session: &Session) -> bool {
        session.state().capabilities.wants(&self.node)
    }

    /// To one session.
    pub fn deliver_to(&self, engine: &Engine, session: &Arc<Session>) {
        self.deliver(engine, session, &self.stanza, &session.shared_address());
    }

    fn deliver_to_contact(&self, engine: &Engine, session: &Arc<Session>) {
        let stanza = self.for_contacts.as_ref().unwrap_or(&self.stanza);
        self.deliver(engine, session, stanza, &session.shared_address());
    }

    fn deliver(&self, engine: &Engine, session: &Arc<Session>, stanza: &Arc<Stanza>, to: &Arc<FullAddress>) {
        let from = FullAddress::from(self.place.address.clone());
        let are_apart = engine
            .router()
            .are_apart(from.bare.host(), session.address().bare.host());
        if !are_apart && !is_blocked_between(engine, &from, session.address()) {
            engine.deliver(session, Delivery::shared(Arc::clone(stanza), Arc::clone(to)));
        }
    }
}

/// By what comes back of a notice its node is known again (§12.4).
fn notice_id(engine: &Engine, node: &Node) -> String {
    format!("{}-{}", alphanumeric(engine.random(), NOTICE_ID), node.id)
}

/// The row of the node of which a notice was.
pub fn node_of(notice_id: &str) -> Option<i64> {
    notice_id.rsplit_once('-')?.1.parse().ok()
}

/// XEP-0060 §7.1.2.4
fn headers<'ids>(ids: impl Iterator<Item = &'ids str>) -> Element {
    let header = |id| {
        Element::new("header", ns::SHIM)
            .with_attr("name", "SubID")
            .with_text(id)
    };
    Element::new("headers", ns::SHIM).with_children(ids.map(header))
}

fn show(session: &Session) -> String {
    let show = match session.state().shown.show {
        None => "online",
        Some(Show::Away) => "away",
        Some(Show::Chat) => "chat",
        Some(Show::DoNotDisturb) => "dnd",
        Some(Show::ExtendedAway) => "xa",
    };
    show.to_owned()
}
