//! Making, configuring, deleting and purging nodes (XEP-0060 §8.1 to §8.5).

use super::audience::{Audience, standing};
use super::error::Refusal;
use super::event::Event;
use super::last::last_notice;
use super::lost::follow_access;
use super::place::check_name;
use super::storing::kept_items;
use super::telling::tell;
use super::{Answer, Call, check_persistent, convert, forms, named};
use crate::domain::pubsub::{Node, NodeAffiliation, SendLast};
use crate::domain::random::alphanumeric;
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::Transaction;
use crate::storage::pubsub::{items, moved, nodes};

/// Letters and digits of the name of a node that is left to us.
const INSTANT_NAME: usize = 24;

/// Bytes of the URI of a successor.
const LONGEST_URI: usize = 3_000;

pub async fn create(call: Call, create: &Element, configure: Option<&Element>) -> Answer {
    let asked = create.attr("node").filter(|name| !name.is_empty());
    let name = match asked {
        Some(name) => name.to_owned(),
        None => alphanumeric(call.engine.random(), INSTANT_NAME),
    };
    check_name(&name)?;
    let mut config = call.place.defaults();
    if let Some(configure) = configure.filter(|part| part.name() == "configure") {
        // §8.1.3
        if configure.attr("node").is_some() {
            return Err(Condition::BadRequest.into());
        }
        config = forms::configured(configure, &config, call.most())?.unwrap_or(config);
    }
    let made = Element::new("create", ns::PUBSUB).with_attr("node", &name);
    let is_instant = asked.is_none();
    call.change(move |call, transaction| {
        if !call.place.may_create(call.who()) {
            return Err(Condition::Forbidden.into());
        }
        call.check_is_account(transaction)?;
        let address = call.place.node(&name);
        if nodes::find(transaction, &address)?.is_some() {
            return Err(Condition::Conflict.into());
        }
        let now = call.engine.clock().now();
        nodes::insert(transaction, &address, call.who(), config.clone(), now, call.limits())?;
        Ok(())
    })
    .await?;
    Ok(is_instant.then(|| Element::new("pubsub", ns::PUBSUB).with_child(made)))
}

pub async fn configuration(call: Call, configure: &Element) -> Answer {
    let name = named(configure);
    let node = call
        .read(move |call, connection| call.own_node(connection, name.as_deref()))
        .await?;
    let configure = Element::new("configure", ns::PUBSUB_OWNER)
        .with_attr("node", &node.address.name)
        .with_child(forms::config(&node.config, call.most()).to_form());
    Ok(Some(Element::new("pubsub", ns::PUBSUB_OWNER).with_child(configure)))
}

pub fn default_configuration(call: &Call) -> Element {
    let form = forms::config(&call.place.defaults(), call.most()).to_form();
    let default = Element::new("default", ns::PUBSUB_OWNER).with_child(form);
    Element::new("pubsub", ns::PUBSUB_OWNER).with_child(default)
}

pub async fn configure(call: Call, configure: &Element) -> Answer {
    let (name, configure) = (named(configure), configure.clone());
    if configure.child("x", ns::DATA_FORMS).is_none() {
        return Err(Condition::BadRequest.into());
    }
    call.change(move |call, transaction| {
        let mut node = call.own_node(transaction, name.as_deref())?;
        let Some(config) = forms::configured(&configure, &node.config, call.most())? else {
            return Ok(());
        };
        let before = Audience::load(&call.engine, transaction, &call.place, &node)?;
        nodes::set_config(transaction, &node, &config)?;
        node.config = config;
        if !node.config.persists {
            items::purge(transaction, &node)?;
        }
        items::shrink(transaction, &node, kept_items(call, &node))?;
        if node.config.notifies && node.config.notifies_config {
            let form = node
                .config
                .delivers_payloads
                .then(|| forms::config(&node.config, call.most()).to_result());
            tell(call, transaction, &node, Event::Configured(form))?;
        }
        let now = Audience::load(&call.engine, transaction, &call.place, &node)?;
        follow_access(call, transaction, &node, &now)?;
        send_last_to_newcomers(call, transaction, &node, now.newly(before))
    })
    .await?;
    Ok(None)
}

/// Who may read a node only since it is configured anew gets what was published last (§12.2).
fn send_last_to_newcomers(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    newcomers: Audience,
) -> Result<(), Refusal> {
    if node.config.send_last != SendLast::OnSubscriptionAndPresence || !node.config.notifies {
        return Ok(());
    }
    let Some(notice) = last_notice(&call.engine, transaction, &call.place, node)? else {
        return Ok(());
    };
    let engine = call.engine.clone();
    transaction.after_commit(move || notice.to_all(&engine, &newcomers));
    Ok(())
}

pub async fn delete(call: Call, delete: &Element) -> Answer {
    let name = named(delete);
    let redirect = delete
        .child("redirect", ns::PUBSUB_OWNER)
        .and_then(|redirect| redirect.attr("uri"))
        .map(str::to_owned);
    if redirect.as_ref().is_some_and(|uri| uri.len() > LONGEST_URI) {
        let text = format!("the URI of a redirect has {LONGEST_URI} bytes at most");
        return Err(StanzaError::new(Condition::NotAcceptable).with_text(text));
    }
    call.change(move |call, transaction| {
        let node = call.own_node(transaction, name.as_deref())?;
        if node.config.notifies && node.config.notifies_delete {
            let redirect = redirect.clone();
            tell(call, transaction, &node, Event::Deleted { redirect })?;
        }
        nodes::remove(transaction, &node)?;
        if let Some(uri) = &redirect {
            moved::put(transaction, &node, uri, call.limits())?;
        }
        Ok(())
    })
    .await?;
    Ok(None)
}

pub async fn purge(call: Call, purge: &Element) -> Answer {
    let name = named(purge);
    call.change(move |call, transaction| {
        let node = call.place.find(transaction, name.as_deref(), call.who())?;
        check_may_purge(call, transaction, &node)?;
        check_persistent(&node)?;
        items::purge(transaction, &node)?;
        if node.config.notifies && node.config.notifies_retract {
            tell(call, transaction, &node, Event::Purged)?;
        }
        convert::changed(call, transaction, &node)
    })
    .await?;
    Ok(None)
}

/// Owners may, and publishers what they have published themselves (§4.1).
fn check_may_purge(call: &Call, transaction: &Transaction<'_>, node: &Node) -> Result<(), Refusal> {
    let standing = standing(&call.engine, transaction, node, call.who())?;
    match standing.affiliation {
        NodeAffiliation::Owner => Ok(()),
        NodeAffiliation::Publisher if !items::has_of_others(transaction, node, call.who())? => Ok(()),
        _ => Err(Condition::Forbidden.into()),
    }
}
