//! XEP-0191: Blocking Command. The list is the account's; every session that asked for it hears of its changes.

use std::sync::Arc;

use crate::domain::address::{AccountAddress, FullAddress};
use crate::domain::random::alphanumeric;
use crate::engine::Engine;
use crate::engine::answer::{Answer, payload};
use crate::engine::session::Session;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::blocked;

/// Letters and digits of the id of a push.
const PUSH_ID: usize = 12;

/// Serves a request of a client about the block list of its own account.
pub async fn serve(engine: &Engine, session: &Session, account: &AccountAddress, request: &Stanza) -> Answer {
    let asked = payload(request)?;
    match (request.kind, asked.name()) {
        (Kind::Iq(IqType::Get), "blocklist") => {
            // From now on it hears of changes; what changes meanwhile is told twice rather than not at all.
            session.state().watches_blocks = true;
            let owner = account.clone();
            let list = engine
                .store()
                .read(move |connection| blocked::list(connection, &owner))
                .await?;
            Ok(Some(
                Element::new("blocklist", ns::BLOCKING).with_children(items(&list)),
            ))
        }
        (Kind::Iq(IqType::Set), "block") => {
            let addresses = addresses(asked)?;
            if addresses.is_empty() {
                return Err(StanzaError::new(Condition::BadRequest).with_text("name whom to block"));
            }
            let (owner, most) = (account.clone(), engine.settings().limits.blocked);
            let stored = engine
                .store()
                .submit(move |transaction| blocked::block(transaction, &owner, &addresses, most));
            stored.await?;
            Ok(None)
        }
        (Kind::Iq(IqType::Set), "unblock") => {
            let (owner, addresses) = (account.clone(), addresses(asked)?);
            let stored = engine.store().submit(move |transaction| {
                if addresses.is_empty() {
                    return blocked::unblock_all(transaction, &owner);
                }
                blocked::unblock(transaction, &owner, &addresses)
            });
            stored.await?;
            Ok(None)
        }
        _ => Err(Condition::BadRequest.into()),
    }
}

fn addresses(asked: &Element) -> Result<Vec<FullAddress>, StanzaError> {
    let items = asked.children().filter(|item| item.is("item", ns::BLOCKING));
    items
        .map(|item| {
            let address = item.attr("jid").ok_or(Condition::BadRequest)?;
            FullAddress::parse(address).map_err(|_| Condition::JidMalformed.into())
        })
        .collect()
}

fn items(addresses: &[FullAddress]) -> impl Iterator<Item = Element> {
    let item = |address| Element::new("item", ns::BLOCKING).with_attr("jid", address);
    addresses.iter().map(item)
}

/// Tells the sessions of `owner` that asked for the list (§3.3, §3.4). In an `unblock` no addresses mean that the whole
/// list was emptied.
pub fn push(engine: &Engine, owner: &AccountAddress, change: &'static str, addresses: &[FullAddress]) {
    let mut pushed: Option<Arc<Stanza>> = None;
    for session in engine.registry().sessions(&owner.to_address()) {
        if !session.state().watches_blocks {
            continue;
        }
        let push = pushed.get_or_insert_with(|| {
            let change = Element::new(change, ns::BLOCKING).with_children(items(addresses));
            let id = alphanumeric(engine.random(), PUSH_ID);
            Arc::new(Stanza::new(Kind::Iq(IqType::Set)).with_id(id).with_child(change))
        });
        engine.deliver_to(&session, push);
    }
}
