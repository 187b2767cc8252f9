//! What happens between the lock on the data directory and the first listener: the database is opened and belongs to
//! the configured domain, and what the very first start makes is made. Commands that run without the service come
//! through `open` too; they leave the first start to the service.

mod demonstration;
mod first_start;
mod token_key;
mod welcome;

use std::{path::PathBuf, sync::Arc};

use crate::{
    admin::{Admin, ConfiguredSettings, LiveSettings},
    backend::embedded::{Embedded, OpenError, Settings},
    config::{Archive, Config, Invitations, PushTold, Xmpp},
    data_dir::DataDir,
    domain::{
        Error,
        address::Host,
        archive::ArchiveStandard,
        clock::{Clock, now_in_milliseconds},
        invitation::{InvitationLimits, Inviters},
        login_token::TokenSettings,
        offline::OfflineLimits,
        private_xml::PrivateLimits,
        pubsub::PubsubLimits,
        push::PushContent,
        random::{Random, alphanumeric},
        secret::Secret,
        upload::Quota,
    },
    engine::{
        self, accounts,
        settings::{
            ArchiveRetention, ContactAddress, ExternalService, InvitationSettings, ProxyLimits, UploadSettings,
        },
    },
    storage::{
        Options,
        installation::{self, Installation},
        upload_files,
    },
};

pub use demonstration::claim;
pub use first_start::FirstStart;
pub use welcome::{Urls, reachable};

/// Letters and digits of a secret or password that the service makes.
const SECRET_LENGTH: usize = 16;

/// The data of the service, open.
pub struct Opened {
    pub embedded: Arc<Embedded>,
    pub admin: Admin,
    /// The shared secret that counts: the configured one, else the one that the service made.
    pub secret: Secret,
    /// What the database knew of its installation when it was opened.
    installation: Installation,
}

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(
        "server.domain = \"{domain}\": the database in {} belongs to {known}; set server.domain to that, \
         add the new domain to server.hosts, or name another server.data_dir",
        data_dir.display()
    )]
    Domain {
        domain: Host,
        known: String,
        data_dir: PathBuf,
    },
    #[error(
        "--demo: server.data_dir = {} holds the data of a real service; name another directory, or leave --demo out",
        data_dir.display()
    )]
    NoDemonstration { data_dir: PathBuf },
    #[error("server.initial_admin_password_file = {} cannot be used: {reason}", path.display())]
    InitialPassword { path: PathBuf, reason: String },
    #[error("cannot read {}: {cause}; let the service read it, or remove it", path.display())]
    Read { path: PathBuf, cause: std::io::Error },
    #[error("cannot write {}: {cause}; server.data_dir must be writable", path.display())]
    Write { path: PathBuf, cause: std::io::Error },
    #[error("the database cannot be prepared: {0}")]
    Database(#[from] Error),
}

impl Opened {
    /// Whether the service has yet to make what its first start makes.
    pub fn is_first_start(&self) -> bool {
        !self.installation.first_start_done
    }
}

