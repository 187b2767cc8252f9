//! What the parts below want to know of the configuration, in their words.

use crate::{
    backend::embedded::Settings,
    config::{Archive, Config, Invitations, PushTold, Xmpp, XmppLimits},
    domain::{
        archive::ArchiveStandard,
        invitation::{InvitationLimits, Inviters},
        offline::OfflineLimits,
        private_xml::PrivateLimits,
        pubsub::PubsubLimits,
        push::PushContent,
        upload::Quota,
    },
    engine::{
        accounts,
        settings::{
            self as engine, ArchiveRetention, ContactAddress, ExternalService, InvitationSettings, Limits, ProxyLimits,
            UploadSettings,
        },
    },
    storage::{Options, upload_files},
};

/// Those of the database, of accounts, and of the engine; without login tokens, whose key is in a file.
pub fn settings(config: &Config) -> Settings {
    let (storage, accounts) = (&config.storage, &config.accounts);
    Settings {
        engine: engine(config),
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

fn engine(config: &Config) -> engine::Settings {
    let xmpp = &config.xmpp;
    engine::Settings {
        hosts: config.server.all_hosts().cloned().collect(),
        hosts_apart: xmpp.hosts_apart,
        allow_plaintext_login: xmpp.allow_plaintext_login,
        anonymous: xmpp.anonymous,
        registration: xmpp.registration,
        invitations: invitations(xmpp),
        archive: xmpp.archive != Archive::Off,
        archive_standard: match xmpp.archive {
            Archive::Everything => ArchiveStandard::Everything,
            Archive::Contacts => ArchiveStandard::Contacts,
            Archive::Nothing | Archive::Off => ArchiveStandard::Nothing,
        },
        archive_retention: ArchiveRetention {
            age: Some(xmpp.archive_age).filter(|age| !age.is_zero()),
            messages: Some(xmpp.limits.archive_messages).filter(|messages| *messages > 0),
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
        limits: limits(&xmpp.limits),
    }
}

fn invitations(xmpp: &Xmpp) -> InvitationSettings {
    InvitationSettings {
        inviters: match xmpp.invitations {
            Invitations::Off => Inviters::Nobody,
            Invitations::Administrators => Inviters::Administrators,
            Invitations::Users => Inviters::Users,
        },
        lifetime: xmpp.invitation_age,
        page: Some(xmpp.invitation_url.clone()).filter(|page| !page.is_empty()),
        limits: InvitationLimits {
            at_a_time: xmpp.limits.invitations.into(),
            in_a_day: xmpp.limits.invitations_per_day.into(),
        },
    }
}

fn limits(limits: &XmppLimits) -> Limits {
    Limits {
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
    }
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
