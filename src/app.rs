//! Puts the service together. Here alone the real clock and the real source of randomness are made.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;

use crate::{
    acme::{self, Acme},
    admin::{Admin, Listener, Login},
    api::{
        self, Api,
        adhoc::Adhoc,
        metrics::Routes,
        openfire::{self, Openfire},
        userservice::Userservice,
    },
    certificates::Certificates,
    config::{Config, Invitations, JsonProfile},
    control::Socket,
    data_dir::DataDir,
    domain::{address::Host, clock::Clock, health::ConnectionType, random::Random, service::Stop},
    exchange_dir::ExchangeDir,
    listeners::{AcmeBound, Doorway, HostCertificates, HttpBound, Listeners, XmppBound, XmppListeners},
    metrics::Metrics,
    start::{self, FirstStart, Opened},
    supervisor::{self, Sockets},
    transport::Transport,
};

struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that is passed in everywhere else"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the randomness that is passed in everywhere else"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

pub fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

pub fn random() -> Arc<dyn Random> {
    Arc::new(SystemRandom)
}

/// Settings in whose place the supervisor may pass a socket.
pub const PASSABLE: [&str; 6] = [
    "http.listen",
    "http.tls_listen",
    "acme.listen",
    "xmpp.listen",
    "xmpp.tls_listen",
    "xmpp.proxy_listen",
];

/// How often the files of certificates are looked at.
const CERTIFICATE_INTERVAL: Duration = Duration::from_secs(10);

/// How long the database may take to open before probes are answered without it. Who finds the service alive should find
/// it ready as well, so an ordinary start is waited for.
const OPENING_PATIENCE: Duration = Duration::from_secs(3);

/// The HTTP listeners while the database is opened.
enum Early {
    Bound(HttpBound),
    Serving(Listeners),
}

/// The running service.
pub struct App {
    opened: Opened,
    http: Listeners,
    xmpp: XmppListeners,
    transport: Transport,
    certificates: Certificates,
    host_certificates: HostCertificates,
    /// The certificate authority, and what answers it.
    acme: Option<(Arc<Acme>, Listeners)>,
    background: Vec<AbortOnDropHandle<()>>,
    drain_delay: Duration,
    control: AbortOnDropHandle<()>,
    /// Last: the lock goes after everything else.
    data_dir: DataDir,
}

impl App {
    /// Starts everything, in the order in which it may fail.
    pub async fn start(config: &Config, demo: bool) -> anyhow::Result<Self> {
        let data_dir = DataDir::open(&config.server.data_dir)?;
        if demo {
            start::claim(&data_dir)?;
        }
        let acme = acme(config, &data_dir)?;
        let certificates = match &acme {
            Some(acme) => acme.certificates()?,
            None => certificates(config, &data_dir)?,
        };
        let host_certificates = HostCertificates::read(&config.xmpp, &certificates)?;
        let mut sockets = Sockets::inherited()?;
        let bound = HttpBound::bind(&config.http, &mut sockets)?;
        let xmpp = XmppBound::bind(&config.xmpp, &mut sockets)?;
        let challenged = AcmeBound::bind(&config.acme, &mut sockets)?;
        sockets.expect_empty(&PASSABLE)?;
        let (urls, connections) = (bound.urls().clone(), bound.collectors());
        let random = random();
        let doorway = Doorway::default();
        let opening = open(config, &data_dir, Arc::clone(&random), bound, &doorway, &certificates);
        let (opened, early) = opening.await?;
        if opened.is_first_start() {
            let made = FirstStart::make(&opened, config, demo, &*random).await?;
            made.show(&opened, config, &data_dir, &urls).await?;
        }
        let control = Socket::bind(&data_dir)?;
        let exchange = ExchangeDir::new(&config.server.exchange_dir);
        let control = AbortOnDropHandle::new(tokio::spawn(control.serve(opened.admin.clone(), exchange)));
        // Before the first request can be answered: who finds the service alive must find it ready as well.
        opened.admin.health().start();
        let metrics = Metrics::of_process();
        let api = api(config, &opened.admin, &metrics);
        for collectors in [
            api.collectors(),
            connections,
            opened.embedded.collectors(),
            opened.admin.collectors(),
            host_certificates.collectors(),
        ] {
            metrics.register(collectors);
        }
        opened.embedded.engine().offer(Arc::new(Adhoc::new(
            opened.admin.clone(),
            config.xmpp.invitations != Invitations::Off,
        )));
        let transport = Transport::new(opened.embedded.engine(), config.http.trusted_proxies.clone());
        doorway.open(api, transport.clone());
        let http = match early {
            Early::Bound(bound) => bound.serve(&doorway, &certificates),
            Early::Serving(listeners) => listeners,
        };
        let xmpp = xmpp.serve(opened.embedded.engine(), host_certificates.clone());
        expect(&opened.admin, &http, &xmpp);
        let mut background = background(config, &opened, &certificates, &host_certificates);
        let acme = acme.map(|acme| {
            background.push(tokio::spawn(Arc::clone(&acme).keep(certificates.clone())));
            let listeners = challenged.serve(acme.challenges(), &config.http.limits);
            (acme, listeners)
        });
        Ok(Self {
            opened,
            http,
            xmpp,
            transport,
            certificates,
            host_certificates,
            acme,
            background: background.into_iter().map(AbortOnDropHandle::new).collect(),
            drain_delay: config.http.drain_delay,
            control,
            data_dir,
        })
    }

