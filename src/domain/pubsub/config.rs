//! How a node is configured (XEP-0060 §16.4.4): typed here, fields with lists of texts in forms and in storage.

use super::access::{ACCESS_MODELS, AccessModel, PUBLISH_MODELS, PublishModel};
use super::{name_of, parse_in};
use crate::domain::address::FullAddress;

/// Stands for as many items as the service allows.
pub const MAX_ITEMS_WORD: &str = "max";

/// When the last item is sent to those who have not asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendLast {
    Never,
    OnSubscription,
    OnSubscriptionAndPresence,
}

const SEND_LAST: &[(SendLast, &str)] = &[
    (SendLast::Never, "never"),
    (SendLast::OnSubscription, "on_sub"),
    (SendLast::OnSubscriptionAndPresence, "on_sub_and_presence"),
];

/// The type of the messages that notify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationType {
    Normal,
    Chat,
    Headline,
}

const NOTIFICATION_TYPES: &[(NotificationType, &str)] = &[
    (NotificationType::Normal, "normal"),
    (NotificationType::Chat, "chat"),
    (NotificationType::Headline, "headline"),
];

/// Whom a reply to an item is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemReply {
    Owner,
    Publisher,
}

const ITEM_REPLIES: &[(ItemReply, &str)] = &[(ItemReply::Owner, "owner"), (ItemReply::Publisher, "publisher")];

/// Stands for replies being for nobody.
const NO_REPLY: &str = "none";

/// How long items stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    Never,
    Seconds(u32),
}

/// Why a field was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unacceptable {
    /// There is no such field.
    Unknown,
    /// The access model is none.
    AccessModel,
    Value {
        field: String,
        reason: &'static str,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeConfig {
    pub title: String,
    pub description: String,
    pub language: String,
    /// Whom to ask about the node.
    pub contacts: Vec<String>,
    /// What payloads are about, as the owner says; often, but not always, their namespace.
    pub payload_type: String,
    pub access: AccessModel,
    pub roster_groups: Vec<String>,
    pub publish: PublishModel,
    pub allows_subscriptions: bool,
    pub notifies: bool,
    pub delivers_payloads: bool,
    pub notifies_config: bool,
    pub notifies_delete: bool,
    pub notifies_retract: bool,
    pub notifies_subscriptions: bool,
    pub persists: bool,
    /// `None`: as many as the service allows.
    pub max_items: Option<u32>,
    pub expiry: Expiry,
    pub send_last: SendLast,
    pub only_to_present: bool,
    pub notification_type: NotificationType,
    pub item_reply: Option<ItemReply>,
    /// Bytes; 0: as many as a stanza holds.
    pub max_payload: u32,
}

impl NodeConfig {
    /// Of a node at a service.
    pub fn of_service() -> Self {
        Self {
            title: String::new(),
            description: String::new(),
            language: String::new(),
            contacts: Vec::new(),
            payload_type: String::new(),
            access: AccessModel::Open,
            roster_groups: Vec::new(),
            publish: PublishModel::Publishers,
            allows_subscriptions: true,
            notifies: true,
            delivers_payloads: true,
            notifies_config: true,
            notifies_delete: true,
            notifies_retract: true,
            notifies_subscriptions: false,
            persists: true,
            max_items: None,
            expiry: Expiry::Never,
            // §4.3, of services that advertise `last-published`.
            send_last: SendLast::OnSubscriptionAndPresence,
            only_to_present: false,
            notification_type: NotificationType::Headline,
            item_reply: None,
            max_payload: 0,
        }
    }

    /// Of a node at an account (XEP-0163 §3).
    pub fn of_account() -> Self {
        Self {
            access: AccessModel::Presence,
            max_items: Some(1),
            only_to_present: true,
            notifies_config: false,
            ..Self::of_service()
        }
    }

