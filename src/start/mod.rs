//! What happens between the lock on the data directory and the first listener: the database is opened and belongs to
//! the configured domain, and what the very first start makes is made. Commands that run without the service come
//! through `open` too; they leave the first start to the service.

mod demonstration;
mod first_start;
mod login_tokens;
mod settings;
mod welcome;

use std::{path::PathBuf, sync::Arc};

use crate::{
    admin::{Admin, ConfiguredSettings, LiveSettings},
    backend::embedded::{Embedded, OpenError},
    config::Config,
    data_dir::DataDir,
    domain::{
        Error,
        address::Host,
        clock::{Clock, now_in_milliseconds},
        random::{Random, alphanumeric},
        secret::Secret,
    },
    storage::installation::{self, Installation},
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
    let mut settings = settings::settings(config);
    settings.engine.tokens = login_tokens::settings(config, data_dir, &*random)?;
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
    let mut hosts: Vec<_> = config.server.all_hosts().cloned().collect();
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

/// The name of this machine, for the audit log.
pub fn node_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
