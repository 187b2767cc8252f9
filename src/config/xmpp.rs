//! `[xmpp]`: what the engine serves and how much a client may take; meanings and defaults stand in `config.toml`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use serde::Deserialize;

use super::values;
use crate::domain::secret::Secret;

/// `[xmpp]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Xmpp {
    #[serde(deserialize_with = "values::optional_address")]
    pub listen: Option<SocketAddr>,
    #[serde(deserialize_with = "values::optional_address")]
    pub tls_listen: Option<SocketAddr>,
    #[serde(deserialize_with = "values::optional_address")]
    pub proxy_listen: Option<SocketAddr>,
    #[serde(deserialize_with = "values::optional_host_name")]
    pub proxy_host: Option<String>,
    pub hosts_apart: bool,
    pub allow_plaintext_login: bool,
    pub anonymous: bool,
    pub registration: bool,
    pub invitations: Invitations,
    #[serde(deserialize_with = "values::lifetime")]
    pub invitation_age: Duration,
    pub invitation_url: String,
    pub archive: Archive,
    #[serde(deserialize_with = "values::duration")]
    pub archive_age: Duration,
    pub offline: bool,
    pub certificates: Vec<HostCertificate>,
    pub search: bool,
    pub push_content: PushTold,
    pub contact_addresses: Vec<ContactAddress>,
    pub external_services: Vec<ExternalService>,
    /// Shared with the TURN services among them; empty: they give no credentials.
    pub turn_secret: Secret,
    #[serde(deserialize_with = "values::optional_path")]
    pub turn_secret_file: Option<PathBuf>,
    pub limits: XmppLimits,
}

/// The certificate of one host.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostCertificate {
    pub host: String,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Where those who run the service are reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactAddress {
    pub purpose: ContactPurpose,
    pub address: String,
}

/// The registered ones (XEP-0157 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContactPurpose {
    Abuse,
    Admin,
    Feedback,
    Sales,
    Security,
    Status,
    Support,
}

impl ContactPurpose {
    pub fn name(self) -> &'static str {
        match self {
            Self::Abuse => "abuse",
            Self::Admin => "admin",
            Self::Feedback => "feedback",
            Self::Sales => "sales",
            Self::Security => "security",
            Self::Status => "status",
            Self::Support => "support",
        }
    }
}

/// A service beside this one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalService {
    #[serde(rename = "type")]
    pub kind: ExternalKind,
    pub host: String,
    pub port: u16,
    #[serde(default)]
    pub transport: Option<ExternalTransport>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExternalKind {
    Stun,
    Stuns,
    Turn,
    Turns,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExternalTransport {
    Udp,
    Tcp,
}

impl ExternalKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Stun => "stun",
            Self::Stuns => "stuns",
            Self::Turn => "turn",
            Self::Turns => "turns",
        }
    }

    /// Whether such a service wants credentials.
    pub fn is_restricted(self) -> bool {
        matches!(self, Self::Turn | Self::Turns)
    }
}

impl ExternalTransport {
    pub fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

/// What is archived for an account that has set nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Archive {
    Everything,
    Contacts,
    Nothing,
    /// There are no archives.
    Off,
}

/// What app servers are told of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PushTold {
    Counts,
    Sender,
    Body,
}

/// Who may invite newcomers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Invitations {
    Off,
    Administrators,
    Users,
}

/// `[xmpp.limits]`: sizes in bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct XmppLimits {
    #[serde(deserialize_with = "values::stanza_size")]
    pub stanza: usize,
    #[serde(deserialize_with = "values::size")]
    pub queue: usize,
    #[serde(deserialize_with = "values::size")]
    pub queues: usize,
    #[serde(deserialize_with = "values::at_least_one")]
    pub stanza_rate: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub stanza_burst: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub connections: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub connections_per_address: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub sessions: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub login_attempts: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub login_tokens: u32,
    #[serde(deserialize_with = "values::duration")]
    pub login_token_lifetime: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub login_token_rotation: Duration,
    #[serde(deserialize_with = "values::at_least_one")]
    pub registrations: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub invitations: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub invitations_per_day: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub offline_messages: u32,
    #[serde(deserialize_with = "values::size")]
    pub offline_bytes: usize,
    #[serde(deserialize_with = "values::at_least_one")]
    pub blocked: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub push_registrations: u32,
    pub archive_messages: usize,
    #[serde(deserialize_with = "values::at_least_one")]
    pub private_elements: u32,
    #[serde(deserialize_with = "values::size")]
    pub private_bytes: usize,
    #[serde(deserialize_with = "values::at_least_one")]
    pub pubsub_nodes: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub pubsub_items: u32,
    #[serde(deserialize_with = "values::size")]
    pub pubsub_bytes: usize,
    #[serde(deserialize_with = "values::at_least_one")]
    pub pubsub_subscriptions: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub pubsub_affiliations: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub contacts: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub contact_groups: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub subscription_requests: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub directed_presences: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub rooms: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub room_occupants: u32,
    pub room_history: usize,
    #[serde(deserialize_with = "values::size")]
    pub room_history_bytes: usize,
    #[serde(deserialize_with = "values::size")]
    pub room_presence_bytes: usize,
    #[serde(deserialize_with = "values::size")]
    pub room_subject_bytes: usize,
    #[serde(deserialize_with = "values::at_least_one")]
    pub proxy_connections: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub proxy_connections_per_address: u32,
    #[serde(deserialize_with = "values::duration")]
    pub proxy_waiting: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub proxy_idle: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub proxy_lifetime: Duration,
    #[serde(deserialize_with = "values::at_least_one")]
    pub room_affiliations: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub owned_rooms: u32,
    #[serde(deserialize_with = "values::duration")]
    pub subscription_repetition: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub login_timeout: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub idle_timeout: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub write_timeout: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub resumption: Duration,
}