/// Opens the database, or makes it, for the configured hosts.
pub async fn open(
    config: &Config,
    data_dir: &DataDir,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Opened, StartError> {
    let mut settings = settings(config);
    settings.engine.tokens = tokens(config, data_dir, &*random)?;
    let embedded = Embedded::open(&data_dir.database(), &settings, Arc::clone(&clock), Arc::clone(&random)).await?;
    let store = embedded.store();
    let known = store.read(installation::find).await?;
    let domain = config.server.domain.clone();
    if !known.hosts.is_empty() && !known.hosts.contains(&domain) {
        return Err(StartError::Domain {
            domain,
            known: known.hosts.iter().map(Host::as_str).collect::<Vec<_>>().join(", "),
            data_dir: data_dir.path().to_owned(),
        });
    }
    let mut hosts = vec![domain.clone()];
    hosts.extend(config.server.hosts.iter().cloned());
    hosts.retain(|host| !known.hosts.contains(host));
    let configured = Some(config.openfire.secret.clone()).filter(|secret| !secret.is_empty());
    let made = match (&configured, &known.secret) {
        (None, None) => Some(Secret::new(alphanumeric(&*random, SECRET_LENGTH))),
        _ => None,
    };
    if !hosts.is_empty() || made.is_some() {
        let (now, made) = (now_in_milliseconds(&*clock), made.clone());
        store
            .write(move |transaction| {
                hosts
                    .iter()
                    .try_for_each(|host| installation::insert_host(transaction, host, now))?;
                made.as_ref()
                    .map_or(Ok(()), |secret| installation::insert_secret(transaction, secret))
            })
            .await?;
    }
    let embedded = Arc::new(embedded);
    let secret = configured.or(known.secret.clone()).or(made).unwrap_or_default();
    let live = LiveSettings::new(ConfiguredSettings {
        host: domain.clone(),
        texts: config.properties(&secret),
        previous_secret: config.openfire.previous_secret.clone(),
        writable_access: config.openfire.writable_security_properties,
    });
    let listening = live.clone();
    embedded.listen(Box::new(move |event| listening.hear(event)));
    let admin = Admin::new(embedded.clone(), clock, live, domain, node_name());
    admin.recall_settings().await?;
    Ok(Opened {
        admin,
        embedded,
        secret,
        installation: known,
    })
}

fn engine_settings(config: &Config) -> engine::settings::Settings {
    let (xmpp, limits) = (&config.xmpp, &config.xmpp.limits);
    let mut hosts = vec![config.server.domain.clone()];
    hosts.extend(config.server.hosts.iter().cloned());
    engine::settings::Settings {
        hosts,
        hosts_apart: xmpp.hosts_apart,
        allow_plaintext_login: xmpp.allow_plaintext_login,
        anonymous: xmpp.anonymous,
        registration: xmpp.registration,
        invitations: InvitationSettings {
            inviters: match xmpp.invitations {
                Invitations::Off => Inviters::Nobody,
                Invitations::Administrators => Inviters::Administrators,
                Invitations::Users => Inviters::Users,
            },
            lifetime: xmpp.invitation_age,
            page: Some(xmpp.invitation_url.clone()).filter(|page| !page.is_empty()),
            limits: InvitationLimits {
                at_a_time: limits.invitations.into(),
                in_a_day: limits.invitations_per_day.into(),
            },
        },
        archive: xmpp.archive != Archive::Off,
        archive_standard: match xmpp.archive {
            Archive::Everything => ArchiveStandard::Everything,
            Archive::Contacts => ArchiveStandard::Contacts,
            Archive::Nothing | Archive::Off => ArchiveStandard::Nothing,
        },
        archive_retention: ArchiveRetention {
            age: Some(xmpp.archive_age).filter(|age| !age.is_zero()),
            messages: Some(limits.archive_messages).filter(|messages| *messages > 0),
        },
        offline: xmpp.offline,
        search: xmpp.search,
        push_content: match xmpp.push_content {
            PushTold::Counts => PushContent::Counts,
            PushTold::Sender => PushContent::Sender,
            PushTold::Body => PushContent::Body,
        },
        contact_addresses: contact_addresses(xmpp),
        external_services: external_services(xmpp),
        proxy_host: xmpp.proxy_host.clone(),
        upload: upload(config),
        tokens: None,
        limits: engine::settings::Limits {
            stanza_bytes: limits.stanza,
            login_timeout: limits.login_timeout,
            idle_timeout: limits.idle_timeout,
            write_timeout: limits.write_timeout,
            resumption: limits.resumption,
            queue: limits.queue,
            queues: limits.queues,
            connections: limits.connections as usize,
            connections_per_address: limits.connections_per_address as usize,
            sessions: limits.sessions as usize,
            stanza_burst: limits.stanza_burst,
            stanza_rate: limits.stanza_rate,
            login_attempts: limits.login_attempts,
            registrations: limits.registrations,
            offline: OfflineLimits {
                messages: limits.offline_messages.into(),
                bytes: limits.offline_bytes as u64,
            },
            push_registrations: limits.push_registrations.into(),
            blocked: limits.blocked.into(),
            private_xml: PrivateLimits {
                elements: limits.private_elements.into(),
                bytes: limits.private_bytes as u64,
            },
            pubsub: PubsubLimits {
                nodes: limits.pubsub_nodes.into(),
                items: limits.pubsub_items,
                bytes: limits.pubsub_bytes as u64,
                subscriptions: limits.pubsub_subscriptions.into(),
                affiliations: limits.pubsub_affiliations.into(),
            },
            contacts: limits.contacts.into(),
            contact_groups: limits.contact_groups as usize,
            subscription_requests: limits.subscription_requests.into(),
            subscription_repetition: limits.subscription_repetition,
            directed_presences: limits.directed_presences as usize,
            rooms: limits.rooms as usize,
            room_occupants: limits.room_occupants as usize,
            room_history: limits.room_history,
            room_history_bytes: limits.room_history_bytes,
            room_presence_bytes: limits.room_presence_bytes,
            room_subject_bytes: limits.room_subject_bytes,
            proxy: ProxyLimits {
                connections: limits.proxy_connections as usize,
                connections_per_address: limits.proxy_connections_per_address as usize,
                waiting: limits.proxy_waiting,
                idle: limits.proxy_idle,
                lifetime: limits.proxy_lifetime,
            },
            room_affiliations: limits.room_affiliations.into(),
            owned_rooms: limits.owned_rooms.into(),
        },
    }
}

fn tokens(config: &Config, data_dir: &DataDir, random: &dyn Random) -> Result<Option<TokenSettings>, StartError> {
    let limits = &config.xmpp.limits;
    if limits.login_token_lifetime.is_zero() {
        return Ok(None);
    }
    Ok(Some(TokenSettings {
        key: token_key::find_or_make(data_dir, random)?,
        lifetime: limits.login_token_lifetime,
        rotation: limits.login_token_rotation,
        clients: limits.login_tokens,
    }))
}

/// Without a URL that begins with `https` there is no place that clients could be told (XEP-0363 §4).
fn upload(config: &Config) -> Option<UploadSettings> {
    let settings = &config.upload;
    let url = match (settings.url.trim_end_matches('/'), config.http.tls_listen) {
        ("", None) => return None,
        ("", Some(address)) => format!("https://{}:{}/upload", config.server.domain, address.port()),
        (url, _) => url.to_owned(),
    };
    settings.enabled.then(|| UploadSettings {
        folder: config.server.data_dir.join(upload_files::FOLDER),
        url,
        max_size: settings.max_size as u64,
        quota: Quota {
            bytes: settings.quota as u64,
            files: settings.files.into(),
        },
        age: Some(settings.age).filter(|age| !age.is_zero()),
    })
}

fn contact_addresses(xmpp: &Xmpp) -> Vec<ContactAddress> {
    let addresses = xmpp.contact_addresses.iter().map(|contact| ContactAddress {
        purpose: contact.purpose.name().to_owned(),
        address: contact.address.clone(),
    });
    addresses.collect()
}

fn external_services(xmpp: &Xmpp) -> Vec<ExternalService> {
    let secret = Some(&xmpp.turn_secret).filter(|secret| !secret.is_empty());
    let services = xmpp.external_services.iter().map(|service| ExternalService {
        kind: service.kind.name().to_owned(),
        host: service.host.clone(),
        port: service.port,
        transport: service.transport.map(|transport| transport.name().to_owned()),
        secret: secret.filter(|_| service.kind.is_restricted()).cloned(),
    });
    services.collect()
}

fn settings(config: &Config) -> Settings {
    let (storage, accounts) = (&config.storage, &config.accounts);
    Settings {
        engine: engine_settings(config),
        storage: Options {
            readers: storage.readers,
            max_group: storage.max_group as usize,
            queue: storage.write_queue as usize,
            page_cache: storage.page_cache,
        },
        accounts: accounts::Settings {
            cached_accounts: storage.cached_accounts as usize,
            scram_iterations: accounts.scram_iterations,
            hashing_queue: accounts.hashing_queue as usize,
            credential_memory: accounts.credential_memory,
            credential_memory_entries: accounts.credential_memory_size as usize,
        },
    }
}

/// The name of this machine, for the audit log.
pub fn node_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