    /// Sets a field to what a form says. Nothing is changed by what is refused.
    pub fn set(&mut self, field: &str, values: &[String]) -> Result<(), Unacceptable> {
        let value = values.first().map(String::as_str).unwrap_or_default();
        let refused = |reason| Unacceptable::Value {
            field: field.to_owned(),
            reason,
        };
        let boolean = || match value {
            "1" | "true" => Ok(true),
            "0" | "false" => Ok(false),
            _ => Err(refused("it is 0 or 1")),
        };
        let text = || match value.len() {
            0..=LONGEST_TEXT => Ok(value.to_owned()),
            _ => Err(refused("it is too long")),
        };
        match field {
            "pubsub#node_type" => match value {
                "leaf" => {}
                _ => return Err(refused("there are leaf nodes only")),
            },
            "pubsub#title" => self.title = text()?,
            "pubsub#description" => self.description = text()?,
            "pubsub#language" => self.language = text()?,
            "pubsub#contact" => self.contacts = contacts(values).map_err(refused)?,
            "pubsub#type" => self.payload_type = text()?,
            "pubsub#access_model" => {
                self.access = AccessModel::parse(value).ok_or(Unacceptable::AccessModel)?;
            }
            "pubsub#roster_groups_allowed" => {
                let is_too_long = values.iter().any(|group| group.len() > LONGEST_TEXT);
                if values.len() > MOST_GROUPS || is_too_long {
                    return Err(refused("there are too many groups"));
                }
                self.roster_groups = values.to_vec();
            }
            "pubsub#publish_model" => {
                self.publish = PublishModel::parse(value).ok_or_else(|| refused("there is no such model"))?;
            }
            "pubsub#subscribe" => self.allows_subscriptions = boolean()?,
            "pubsub#deliver_notifications" => self.notifies = boolean()?,
            "pubsub#deliver_payloads" => self.delivers_payloads = boolean()?,
            "pubsub#notify_config" => self.notifies_config = boolean()?,
            "pubsub#notify_delete" => self.notifies_delete = boolean()?,
            "pubsub#notify_retract" => self.notifies_retract = boolean()?,
            "pubsub#notify_sub" => self.notifies_subscriptions = boolean()?,
            "pubsub#persist_items" => self.persists = boolean()?,
            "pubsub#max_items" => {
                self.max_items = match value {
                    MAX_ITEMS_WORD => None,
                    number => Some(number.parse().map_err(|_| refused("it is a number or max"))?),
                };
            }
            "pubsub#item_expire" => {
                self.expiry = match value {
                    "" | "0" | "max" => Expiry::Never,
                    number => Expiry::Seconds(number.parse().map_err(|_| refused("it is seconds or max"))?),
                };
            }
            "pubsub#send_last_published_item" => {
                self.send_last = parse_in(SEND_LAST, value).ok_or_else(|| refused("there is no such occasion"))?;
            }
            "pubsub#presence_based_delivery" => self.only_to_present = boolean()?,
            "pubsub#notification_type" => {
                self.notification_type =
                    parse_in(NOTIFICATION_TYPES, value).ok_or_else(|| refused("there is no such type"))?;
            }
            "pubsub#itemreply" => {
                self.item_reply = match value {
                    "" | NO_REPLY => None,
                    name => {
                        Some(parse_in(ITEM_REPLIES, name).ok_or_else(|| refused("it is owner, publisher or none"))?)
                    }
                };
            }
            "pubsub#max_payload_size" => {
                self.max_payload = match value {
                    "" | "max" => 0,
                    number => number.parse().map_err(|_| refused("it is a number of bytes"))?,
                };
            }
            _ => return Err(Unacceptable::Unknown),
        }
        Ok(())
    }

    /// What a field says now. `None`: there is no such field.
    pub fn values(&self, field: &str) -> Option<Vec<String>> {
        let boolean = |value: bool| vec![if value { "1" } else { "0" }.to_owned()];
        let named = |name: &str| vec![name.to_owned()];
        Some(match field {
            "pubsub#node_type" => named("leaf"),
            "pubsub#title" => named(&self.title),
            "pubsub#description" => named(&self.description),
            "pubsub#language" => named(&self.language),
            "pubsub#contact" => self.contacts.clone(),
            "pubsub#type" => named(&self.payload_type),
            "pubsub#access_model" => named(self.access.name()),
            "pubsub#roster_groups_allowed" => self.roster_groups.clone(),
            "pubsub#publish_model" => named(self.publish.name()),
            "pubsub#subscribe" => boolean(self.allows_subscriptions),
            "pubsub#deliver_notifications" => boolean(self.notifies),
            "pubsub#deliver_payloads" => boolean(self.delivers_payloads),
            "pubsub#notify_config" => boolean(self.notifies_config),
            "pubsub#notify_delete" => boolean(self.notifies_delete),
            "pubsub#notify_retract" => boolean(self.notifies_retract),
            "pubsub#notify_sub" => boolean(self.notifies_subscriptions),
            "pubsub#persist_items" => boolean(self.persists),
            "pubsub#max_items" => match self.max_items {
                None => named(MAX_ITEMS_WORD),
                Some(number) => vec![number.to_string()],
            },
            "pubsub#item_expire" => match self.expiry {
                Expiry::Never => named("max"),
                Expiry::Seconds(seconds) => vec![seconds.to_string()],
            },
            "pubsub#send_last_published_item" => named(name_of(SEND_LAST, self.send_last)),
            "pubsub#presence_based_delivery" => boolean(self.only_to_present),
            "pubsub#notification_type" => named(name_of(NOTIFICATION_TYPES, self.notification_type)),
            "pubsub#itemreply" => match self.item_reply {
                None => Vec::new(),
                Some(reply) => named(name_of(ITEM_REPLIES, reply)),
            },
            "pubsub#max_payload_size" => vec![self.max_payload.to_string()],
            _ => return None,
        })
    }

