//! Forms of publish-subscribe (XEP-0060 §16.4).

use super::error::{unacceptable, unsupported, with};
use crate::domain::pubsub::{Node, NodeConfig, NodeSubscription, SubscriptionOptions, Unacceptable};
use crate::engine::form::{Field, FieldKind, Filled, Form, Validation};
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::{Element, ns};

const NODE_CONFIG: &str = "http://jabber.org/protocol/pubsub#node_config";
const META_DATA: &str = "http://jabber.org/protocol/pubsub#meta-data";
const SUBSCRIBE_OPTIONS: &str = "http://jabber.org/protocol/pubsub#subscribe_options";
pub const AUTHORIZATION: &str = "http://jabber.org/protocol/pubsub#subscribe_authorization";

/// The greatest numbers that a configuration may name.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    pub items: u32,
    /// Bytes.
    pub payload: u32,
}

impl Most {
    /// What a field says in a form. A node without a limit of its own shows the one that holds, as a number: many clients
    /// read nothing else there.
    fn shown(self, config: &NodeConfig, field: &str) -> Vec<String> {
        match field {
            "pubsub#max_items" => vec![config.max_items.unwrap_or(self.items).to_string()],
            "pubsub#max_payload_size" if config.max_payload == 0 => vec![self.payload.to_string()],
            _ => config.values(field).unwrap_or_default(),
        }
    }

    /// Whoever sends that number back sets no limit either.
    fn without_own(self, config: &mut NodeConfig) {
        config.max_items = config.max_items.filter(|items| *items != self.items);
        if config.max_payload == self.payload {
            config.max_payload = 0;
        }
    }
}

pub fn config(config: &NodeConfig, most: Most) -> Form {
    let mut form = Form::new(NODE_CONFIG);
    for (name, label) in NodeConfig::labels() {
        let choices = NodeConfig::choices(name);
        let mut field = Field::new(*name, kind(name))
            .with_label(*label)
            .with_values(most.shown(config, name));
        if *name == "pubsub#roster_groups_allowed" {
            field = field.with_validation(Validation::Open);
        }
        for choice in choices {
            field = field.with_option(choice, choice);
        }
        form.push(field);
    }
    form
}

fn kind(name: &str) -> FieldKind {
    match name {
        "pubsub#roster_groups_allowed" => FieldKind::ListMulti,
        "pubsub#contact" => FieldKind::JidMulti,
        _ if is_boolean(name) => FieldKind::Boolean,
        _ if NodeConfig::choices(name).is_empty() => FieldKind::TextSingle,
        _ => FieldKind::ListSingle,
    }
}

fn is_boolean(name: &str) -> bool {
    matches!(
        name,
        "pubsub#subscribe"
            | "pubsub#deliver_notifications"
            | "pubsub#deliver_payloads"
            | "pubsub#notify_config"
            | "pubsub#notify_delete"
            | "pubsub#notify_retract"
            | "pubsub#notify_sub"
            | "pubsub#persist_items"
            | "pubsub#presence_based_delivery"
    )
}

/// What a form makes of a configuration. Fields that are not known here change nothing. `None`: it was cancelled.
pub fn configured(parent: &Element, config: &NodeConfig, most: Most) -> Result<Option<NodeConfig>, StanzaError> {
    let Some(filled) = Filled::read_in(parent)? else {
        return Ok(Some(config.clone()));
    };
    if filled.is_cancelled() {
        return Ok(None);
    }
    filled.check_type(NODE_CONFIG)?;
    let mut config = config.clone();
    for (field, values) in fields(&filled) {
        set(&mut config, field, values, most).or_else(|error| match error {
            Refused::Unknown => Ok(()),
            Refused::Answer(error) => Err(error),
        })?;
    }
    Ok(Some(config))
}

/// The configuration of a new node that publish options ask for (§7.1.5); a field that is not known here cannot be met.
pub fn demanded(options: &Element, defaults: NodeConfig, most: Most) -> Result<NodeConfig, StanzaError> {
    let Some(filled) = Filled::read_in(options)? else {
        return Ok(defaults);
    };
    filled.check_type(ns::PUBSUB_PUBLISH_OPTIONS)?;
    let mut config = defaults;
    for (field, values) in fields(&filled) {
        set(&mut config, field, values, most).map_err(|error| match error {
            Refused::Unknown => precondition_not_met(),
            Refused::Answer(error) => error,
        })?;
    }
    Ok(config)
}

/// Whether a node is configured as publish options want it (§7.1.5). What it cannot be it is not.
pub fn check_preconditions(options: &Element, config: &NodeConfig, most: Most) -> Result<(), StanzaError> {
    let Some(filled) = Filled::read_in(options)? else {
        return Ok(());
    };
    filled.check_type(ns::PUBSUB_PUBLISH_OPTIONS)?;
    let mut wanted = config.clone();
    for (field, values) in fields(&filled) {
        set(&mut wanted, field, values, most).map_err(|_| precondition_not_met())?;
    }
    if wanted == *config {
        return Ok(());
    }
    Err(precondition_not_met())
}

fn precondition_not_met() -> StanzaError {
    with(Condition::Conflict, "precondition-not-met")
}

fn fields<'form>(filled: &'form Filled<'_>) -> impl Iterator<Item = (&'form str, &'form [String])> {
    let names = filled.names().filter(|name| *name != "FORM_TYPE");
    names.map(|name| (name, filled.find(name).unwrap_or_default()))
}

