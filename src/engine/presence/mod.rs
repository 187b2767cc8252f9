//! Presence (RFC 6121 §3, §4). What others are told of an account is told while its contacts are locked, so that
//! everybody hears it in one order: nobody is shown available after it has gone.

mod blocked;
mod directed;
pub mod last_seen;
mod loading;
mod own;
mod probe;
mod shown;
pub mod subscription;
pub mod watchers;

use std::sync::Arc;

pub use blocked::{hide, show};
pub use own::leave;

use super::Engine;
use super::pubsub;
use super::refusal;
use super::session::Session;
use super::stanza::{Condition, Kind, PresenceType, Stanza};
use crate::domain::subscription::SubscriptionKind;

/// Serves a presence of a client.
pub async fn send(engine: &Engine, session: &Arc<Session>, mut stanza: Stanza) {
    let Kind::Presence(kind) = stanza.kind else { return };
    let Some(to) = stanza.to.clone() else {
        return match kind {
            PresenceType::Available => own::available(engine, session, stanza).await,
            PresenceType::Unavailable => own::unavailable(engine, session, stanza),
            PresenceType::Error => {}
            _ => refusal::refuse(engine, session, &stanza, &Condition::BadRequest.into()),
        };
    };
    let change = match kind {
        PresenceType::Probe => return probe::send(engine, session, stanza, to).await,
        PresenceType::Available | PresenceType::Unavailable | PresenceType::Error => {
            if kind == PresenceType::Available {
                pubsub::stamp_avatar(engine, session, &mut stanza).await;
            }
            return directed::send(engine, session, kind, stanza, to).await;
        }
        PresenceType::Subscribe => SubscriptionKind::Subscribe,
        PresenceType::Subscribed => SubscriptionKind::Subscribed,
        PresenceType::Unsubscribe => SubscriptionKind::Unsubscribe,
        PresenceType::Unsubscribed => SubscriptionKind::Unsubscribed,
    };
    subscription::send(engine, session, change, stanza, to.bare).await;
}
