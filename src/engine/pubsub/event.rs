//! What happens at a node, as those hear of it who are to know (XEP-0060 §7.1.2, §7.2.2, §8.2.5, §8.4.2, §8.5.2, §12.14).

use crate::domain::address::FullAddress;
use crate::domain::pubsub::NodeSubscriptionState;
use crate::engine::xml::{Element, ns};

pub enum Event {
    /// Items, as notices show them.
    Published(Vec<Element>),
    /// The ids of items.
    Retracted(Vec<String>),
    Purged,
    Deleted {
        /// Of what has come in its place.
        redirect: Option<String>,
    },
    /// The form of the new configuration, where payloads are delivered.
    Configured(Option<Element>),
    Subscription {
        subscriber: FullAddress,
        /// `None`: there is none any more.
        state: Option<NodeSubscriptionState>,
        /// Subscribers are told it.
        id: Option<String>,
    },
}

impl Event {
    /// Whether it also concerns those whose subscription nobody has approved yet (§8.4.2).
    pub fn concerns_pending(&self) -> bool {
        matches!(self, Self::Deleted { .. })
    }

    /// Whether a subscriber with several subscriptions is told by which of them it comes (§12.16).
    pub fn names_subscriptions(&self) -> bool {
        matches!(self, Self::Published(_) | Self::Retracted(_))
    }

    /// `<event/>` for the node of this name.
    pub fn into_element(self, node: &str) -> Element {
        let named = |name: &'static str| Element::new(name, ns::PUBSUB_EVENT).with_attr("node", node);
        let happened = match self {
            Self::Published(items) => named("items").with_children(items),
            Self::Retracted(ids) => {
                let retracted = ids
                    .iter()
                    .map(|id| Element::new("retract", ns::PUBSUB_EVENT).with_attr("id", id));
                named("items").with_children(retracted)
            }
            Self::Purged => named("purge"),
            Self::Deleted { redirect } => {
                let redirect = redirect.map(|uri| Element::new("redirect", ns::PUBSUB_EVENT).with_attr("uri", uri));
                named("delete").with_optional_child(redirect)
            }
            Self::Configured(form) => named("configuration").with_optional_child(form),
            Self::Subscription { subscriber, state, id } => named("subscription")
                .with_attr("jid", &subscriber)
                .with_attr("subscription", NodeSubscriptionState::name_or_none(state))
                .with_optional_attr("subid", id),
        };
        Element::new("event", ns::PUBSUB_EVENT).with_child(happened)
    }
}
