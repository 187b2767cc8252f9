//! What the engine may use, and how much of it.

mod limits;

use std::path::PathBuf;
use std::time::Duration;

pub use limits::{HistoryLimits, Limits, ProxyLimits};

use crate::domain::address::Host;
use crate::domain::archive::ArchiveStandard;
use crate::domain::invitation::{InvitationLimits, Inviters};
use crate::domain::login_token::TokenSettings;
use crate::domain::push::PushContent;
use crate::domain::secret::Secret;
use crate::domain::upload::Quota;

#[derive(Debug, Clone)]
pub struct Settings {
    /// The hosts whose accounts live here, the primary one first.
    pub hosts: Vec<Host>,
    /// Accounts of one host reach nothing of another.
    pub hosts_apart: bool,
    /// Accept passwords on connections without TLS.
    pub allow_plaintext_login: bool,
    /// Let anybody in without an account (RFC 4505).
    pub anonymous: bool,
    /// Let anybody make an account, and remove his own (XEP-0077).
    pub registration: bool,
    /// Let newcomers make accounts by invitation (XEP-0401).
    pub invitations: InvitationSettings,
    /// Archive messages, and what of them by default.
    pub archive: bool,
    pub archive_standard: ArchiveStandard,
    pub archive_retention: ArchiveRetention,
    /// Keep messages for those who are away.
    pub offline: bool,
    /// Let people look for each other (XEP-0055).
    pub search: bool,
    /// What app servers are told of messages (XEP-0357).
    pub push_content: PushContent,
    /// Where those who run the service are reached (XEP-0157).
    pub contact_addresses: Vec<ContactAddress>,
    /// Services beside this server that clients are told of (XEP-0215).
    pub external_services: Vec<ExternalService>,
    /// Where clients find the proxy for files; `None`: at their host, or at the loopback address on which it listens.
    pub proxy_host: Option<String>,
    /// `None`: no files are taken.
    pub upload: Option<UploadSettings>,
    /// `None`: clients are given no tokens to log in again (XEP-0484).
    pub tokens: Option<TokenSettings>,
    pub limits: Limits,
}

/// Who invites, and how long that counts.
#[derive(Debug, Clone)]
pub struct InvitationSettings {
    pub inviters: Inviters,
    /// For which an invitation is valid when nobody says anything else.
    pub lifetime: Duration,
    /// The page behind whose URL the address of an invitation is put.
    pub page: Option<String>,
    /// Of one account.
    pub limits: InvitationLimits,
}

/// An address of those who run the service.
#[derive(Debug, Clone)]
pub struct ContactAddress {
    /// `abuse`, `support` and the like.
    pub purpose: String,
    /// A URI.
    pub address: String,
}

/// A service beside this server.
#[derive(Debug, Clone)]
pub struct ExternalService {
    /// `turn`, `stun` and the like.
    pub kind: String,
    pub host: String,
    pub port: u16,
    /// `udp` or `tcp`; `None`: not told.
    pub transport: Option<String>,
    /// What it shares with this server, for a service that wants credentials.
    pub secret: Option<Secret>,
}

/// How much archives keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ArchiveRetention {
    /// How long a message stays; `None`: for ever.
    pub age: Option<Duration>,
    /// Messages of one archive, of which the newest stay; `None`: any number.
    pub messages: Option<usize>,
}

/// Where files go, and how much of them.
#[derive(Debug, Clone)]
pub struct UploadSettings {
    pub folder: PathBuf,
    /// Below it stand the files for clients: `https://example.org:9091/upload`.
    pub url: String,
    /// Bytes of one file.
    pub max_size: u64,
    /// Of one account.
    pub quota: Quota,
    /// How long files stay; `None`: for ever.
    pub age: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            hosts_apart: true,
            allow_plaintext_login: false,
            anonymous: false,
            registration: false,
            invitations: InvitationSettings::default(),
            archive: true,
            archive_standard: ArchiveStandard::Everything,
            archive_retention: ArchiveRetention::default(),
            offline: true,
            search: true,
            push_content: PushContent::Counts,
            contact_addresses: Vec::new(),
            external_services: Vec::new(),
            proxy_host: None,
            upload: None,
            tokens: None,
            limits: Limits::default(),
        }
    }
}

impl Default for InvitationSettings {
    fn default() -> Self {
        Self {
            inviters: Inviters::Nobody,
            lifetime: Duration::from_hours(7 * 24),
            page: None,
            limits: InvitationLimits {
                at_a_time: 100,
                in_a_day: 20,
            },
        }
    }
}