    /// All fields with what they say.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, Vec<String>)> {
        FIELDS
            .iter()
            .map(|(field, _)| (*field, self.values(field).unwrap_or_default()))
    }

    /// What a field may be set to, where that is a list.
    pub fn choices(field: &str) -> Vec<&'static str> {
        fn names<T>(names: &[(T, &'static str)]) -> Vec<&'static str> {
            names.iter().map(|(_, name)| *name).collect()
        }
        match field {
            "pubsub#node_type" => vec!["leaf"],
            "pubsub#access_model" => names(ACCESS_MODELS),
            "pubsub#publish_model" => names(PUBLISH_MODELS),
            "pubsub#send_last_published_item" => names(SEND_LAST),
            "pubsub#notification_type" => names(NOTIFICATION_TYPES),
            "pubsub#itemreply" => [names(ITEM_REPLIES), vec![NO_REPLY]].concat(),
            _ => Vec::new(),
        }
    }

    /// The names of all fields with what they mean.
    pub fn labels() -> &'static [(&'static str, &'static str)] {
        FIELDS
    }
}

/// Addresses as they are compared.
fn contacts(values: &[String]) -> Result<Vec<String>, &'static str> {
    if values.len() > MOST_CONTACTS {
        return Err("there are too many addresses");
    }
    let given = values.iter().filter(|value| !value.is_empty());
    let read = given.map(|value| FullAddress::parse(value).map(|address| address.to_string()));
    read.collect::<Result<_, _>>().map_err(|_| "it is a list of addresses")
}

const MOST_CONTACTS: usize = 20;

/// Bytes of a text in a configuration.
const LONGEST_TEXT: usize = 3_000;
const MOST_GROUPS: usize = 100;

const FIELDS: &[(&str, &str)] = &[
    ("pubsub#node_type", "The type of the node"),
    ("pubsub#title", "A short name for the node"),
    ("pubsub#description", "A description of the node"),
    ("pubsub#language", "The default language of the node"),
    ("pubsub#contact", "Whom to ask about the node"),
    ("pubsub#type", "What payloads are about"),
    ("pubsub#access_model", "Who may subscribe and retrieve items"),
    ("pubsub#roster_groups_allowed", "The roster groups allowed to subscribe"),
    ("pubsub#publish_model", "Who may publish"),
    ("pubsub#subscribe", "Whether to allow subscriptions"),
    ("pubsub#deliver_notifications", "Deliver event notifications"),
    ("pubsub#deliver_payloads", "Deliver payloads with event notifications"),
    ("pubsub#notify_config", "Notify subscribers when the node is configured"),
    ("pubsub#notify_delete", "Notify subscribers when the node is deleted"),
    ("pubsub#notify_retract", "Notify subscribers when items are removed"),
    ("pubsub#notify_sub", "Notify owners about new subscribers"),
    ("pubsub#persist_items", "Keep items"),
    ("pubsub#max_items", "The most items to keep"),
    ("pubsub#item_expire", "Seconds after which items are removed"),
    (
        "pubsub#send_last_published_item",
        "When to send the last published item",
    ),
    ("pubsub#presence_based_delivery", "Notify available subscribers only"),
    ("pubsub#notification_type", "The type of notification messages"),
    ("pubsub#itemreply", "Whom replies to items are for"),
    ("pubsub#max_payload_size", "The most bytes of a payload"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn set(field: &str, value: &str) -> Result<NodeConfig, Unacceptable> {
        let mut config = NodeConfig::of_service();
        config.set(field, &[value.to_owned()]).map(|()| config)
    }

    #[test]
    fn every_field_reads_as_it_is_written() {
        for config in [NodeConfig::of_service(), NodeConfig::of_account()] {
            let mut read = NodeConfig::of_service();
            for (field, values) in config.fields() {
                read.set(field, &values).unwrap();
            }
            assert_eq!(read, config);
        }
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (field, value) in [
            ("pubsub#node_type", "collection"),
            ("pubsub#publish_model", "everybody"),
            ("pubsub#persist_items", "yes"),
            ("pubsub#max_items", "-1"),
            ("pubsub#item_expire", "soon"),
            ("pubsub#contact", "@"),
            ("pubsub#itemreply", "x"),
        ] {
            assert!(matches!(set(field, value), Err(Unacceptable::Value { .. })), "{field}");
        }
        assert_eq!(set("pubsub#access_model", "x"), Err(Unacceptable::AccessModel));
        assert_eq!(set("pubsub#x", "x"), Err(Unacceptable::Unknown));
    }

    #[test]
    fn the_most_items_may_be_as_many_as_possible() {
        assert_eq!(set("pubsub#max_items", "max").unwrap().max_items, None);
        assert_eq!(set("pubsub#max_items", "7").unwrap().max_items, Some(7));
    }
}