    /// Reads the certificates of every listener again, or asks the authority again if that failed.
    pub async fn reload(&self) {
        if let Some((acme, _)) = &self.acme {
            acme.hurry();
        }
        let all: Vec<_> = std::iter::once(&self.certificates)
            .chain(self.host_certificates.of_hosts())
            .cloned()
            .collect();
        match tokio::task::spawn_blocking(move || all.iter().try_for_each(Certificates::reload)).await {
            Ok(Ok(())) => tracing::info!("certificates read again"),
            Ok(Err(error)) => tracing::error!(%error, "the certificate in use stays"),
            Err(error) => tracing::error!(%error, "the certificates were not read again"),
        }
    }

    /// Waits until an administrator wants the service to end.
    pub async fn stop_wanted(&self) -> Stop {
        self.opened.admin.stop_wanted().await
    }

    /// Finishes what is in progress and closes the database.
    pub async fn stop(self) {
        self.opened.admin.health().drain();
        tokio::time::sleep(self.drain_delay).await;
        self.http.close().await;
        self.xmpp.close().await;
        self.transport.close().await;
        if let Some((_, listeners)) = self.acme {
            listeners.close().await;
        }
        drop((self.control, self.background));
        self.opened.embedded.close().await;
        tracing::info!(data_dir = %self.data_dir.path().display(), "stopped");
    }
}

/// Opens the database, and answers probes meanwhile if that takes long.
async fn open(
    config: &Config,
    data_dir: &DataDir,
    random: Arc<dyn Random>,
    bound: HttpBound,
    doorway: &Doorway,
    certificates: &Certificates,
) -> anyhow::Result<(Opened, Early)> {
    let mut opening = pin!(start::open(config, data_dir, clock(), random));
    if let Ok(opened) = tokio::time::timeout(OPENING_PATIENCE, &mut opening).await {
        return Ok((opened?, Early::Bound(bound)));
    }
    tracing::info!("the database takes long to open: only probes are answered until then");
    let listeners = bound.serve(doorway, certificates);
    Ok((opening.await?, Early::Serving(listeners)))
}

/// Lets the probes look at every listener.
fn expect(admin: &Admin, http: &Listeners, xmpp: &XmppListeners) {
    let web_admin = http.addresses().map(|listener| (ConnectionType::WebAdmin, listener));
    let clients = xmpp.addresses().map(|listener| (ConnectionType::SocketC2s, listener));
    for (connection_type, (address, encrypted)) in web_admin.chain(clients) {
        admin.health().expect(Listener {
            connection_type,
            encrypted,
            address,
        });
    }
}

