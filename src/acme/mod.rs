//! Certificates from an authority that speaks ACME (RFC 8555), by the challenge http-01: ordered in the background when
//! there is none, and again when two thirds of its time have passed. Until the first has come, a self-signed one serves.

mod account;
mod challenges;
mod order;
mod stored;

use std::{cmp, io, path::PathBuf, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::{sync::Notify, time};

pub use challenges::Challenges;
use stored::{Issued, Stored};

use crate::{
    certificates::{Certificates, TlsError, Validity},
    data_dir::DataDir,
    domain::clock::Clock,
};

/// After the first failure; each further one doubles it. Authorities allow few failures an hour.
const FIRST_PAUSE: Duration = Duration::from_mins(2);
const LONGEST_PAUSE: Duration = Duration::from_hours(6);
/// One order, from the account to the certificate.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long the clock of the system is not looked at, which may be set meanwhile.
const LOOK_INTERVAL: Duration = Duration::from_hours(1);

/// What is ordered where.
#[derive(Clone, Debug)]
pub struct Settings {
    /// URL of the authority's directory.
    pub directory: String,
    /// An e-mail address for the authority.
    pub contact: Option<String>,
    /// Names in the certificate, in ASCII.
    pub domains: Vec<String>,
    /// A PEM file with the root of the authority's own certificate; without it those of the system count.
    pub root: Option<PathBuf>,
}

/// The certificate of the service, kept valid.
pub struct Acme {
    settings: Settings,
    stored: Stored,
    challenges: Challenges,
    clock: Arc<dyn Clock>,
    wish: Notify,
}

/// Why there is no new certificate.
#[derive(Debug, thiserror::Error)]
pub enum AcmeError {
    #[error("{0}")]
    Protocol(#[from] instant_acme::Error),
    #[error("the authority does not believe that {domain} is here: {reason}")]
    Refused { domain: String, reason: String },
    #[error("the authority offers no http-01 challenge for {domain}")]
    NoChallenge { domain: String },
    #[error("the authority took more than {} s", PATIENCE.as_secs())]
    Slow,
    #[error("the authority answered with something else than a certificate")]
    NoCertificate,
    #[error("the request for a certificate cannot be made: {0}")]
    Request(#[from] rcgen::Error),
    #[error("cannot use {}: {cause}", path.display())]
    File { path: PathBuf, cause: io::Error },
    #[error("cannot read {}: {cause}; remove it, and a new account is made", path.display())]
    Account { path: PathBuf, cause: serde_json::Error },
    #[error("the certificate cannot be used: {0}")]
    Tls(#[from] TlsError),
    #[error("interrupted")]
    Interrupted,
}

impl Acme {
    /// Keeps its account and its certificate in `acme` of the data directory, which is made. Blocks on the file system.
    pub fn open(settings: Settings, data_dir: &DataDir, clock: Arc<dyn Clock>) -> Result<Self, AcmeError> {
        Ok(Self {
            stored: Stored::open(data_dir.path().join("acme"))?,
            settings,
            challenges: Challenges::default(),
            clock,
            wish: Notify::new(),
        })
    }

    /// The certificate that was stored, or a self-signed one. Blocks on the file system.
    pub fn certificates(&self) -> Result<Certificates, TlsError> {
        Certificates::in_one_file(&self.stored.certificate(), &self.settings.domains)
    }

    /// What is answered to the authority.
    pub fn challenges(&self) -> &Challenges {
        &self.challenges
    }

    /// Tries again at once what waits after a failure.
    pub fn hurry(&self) {
        self.wish.notify_one();
    }

    /// Orders certificates when they are due and puts them in the place of the one in use. Never ends.
    pub async fn keep(self: Arc<Self>, certificates: Certificates) {
        let mut pause = FIRST_PAUSE;
        loop {
            if let Some(wait) = self.wait().await {
                let _ = time::timeout(wait, self.wish.notified()).await;
                continue;
            }
            match self.renew(&certificates).await {
                Ok(validity) => {
                    tracing::info!(domains = ?self.settings.domains, until = %validity.not_after, "a new certificate is in use");
                    pause = FIRST_PAUSE;
                    // An authority whose certificates are due when they come is not asked all the time.
                    time::sleep(lifetime(&validity) / 6).await;
                }
                Err(error) => {
                    tracing::error!(
                        %error,
                        directory = self.settings.directory,
                        again_in_seconds = pause.as_secs(),
                        "no new certificate; the one in use stays"
                    );
                    let _ = time::timeout(pause, self.wish.notified()).await;
                    pause = cmp::min(pause * 2, LONGEST_PAUSE);
                }
            }
        }
    }

    /// How long nothing is to be done; `None`: a certificate is due.
    async fn wait(&self) -> Option<Duration> {
        let wanted = Issued::by(&self.settings);
        let stored = self.stored.clone();
        let found = tokio::task::spawn_blocking(move || stored.validity(&wanted)).await;
        let due = renewal(&found.ok().flatten()?);
        let left = due.duration_since(self.clock.now());
        Duration::try_from(left)
            .ok()
            .filter(|left| !left.is_zero())
            .map(|left| cmp::min(left, LOOK_INTERVAL))
    }

    async fn renew(&self, certificates: &Certificates) -> Result<Validity, AcmeError> {
        let ordering = time::timeout(PATIENCE, self.order());
        let bundle = ordering.await.map_err(|_| AcmeError::Slow)??;
        let (stored, issued, certificates) = (self.stored.clone(), Issued::by(&self.settings), certificates.clone());
        let storing = tokio::task::spawn_blocking(move || {
            let validity = stored.replace(&bundle, &issued)?;
            certificates.reload()?;
            Ok(validity)
        });
        storing.await.map_err(|_| AcmeError::Interrupted)?
    }
}

fn lifetime(validity: &Validity) -> Duration {
    Duration::try_from(validity.not_after.duration_since(validity.not_before)).unwrap_or_default()
}

/// When two thirds have passed.
fn renewal(validity: &Validity) -> Timestamp {
    let two_thirds = SignedDuration::try_from(lifetime(validity) / 3 * 2).unwrap_or_default();
    validity
        .not_before
        .checked_add(two_thirds)
        .unwrap_or(validity.not_after)
}
