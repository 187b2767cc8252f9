//! Subscriptions as their subscribers see them (XEP-0060 §5.6, §6.1 to §6.4), and the approval that some of them need
//! (§8.6).

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::Connection;

use super::audience::{Audience, standing};
use super::error::{Refusal, closed, unsupported, with};
use super::last::last_notice;
use super::place::node_id;
use super::{Answer, Call, forms, named};
use crate::domain::address::FullAddress;
use crate::domain::pubsub::{
    Closed, Node, NodeAffiliation, NodeSubscription, NodeSubscriptionState, SendLast, SubscriptionOptions,
};
use crate::domain::random::alphanumeric;
use crate::engine::stanza::{Condition, Kind, MessageType, Stanza};
use crate::engine::xml::{Element, ns};
use crate::storage::Transaction;
use crate::storage::pubsub::subscriptions;

/// Letters and digits of the id of a subscription.
const SUBSCRIPTION_ID: usize = 24;

pub async fn subscribe(call: Call, subscribe: &Element, options: Option<&Element>) -> Answer {
    let name = named(subscribe);
    node_id(name.as_deref())?;
    let invalid = || with(Condition::BadRequest, "invalid-jid");
    let subscriber = subscribe
        .attr("jid")
        .and_then(|jid| FullAddress::parse(jid).ok())
        .ok_or_else(invalid)?;
    if subscriber.bare != *call.who() {
        return Err(invalid());
    }
    let asked = options.filter(|part| part.name() == "options");
    if asked.is_some_and(|asked| asked.attr("node").is_some() || asked.attr("jid").is_some()) {
        return Err(Condition::BadRequest.into());
    }
    let mut chosen = SubscriptionOptions::default();
    if let Some(asked) = asked {
        chosen = forms::opted(asked, &chosen)?.unwrap_or(chosen);
    }
    let is_configured = asked.is_some();
    let (node, made) = call
        .change(move |call, transaction| {
            let node = call.place.find(transaction, name.as_deref(), call.who())?;
            let made = make(call, transaction, &node, &subscriber, &chosen)?;
            Ok((node.address.name, made))
        })
        .await?;
    let mut pubsub = Element::new("pubsub", ns::PUBSUB).with_child(element(&made, Some(&node), ns::PUBSUB));
    if is_configured {
        let form = forms::options(&made.options).to_result();
        pubsub.push(Element::new("options", ns::PUBSUB).with_child(form));
    }
    Ok(Some(pubsub))
}

fn make(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    subscriber: &FullAddress,
    options: &SubscriptionOptions,
) -> Result<NodeSubscription, Refusal> {
    if !node.config.allows_subscriptions {
        return Err(unsupported("subscribe").into());
    }
    call.check_is_account(transaction)?;
    let standing = standing(&call.engine, transaction, node, call.who())?;
    if standing.affiliation == NodeAffiliation::PublishOnly {
        return Err(Condition::Forbidden.into());
    }
    let state = match standing.may_read(node.config.access) {
        Ok(()) => NodeSubscriptionState::Subscribed,
        Err(Closed::NotApproved) => NodeSubscriptionState::Pending,
        Err(reason) => return Err(closed(reason).into()),
    };
    let own = subscriptions::list_of(transaction, node, call.who())?;
    let same: Vec<_> = own.into_iter().filter(|one| one.subscriber == *subscriber).collect();
    if state == NodeSubscriptionState::Pending && !same.is_empty() {
        return Err(with(Condition::NotAuthorized, "pending-subscription").into());
    }
    if let Some(present) = same.into_iter().next()
        && !call.place.allows_several_subscriptions()
    {
        return Ok(present);
    }
    let made = NodeSubscription {
        subscriber: subscriber.clone(),
        id: alphanumeric(call.engine.random(), SUBSCRIPTION_ID),
        state,
        options: options.clone(),
    };
    subscriptions::insert(transaction, node, &made, call.limits())?;
    match state {
        NodeSubscriptionState::Pending => ask_owners(call, transaction, node, &made)?,
        NodeSubscriptionState::Subscribed => {
            send_last(call, transaction, node, &made)?;
            tell_owners(call, transaction, node, &made, state.name())?;
        }
    }
    Ok(made)
}

/// Sends the new subscriber what was published last (§6.1.7).
fn send_last(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    made: &NodeSubscription,
) -> Result<(), Refusal> {
    if node.config.send_last == SendLast::Never || !node.config.notifies {
        return Ok(());
    }
    let Some(notice) = last_notice(&call.engine, transaction, &call.place, node)? else {
        return Ok(());
    };
    let (engine, made) = (call.engine.clone(), made.clone());
    transaction.after_commit(move || {
        let subscriptions = [(made.id.as_str(), &made.options)];
        notice.to_subscriber(&engine, &made.subscriber, &subscriptions, &mut BTreeSet::new());
    });
    Ok(())
}

