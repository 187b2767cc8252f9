//! Publish-subscribe (XEP-0060) at `pubsub.<host>`, and of each account for its contacts (XEP-0163): one implementation.
//! Every change is one job of the writer; whoever is to know of it is told after the commit, in the order of commits.

mod approval;
mod audience;
mod avatar;
mod bookmarks;
mod convert;
mod disco;
mod error;
mod event;
mod forms;
mod groups;
mod item;
mod items;
mod last;
mod lost;
mod members;
mod messages;
mod node;
mod notice;
mod options;
mod own;
mod pending;
mod place;
mod private;
mod publish;
mod service;
mod storing;
mod subscribe;
mod telling;
mod vcard4;

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

pub use avatar::{follow_vcard, stamp as stamp_avatar};
pub use disco::{of_accounts, serve_account as serve_disco};
pub use forms::is_decision;
pub use groups::{Newcomer, cancel_lost_of_group, send_last_of_groups};
pub use last::{send_last, send_last_at, send_last_known, send_last_of, send_last_subscribed};
pub use lost::{cancel_lost, take_back_of_account};
pub use place::Place;
pub use service::{register_services, service_at, take_decision};
pub use vcard4::serve as serve_vcard4;

use self::error::{Refusal, unsupported};
use super::Engine;
use super::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use super::xml::{Element, ns};
use crate::domain::Error;
use crate::domain::address::{AccountAddress, Address, FullAddress};
use crate::domain::private_xml::PrivateElement;
use crate::domain::pubsub::{Node, PubsubLimits};
use crate::storage::{Transaction, accounts, blocked};

/// A client has put something into private XML, which may be kept elsewhere too.
pub fn follow_private(
    engine: &Engine,
    transaction: &mut Transaction<'_>,
    account: &AccountAddress,
    element: &PrivateElement,
) -> crate::domain::Result<()> {
    bookmarks::from_private(engine, transaction, account, element).map_err(|refusal| match refusal {
        Refusal::Failure(error) => error,
        Refusal::Answer(_) => Error::conflict("the bookmarks could not be published"),
    })
}

type Answer = Result<Option<Element>, StanzaError>;

/// Somebody who wants something of a place.
#[derive(Clone)]
struct Call {
    engine: Engine,
    place: Place,
    requester: FullAddress,
}

/// Serves a request in one of the two namespaces.
pub async fn serve(engine: &Engine, place: Place, request: &Stanza) -> Answer {
    let pubsub = request.children().next().filter(|pubsub| pubsub.name() == "pubsub");
    let (Some(requester), Some(pubsub)) = (request.from.clone(), pubsub) else {
        return Err(Condition::BadRequest.into());
    };
    let call = Call {
        engine: engine.clone(),
        place,
        requester,
    };
    call.check_not_blocked().await?;
    let is_set = request.kind == Kind::Iq(IqType::Set);
    // What follows the action belongs to it.
    let mut parts = pubsub.children().filter(|part| part.ns() == pubsub.ns());
    let Some(action) = parts.next() else {
        return Err(Condition::BadRequest.into());
    };
    let more = parts.next();
    match (pubsub.ns(), is_set, action.name()) {
        (ns::PUBSUB, true, "create") => node::create(call, action, more).await,
        (ns::PUBSUB, true, "publish") => publish::publish(call, action, more).await,
        (ns::PUBSUB, true, "retract") => publish::retract(call, action).await,
        (ns::PUBSUB, true, "subscribe") => subscribe::subscribe(call, action, more).await,
        (ns::PUBSUB, true, "unsubscribe") => subscribe::unsubscribe(call, action).await,
        (ns::PUBSUB, true, "options") => options::change(call, action).await,
        // What belongs to an action follows it (§8.1.3, §7.1.5).
        (ns::PUBSUB, true, "configure" | "publish-options") => Err(Condition::BadRequest.into()),
        (ns::PUBSUB, false, "options") => options::show(call, action).await,
        (ns::PUBSUB, false, "default") => options::defaults(call, action).await,
        (ns::PUBSUB, false, "items") => items::retrieve(call, action, pubsub).await,
        (ns::PUBSUB, false, "subscriptions") => own::subscriptions(call, action).await,
        (ns::PUBSUB, false, "affiliations") => own::affiliations(call, action).await,
        (ns::PUBSUB_OWNER, false, "configure") => node::configuration(call, action).await,
        (ns::PUBSUB_OWNER, false, "default") => Ok(Some(node::default_configuration(&call))),
        (ns::PUBSUB_OWNER, false, "subscriptions") => members::subscriptions(call, action).await,
        (ns::PUBSUB_OWNER, false, "affiliations") => members::affiliations(call, action).await,
        (ns::PUBSUB_OWNER, true, "configure") => node::configure(call, action).await,
        (ns::PUBSUB_OWNER, true, "delete") => node::delete(call, action).await,
        (ns::PUBSUB_OWNER, true, "purge") => node::purge(call, action).await,
        (ns::PUBSUB_OWNER, true, "subscriptions") => members::set_subscriptions(call, action).await,
        (ns::PUBSUB_OWNER, true, "affiliations") => members::set_affiliations(call, action).await,
        _ => Err(Condition::FeatureNotImplemented.into()),
    }
}