enum Refused {
    Unknown,
    Answer(StanzaError),
}

fn set(config: &mut NodeConfig, field: &str, values: &[String], most: Most) -> Result<(), Refused> {
    if field == "pubsub#node_type" && values.first().is_some_and(|value| value == "collection") {
        return Err(Refused::Answer(unsupported("collections")));
    }
    config.set(field, values).map_err(|error| match error {
        Unacceptable::Unknown => Refused::Unknown,
        other => Refused::Answer(unacceptable(other)),
    })?;
    most.without_own(config);
    if config.max_items.is_some_and(|items| items > most.items) {
        let text = format!("pubsub#max_items: at most {} are possible", most.items);
        return Err(Refused::Answer(
            StanzaError::new(Condition::NotAcceptable).with_text(text),
        ));
    }
    Ok(())
}

/// What everybody may know of a node (§5.4): how it is configured, but for the groups of its owner.
pub fn meta_data(node: &Node, most: Most, owners: &[String], publishers: &[String], subscribers: usize) -> Element {
    let mut form = Form::new(META_DATA);
    for (name, _) in NodeConfig::labels() {
        if *name != "pubsub#roster_groups_allowed" {
            form.push(Field::new(*name, kind(name)).with_values(most.shown(&node.config, name)));
        }
    }
    form.with(Field::new("pubsub#creator", FieldKind::JidSingle).with_value(&node.creator))
        .with(Field::new("pubsub#creation_date", FieldKind::TextSingle).with_value(node.created))
        .with(Field::new("pubsub#owner", FieldKind::JidMulti).with_values(owners))
        .with(Field::new("pubsub#publisher", FieldKind::JidMulti).with_values(publishers))
        .with(Field::new("pubsub#num_subscribers", FieldKind::TextSingle).with_value(subscribers))
        .to_result()
}

pub fn options(options: &SubscriptionOptions) -> Form {
    let mut form = Form::new(SUBSCRIBE_OPTIONS);
    for ((name, values), (_, label)) in options.fields().zip(SubscriptionOptions::labels()) {
        let choices = SubscriptionOptions::choices(name);
        let kind = if choices.is_empty() {
            FieldKind::Boolean
        } else {
            FieldKind::ListMulti
        };
        let mut field = Field::new(name, kind).with_label(*label).with_values(values);
        for choice in choices {
            field = field.with_option(choice, choice);
        }
        form.push(field);
    }
    form
}

/// What a form makes of options; fields that are not known here change nothing. `None`: it was cancelled.
pub fn opted(parent: &Element, options: &SubscriptionOptions) -> Result<Option<SubscriptionOptions>, StanzaError> {
    let invalid = || with(Condition::BadRequest, "invalid-options");
    let Some(filled) = Filled::read_in(parent).map_err(|_| invalid())? else {
        return Err(invalid());
    };
    if filled.is_cancelled() {
        return Ok(None);
    }
    filled.check_type(SUBSCRIBE_OPTIONS).map_err(|_| invalid())?;
    let mut options = options.clone();
    for (field, values) in fields(&filled) {
        match options.set(field, values) {
            Ok(()) | Err(Unacceptable::Unknown) => {}
            Err(_) => return Err(invalid()),
        }
    }
    Ok(Some(options))
}

/// What an owner is asked when somebody wants to subscribe (§8.6).
pub fn authorization(node: &str, subscription: &NodeSubscription) -> Element {
    Form::new(AUTHORIZATION)
        .with_title("PubSub subscriber request")
        .with_instructions("To approve this entity's subscription request, submit the form with allow set.")
        .with(Field::new("pubsub#subid", FieldKind::Hidden).with_value(&subscription.id))
        .with(
            Field::new("pubsub#node", FieldKind::TextSingle)
                .with_label("Node ID")
                .with_value(node),
        )
        .with(
            Field::new("pubsub#subscriber_jid", FieldKind::JidSingle)
                .with_label("Subscriber address")
                .with_value(&subscription.subscriber),
        )
        .with(Field::boolean("pubsub#allow", false).with_label("Allow this subscription?"))
        .to_form()
}

/// From which of these nodes an owner wants to be asked again about those who wait (§8.7.2).
pub fn pending<'node>(nodes: impl Iterator<Item = &'node str>) -> Form {
    let mut field = Field::new("pubsub#node", FieldKind::ListSingle).with_label("Node ID");
    for node in nodes {
        field = field.with_option(node, node);
    }
    Form::new(AUTHORIZATION).with(field)
}

/// Whether a form is an owner's answer.
pub fn is_decision(form: &Element) -> bool {
    Filled::read(form).is_ok_and(|filled| filled.value("FORM_TYPE") == Some(AUTHORIZATION))
}

/// What an owner answers.
pub struct Authorization {
    pub node: String,
    pub subscription: Option<String>,
    pub subscriber: crate::domain::address::FullAddress,
    pub is_allowed: bool,
}

/// `None`: the form is about something else, or it was cancelled.
pub fn authorized(form: &Element) -> Option<Authorization> {
    let filled = Filled::read(form).ok()?;
    if filled.is_cancelled() || filled.value("FORM_TYPE") != Some(AUTHORIZATION) {
        return None;
    }
    Some(Authorization {
        node: filled.value("pubsub#node")?.to_owned(),
        subscription: filled.value("pubsub#subid").map(str::to_owned),
        subscriber: filled.address("pubsub#subscriber_jid").ok()??,
        is_allowed: filled.boolean("pubsub#allow").ok()??,
    })
}