fn ask_owners(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    pending: &NodeSubscription,
) -> Result<(), Refusal> {
    let form = forms::authorization(&node.address.name, pending);
    to_owners(call, transaction, node, &form)
}

/// Tells the owners of a node that wants that of a subscriber who came or went.
fn tell_owners(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    subscription: &NodeSubscription,
    state: &str,
) -> Result<(), Refusal> {
    if !node.config.notifies_subscriptions {
        return Ok(());
    }
    let told = Element::new("subscription", ns::PUBSUB_EVENT)
        .with_attr("node", &node.address.name)
        .with_attr("jid", &subscription.subscriber)
        .with_attr("subscription", state);
    let event = Element::new("event", ns::PUBSUB_EVENT).with_child(told);
    to_owners(call, transaction, node, &event)
}

fn to_owners(call: &Call, transaction: &mut Transaction<'_>, node: &Node, content: &Element) -> Result<(), Refusal> {
    let audience = Audience::load(&call.engine, transaction, &call.place, node)?;
    for owner in audience.owners() {
        send(call, transaction, owner.clone().into(), content.clone());
    }
    Ok(())
}

/// Sends somebody a message of the place once the change is on disk. It waits for those who are away, and is in no
/// archive (XEP-0334).
pub fn send(call: &Call, transaction: &mut Transaction<'_>, to: FullAddress, content: Element) {
    let (engine, from) = (call.engine.clone(), call.place.address.clone());
    let id = alphanumeric(engine.random(), SUBSCRIPTION_ID);
    transaction.after_commit(move || {
        let message = Stanza::new(Kind::Message(MessageType::Normal))
            .with_id(id)
            .with_from(from.into())
            .with_to(to)
            .with_child(content)
            .with_child(Element::new("store", ns::HINTS))
            .with_child(Element::new("no-permanent-store", ns::HINTS));
        engine.spawn(engine.receive(message));
    });
}

/// Tells a subscriber what has become of a subscription (§8.6, §12.10).
pub fn tell_subscriber(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    subscription: &NodeSubscription,
    state: &'static str,
) {
    let told = Element::new("subscription", ns::PUBSUB_EVENT)
        .with_attr("node", &node.address.name)
        .with_attr("jid", &subscription.subscriber)
        .with_attr("subscription", state)
        .with_attr("subid", &subscription.id);
    let event = Element::new("event", ns::PUBSUB_EVENT).with_child(told);
    send(call, transaction, subscription.subscriber.clone(), event);
}

pub async fn unsubscribe(call: Call, unsubscribe: &Element) -> Answer {
    let named = OwnSubscription::read(&call, unsubscribe)?;
    call.change(move |call, transaction| {
        let (node, subscription) = named.find(call, transaction, "cancel")?;
        subscriptions::remove(transaction, &node, &subscription.id)?;
        tell_owners(call, transaction, &node, &subscription, "none")
    })
    .await?;
    Ok(None)
}

/// A subscription of the caller as a request names it.
#[derive(Clone)]
struct OwnSubscription {
    node: String,
    subscriber: FullAddress,
    id: Option<String>,
}

impl OwnSubscription {
    fn read(call: &Call, element: &Element) -> Result<Self, Refusal> {
        let node = node_id(element.attr("node"))?.to_owned();
        let jid = element
            .attr("jid")
            .ok_or_else(|| with(Condition::BadRequest, "jid-required"))?;
        let subscriber = FullAddress::parse(jid).map_err(|_| with(Condition::BadRequest, "invalid-jid"))?;
        if subscriber.bare != *call.who() {
            return Err(Condition::Forbidden.into());
        }
        Ok(Self {
            node,
            subscriber,
            id: element.attr("subid").map(str::to_owned),
        })
    }

    /// `kind` is the type of the error when there is none.
    fn find(
        &self,
        call: &Call,
        connection: &Connection,
        kind: &'static str,
    ) -> Result<(Node, NodeSubscription), Refusal> {
        let node = call.place.find(connection, Some(&self.node), call.who())?;
        let mut own = subscriptions::list_of(connection, &node, call.who())?;
        own.retain(|one| one.subscriber == self.subscriber);
        if own.is_empty() {
            let error = with(Condition::UnexpectedRequest, "not-subscribed").with_kind(kind);
            return Err(error.into());
        }
        let several = own.len() > 1;
        match &self.id {
            Some(id) => own.retain(|one| one.id == *id),
            None if several => return Err(with(Condition::BadRequest, "subid-required").into()),
            None => {}
        }
        let found = own.into_iter().next();
        let found = found.ok_or_else(|| with(Condition::NotAcceptable, "invalid-subid"))?;
        Ok((node, found))
    }
}