impl Call {
    fn who(&self) -> &Address {
        &self.requester.bare
    }

    fn limits(&self) -> &PubsubLimits {
        &self.engine.settings().limits.pubsub
    }

    /// What configurations may name at most: an item comes in a stanza, and has to fit into what accounts may keep.
    fn most(&self) -> forms::Most {
        let limits = &self.engine.settings().limits;
        let payload =
            u64::try_from(limits.stanza_bytes).map_or(limits.pubsub.bytes, |stanza| stanza.min(limits.pubsub.bytes));
        forms::Most {
            items: limits.pubsub.items,
            payload: u32::try_from(payload).unwrap_or(u32::MAX),
        }
    }

    /// To whom an account has blocked it looks as if there was none.
    async fn check_not_blocked(&self) -> Result<(), StanzaError> {
        let Some(account) = self.place.account.clone() else {
            return Ok(());
        };
        if account.to_address() == *self.who() {
            return Ok(());
        }
        let other = self.requester.clone();
        let is_blocked = self
            .engine
            .store()
            .read(move |connection| blocked::is_blocked(connection, &account, &other))
            .await?;
        if is_blocked {
            return Err(super::refusal::NOBODY.into());
        }
        Ok(())
    }

    /// Runs a job. Of one that is refused nothing stays.
    async fn change<T: Send + 'static>(
        &self,
        mut job: impl FnMut(&Self, &mut Transaction<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, StanzaError> {
        let call = self.clone();
        let refused: Arc<Mutex<Option<Refusal>>> = Arc::default();
        let refusing = Arc::clone(&refused);
        let done = self.engine.store().submit(move |transaction| {
            job(&call, transaction).map_err(|refusal| {
                *refusing.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
                Error::conflict("the request is refused")
            })
        });
        done.await.map_err(|error| {
            let refusal = refused.lock().unwrap_or_else(PoisonError::into_inner).take();
            refusal.map_or_else(|| error.into(), StanzaError::from)
        })
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Self, &Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, StanzaError> {
        let call = self.clone();
        let done = self.engine.store().read(move |connection| Ok(query(&call, connection)));
        done.await?.map_err(StanzaError::from)
    }

    /// Nothing is kept for guests, who never come again (§6.1.3.6).
    fn check_is_account(&self, connection: &Connection) -> Result<(), Refusal> {
        let account = self.engine.account_at(self.who());
        if let Some(account) = account
            && accounts::exists(connection, &account)?
        {
            return Ok(());
        }
        Err(Condition::Forbidden.into())
    }

    /// A node of which the caller is an owner.
    fn own_node(&self, connection: &Connection, name: Option<&str>) -> Result<Node, Refusal> {
        let node = self.place.find(connection, name, self.who())?;
        let standing = audience::standing(&self.engine, connection, &node, self.who())?;
        if !standing.is_owner() {
            return Err(Condition::Forbidden.into());
        }
        Ok(node)
    }
}

/// The node that an element names.
fn named(element: &Element) -> Option<String> {
    element.attr("node").map(str::to_owned)
}

/// A node that keeps what is published.
fn check_persistent(node: &Node) -> Result<(), Refusal> {
    if node.config.persists {
        return Ok(());
    }
    Err(unsupported("persistent-items").into())
}

impl Engine {
    /// The service or the account at an address where nodes are.
    fn place_at(&self, address: &Address) -> Place {
        Place {
            address: address.clone(),
            account: self.account_at(address),
        }
    }

    /// The account that an address is of, whether there is one or not; `None` for other hosts.
    pub(crate) fn account_at(&self, address: &Address) -> Option<AccountAddress> {
        let host = self.router().host(address.host())?;
        address.account_on(host)
    }
}
