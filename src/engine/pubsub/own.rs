//! What the caller has at a place, all of it or at one node: subscriptions (XEP-0060 §5.6) and affiliations (§5.7).

use rusqlite::Connection;

use super::subscribe::element;
use super::{Answer, Call, named};
use crate::domain::Result;
use crate::engine::xml::{Element, ns};
use crate::storage::pubsub::{affiliations as affiliations_table, subscriptions as subscriptions_table};

pub async fn subscriptions(call: Call, asked: &Element) -> Answer {
    list(call, asked, "subscriptions", |call, connection| {
        let found = subscriptions_table::list_at(connection, &call.place.address, call.who())?;
        let shown = found.into_iter().map(|(node, one)| {
            let element = element(&one, Some(&node), ns::PUBSUB);
            (node, element)
        });
        Ok(shown.collect())
    })
    .await
}

pub async fn affiliations(call: Call, asked: &Element) -> Answer {
    list(call, asked, "affiliations", |call, connection| {
        let found = affiliations_table::list_of(connection, &call.place.address, call.who())?;
        let shown = found.into_iter().map(|(node, affiliation)| {
            let element = Element::new("affiliation", ns::PUBSUB)
                .with_attr("node", &node)
                .with_attr("affiliation", affiliation.name());
            (node, element)
        });
        Ok(shown.collect())
    })
    .await
}

/// `find` gives everything, each thing with the name of its node.
async fn list(
    call: Call,
    asked: &Element,
    name: &'static str,
    find: impl FnOnce(&Call, &Connection) -> Result<Vec<(String, Element)>> + Send + 'static,
) -> Answer {
    let node = named(asked);
    let wanted = node.clone();
    let found = call
        .read(move |call, connection| {
            if let Some(node) = &wanted {
                call.place.find(connection, Some(node), call.who())?;
            }
            let mut found = find(call, connection)?;
            found.retain(|(node, _)| wanted.as_ref().is_none_or(|wanted| wanted == node));
            Ok(found)
        })
        .await?;
    let list = Element::new(name, ns::PUBSUB)
        .with_optional_attr("node", node)
        .with_children(found.into_iter().map(|(_, element)| element));
    Ok(Some(Element::new("pubsub", ns::PUBSUB).with_child(list)))
}
