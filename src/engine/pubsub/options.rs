//! What subscribers want of their subscriptions (XEP-0060 §6.3, §6.4).

use std::sync::Arc;

use super::subscribe::OwnSubscription;
use super::{Answer, Call, forms, named};
use crate::domain::pubsub::SubscriptionOptions;
use crate::engine::xml::{Element, ns};
use crate::storage::pubsub::subscriptions;

pub async fn show(call: Call, options: &Element) -> Answer {
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

pub async fn change(call: Call, options: &Element) -> Answer {
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

/// §6.4. It may be asked for without a node.
pub async fn defaults(call: Call, default: &Element) -> Answer {
    let name = named(default);
    if let Some(asked) = name.clone() {
        call.read(move |call, connection| call.place.find(connection, Some(&asked), call.who()).map(drop))
            .await?;
    }
    let default = Element::new("default", ns::PUBSUB)
        .with_optional_attr("node", name)
        .with_child(forms::options(&SubscriptionOptions::default()).to_result());
    Ok(Some(Element::new("pubsub", ns::PUBSUB).with_child(default)))
}