pub async fn options(call: Call, options: &Element) -> Answer {
    let named = OwnSubscription::read(&call, options)?;
    let asked = named.clone();
    let found = call
        .read(move |call, connection| Ok(asked.find(call, connection, "modify")?.1))
        .await?;
    let options = Element::new("options", ns::PUBSUB)
        .with_attr("node", &named.node)
        .with_attr("jid", &named.subscriber)
        .with_optional_attr("subid", named.id.as_deref())
        .with_child(forms::options(&found.options).to_form());
    Ok(Some(Element::new("pubsub", ns::PUBSUB).with_child(options)))
}

pub async fn set_options(call: Call, options: &Element) -> Answer {
    let named = OwnSubscription::read(&call, options)?;
    let form = Arc::new(options.clone());
    call.change(move |call, transaction| {
        let (node, mut subscription) = named.find(call, transaction, "modify")?;
        if let Some(options) = forms::opted(&form, &subscription.options)? {
            subscription.options = options;
            subscriptions::put(transaction, &node, &subscription)?;
        }
        Ok(())
    })
    .await?;
    Ok(None)
}

/// §6.4
pub async fn default_options(call: Call, default: &Element) -> Answer {
    let name = named(default);
    if let Some(asked) = name.clone() {
        call.read(move |call, connection| call.place.find(connection, Some(&asked), call.who()).map(drop))
            .await?;
    }
    let default = Element::new("default", ns::PUBSUB)
        .with_optional_attr("node", name)
        .with_child(forms::options(&SubscriptionOptions::default()).to_form());
    Ok(Some(Element::new("pubsub", ns::PUBSUB).with_child(default)))
}

/// The caller's own subscriptions (§5.6).
pub async fn list_own(call: Call, asked: &Element) -> Answer {
    let name = named(asked);
    let wanted = name.clone();
    let found = call
        .read(move |call, connection| {
            if let Some(name) = &wanted {
                call.place.find(connection, Some(name), call.who())?;
            }
            let mut found = subscriptions::list_at(connection, &call.place.address, call.who())?;
            found.retain(|(node, _)| wanted.as_ref().is_none_or(|wanted| wanted == node));
            Ok(found)
        })
        .await?;
    let subscriptions = found.iter().map(|(node, one)| element(one, Some(node), ns::PUBSUB));
    let subscriptions = Element::new("subscriptions", ns::PUBSUB)
        .with_optional_attr("node", name)
        .with_children(subscriptions);
    Ok(Some(Element::new("pubsub", ns::PUBSUB).with_child(subscriptions)))
}

/// A subscription as answers show it.
pub fn element(subscription: &NodeSubscription, node: Option<&str>, namespace: &'static str) -> Element {
    Element::new("subscription", namespace)
        .with_optional_attr("node", node)
        .with_attr("jid", &subscription.subscriber)
        .with_attr("subscription", subscription.state.name())
        .with_attr("subid", &subscription.id)
}

/// Takes the answer of an owner to a request for approval (§8.6).
pub async fn authorize(call: Call, form: &Element) -> Result<(), crate::engine::stanza::StanzaError> {
    let Some(decided) = forms::authorized(form) else {
        return Ok(());
    };
    call.change(move |call, transaction| {
        let node = call.own_node(transaction, Some(&decided.node))?;
        let mut pending = subscriptions::list_of(transaction, &node, &decided.subscriber.bare)?;
        pending.retain(|one| {
            one.state == NodeSubscriptionState::Pending
                && one.subscriber == decided.subscriber
                && decided.subscription.as_ref().is_none_or(|id| *id == one.id)
        });
        for mut one in pending {
            if decided.is_allowed {
                one.state = NodeSubscriptionState::Subscribed;
                subscriptions::put(transaction, &node, &one)?;
                tell_subscriber(call, transaction, &node, &one, "subscribed");
                send_last(call, transaction, &node, &one)?;
            } else {
                subscriptions::remove(transaction, &node, &one.id)?;
                tell_subscriber(call, transaction, &node, &one, "none");
            }
        }
        Ok(())
    })
    .await
}
