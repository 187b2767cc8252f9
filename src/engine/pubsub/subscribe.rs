//! Subscribing and unsubscribing (XEP-0060 §6.1, §6.2).

use rusqlite::Connection;

use super::approval::ask_owners;
use super::audience::standing;
use super::error::{Refusal, closed, unsupported, with};
use super::last::send_last_to;
use super::messages::tell_owners;
use super::place::node_id;
use super::{Answer, Call, forms, named};
use crate::domain::address::FullAddress;
use crate::domain::pubsub::{
    Closed, Node, NodeAffiliation, NodeSubscription, NodeSubscriptionState, SubscriptionOptions,
};
use crate::domain::random::alphanumeric;
use crate::engine::stanza::Condition;
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
            let node = call.place.find_or_successor(transaction, name.as_deref(), call.who())?;
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
    // §6.1.3.6
    call.check_is_account(transaction)
        .map_err(|refusal| refusal.with_kind("cancel"))?;
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
    let made = insert(call, transaction, node, subscriber, state, options)?;
    match state {
        NodeSubscriptionState::Pending => ask_owners(call, transaction, node, &made)?,
        NodeSubscriptionState::Subscribed => {
            send_last_to(call, transaction, node, &made)?;
            tell_owners(call, transaction, node, &made, Some(state))?;
        }
    }
    Ok(made)
}

/// Adds a subscription, whoever has wanted it.
pub fn insert(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    subscriber: &FullAddress,
    state: NodeSubscriptionState,
    options: &SubscriptionOptions,
) -> Result<NodeSubscription, Refusal> {
    let made = NodeSubscription {
        subscriber: subscriber.clone(),
        id: alphanumeric(call.engine.random(), SUBSCRIPTION_ID),
        state,
        options: options.clone(),
    };
    subscriptions::insert(transaction, node, &made, call.limits())?;
    Ok(made)
}

pub async fn unsubscribe(call: Call, unsubscribe: &Element) -> Answer {
    let named = OwnSubscription::read(&call, unsubscribe)?;
    call.change(move |call, transaction| {
        let (node, subscription) = named.find(call, transaction, "cancel")?;
        subscriptions::remove(transaction, &node, &subscription.id)?;
        tell_owners(call, transaction, &node, &subscription, None)
    })
    .await?;
    Ok(None)
}

/// A subscription of the caller as a request names it.
#[derive(Clone)]
pub struct OwnSubscription {
    pub node: String,
    pub subscriber: FullAddress,
    pub id: Option<String>,
}

impl OwnSubscription {
    pub fn read(call: &Call, element: &Element) -> Result<Self, Refusal> {
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
    pub fn find(
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

/// A subscription as answers show it.
pub fn element(subscription: &NodeSubscription, node: Option<&str>, namespace: &'static str) -> Element {
    Element::new("subscription", namespace)
        .with_optional_attr("node", node)
        .with_attr("jid", &subscription.subscriber)
        .with_attr("subscription", subscription.state.name())
        .with_attr("subid", &subscription.id)
}
