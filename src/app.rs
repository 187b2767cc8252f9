//! Puts the service together. Here alone the real clock and the real source of randomness are made.

use std::sync::Arc;

use jiff::Timestamp;
use rand::Rng;
use tokio_util::task::AbortOnDropHandle;

use crate::{
    config::Config,
    control::Socket,
    data_dir::DataDir,
    domain::{clock::Clock, random::Random},
    start::{self, FirstStart, Opened, Urls},
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

/// The running service.
pub struct App {
    opened: Opened,
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
        let random = random();
        let opened = start::open(config, &data_dir, clock(), Arc::clone(&random)).await?;
        let first_start = if opened.is_first_start() {
            Some(FirstStart::make(&opened, config, demo, &*random).await?)
        } else {
            None
        };
        let urls = Urls {
            plain: config.http.listen,
            tls: config.http.tls_listen,
        };
        if let Some(first_start) = first_start {
            first_start.show(&opened, config, &data_dir, &urls).await?;
        }
        let control = Socket::bind(&data_dir)?;
        let control = AbortOnDropHandle::new(tokio::spawn(control.serve(opened.admin.clone())));
        Ok(Self {
            opened,
            control,
            data_dir,
        })
    }

    /// Finishes what is in progress and closes the database.
    pub async fn stop(self) {
        drop(self.control);
        self.opened.embedded.close().await;
        tracing::info!(data_dir = %self.data_dir.path().display(), "stopped");
    }
}