/// What runs beside the listeners until the end.
fn background(
    config: &Config,
    opened: &Opened,
    certificates: &Certificates,
    host_certificates: &HostCertificates,
) -> Vec<JoinHandle<()>> {
    let (admin, engine) = (&opened.admin, opened.embedded.engine());
    let health = admin.health().clone();
    let mut tasks = vec![
        tokio::spawn(admin.clone().watch_health()),
        tokio::spawn(admin.clone().enforce_audit_retention(config.audit.retention)),
        tokio::spawn(opened.embedded.store().clone().clear_leftovers()),
        tokio::spawn(engine.clone().keep_archives_small()),
        tokio::spawn(engine.clone().keep_uploads_few()),
        tokio::spawn(engine.clone().remove_expired_invitations()),
        tokio::spawn(supervisor::feed_watchdog(move || !health.is_deadlocked())),
    ];
    for certificates in std::iter::once(certificates).chain(host_certificates.of_hosts()) {
        tasks.push(tokio::spawn(certificates.clone().watch(CERTIFICATE_INTERVAL)));
    }
    tasks
}

/// The dialects over `admin`.
fn api(config: &Config, admin: &Admin, metrics: &Metrics) -> Api {
    let window = SignedDuration::try_from(config.accounts.wrong_passwords_window).unwrap_or(SignedDuration::MAX);
    let login = Login::new(admin.clone(), config.accounts.wrong_passwords, window);
    let openfire = openfire::Settings {
        json_profile: match config.openfire.json_profile {
            JsonProfile::Modern => openfire::negotiate::JsonProfile::Modern,
            JsonProfile::Legacy => openfire::negotiate::JsonProfile::Legacy,
        },
        strictness: if config.openfire.strict_json {
            openfire::input::Strictness::Strict
        } else {
            openfire::input::Strictness::Generous
        },
        max_body: config.http.limits.max_body,
    };
    let settings = api::Settings {
        trusted_proxies: config.http.trusted_proxies.clone(),
        max_head: config.http.limits.max_head,
        access_log: config.log.access,
        request_ids: config.http.request_ids,
    };
    let userservice = Userservice::new(admin.clone(), config.userservice.enabled, config.http.limits.max_body);
    let mut routes = Routes::default();
    let openfire = Openfire::new(admin.clone(), login, openfire, &mut routes);
    Api::new(settings, openfire, userservice, random(), routes, metrics.clone())
}

fn acme(config: &Config, data_dir: &DataDir) -> anyhow::Result<Option<Arc<Acme>>> {
    let configured = &config.acme;
    if !configured.is_on() {
        return Ok(None);
    }
    let domains: Vec<_> = match &configured.domains[..] {
        [] => config.server.all_hosts().map(ascii).collect(),
        domains => domains.iter().map(ascii).collect(),
    };
    let settings = acme::Settings {
        directory: configured.directory.clone(),
        contact: Some(configured.contact.clone()).filter(|contact| !contact.is_empty()),
        domains,
        root: configured.root_certificate.clone(),
    };
    let acme = Acme::open(settings, data_dir, clock()).context("acme")?;
    Ok(Some(Arc::new(acme)))
}

/// The form of a domain in certificates.
fn ascii(host: &Host) -> String {
    idna::domain_to_ascii(host.as_str()).unwrap_or_else(|_| host.to_string())
}

fn certificates(config: &Config, data_dir: &DataDir) -> anyhow::Result<Certificates> {
    if let (Some(certificate), Some(key)) = (&config.http.certificate, &config.http.key) {
        return Ok(Certificates::read(certificate, key)?);
    }
    let hosts: Vec<String> = config.server.all_hosts().map(ToString::to_string).collect();
    Ok(Certificates::self_signed(data_dir.path(), &hosts)?)
}
