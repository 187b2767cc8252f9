//! The service as a whole: with whom it has to do, and how it ends.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::{Admin, AdminSession};
use crate::domain::address::{FullAddress, Host};
use crate::domain::message::Announcement;
use crate::domain::service::{AddressList, MAX_ADDRESSES, Stop};
use crate::domain::{Error, Result};

/// The end of the service that an administrator asked for.
#[derive(Debug)]
pub(super) struct Stops {
    wanted: watch::Sender<Option<Stop>>,
    /// What waits for its time.
    pending: Mutex<Option<AbortHandle>>,
}

impl Default for Stops {
    fn default() -> Self {
        Self {
            wanted: watch::Sender::new(None),
            pending: Mutex::default(),
        }
    }
}

impl Admin {
    /// Waits until an administrator wants the service to end.
    pub async fn stop_wanted(&self) -> Stop {
        let mut wanted = self.0.stops.wanted.subscribe();
        let stop = wanted.wait_for(Option::is_some).await.ok().and_then(|stop| *stop);
        match stop {
            Some(stop) => stop,
            // The sender lives as long as this.
            None => std::future::pending().await,
        }
    }
}

impl AdminSession {
    /// The addresses of a list, in their order.
    pub async fn list_service_addresses(&self, list: AddressList) -> Result<Vec<FullAddress>> {
        self.backend().list_service_addresses(list).await
    }

    /// Makes a list hold exactly these. `LimitReached` beyond [`MAX_ADDRESSES`].
    pub async fn set_service_addresses(&self, list: AddressList, addresses: Vec<FullAddress>) -> Result<()> {
        if addresses.len() > MAX_ADDRESSES {
            return Err(Error::LimitReached {
                what: "addresses of a list",
                most: MAX_ADDRESSES as u64,
            });
        }
        let name = match list {
            AddressList::Blocked => "blocked",
            AddressList::Allowed => "allowed",
        };
        let record = self.record(format!("set the {name} addresses, {} of them", addresses.len()));
        self.backend().set_service_addresses(list, addresses, record).await
    }

    /// Ends the service after `delay`, and tells everybody on `host` before if there is something to tell. A later call
    /// takes the place of one that still waits.
    pub async fn stop_service(
        &self,
        stop: Stop,
        delay: Duration,
        host: &Host,
        announcement: Option<Announcement>,
    ) -> Result<()> {
        let what = match stop {
            Stop::ShutDown => "shutdown",
            Stop::Restart => "restart",
        };
        let record = self.record(format!("ordered the {what} of the service in {} s", delay.as_secs()));
        self.backend().note(record).await?;
        if let Some(announcement) = announcement {
            self.broadcast(host, announcement).await?;
        }
        tracing::warn!(what, seconds = delay.as_secs(), "an administrator ends the service");
        let admin = self.admin.clone();
        let waiting = tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            admin.0.stops.wanted.send_replace(Some(stop));
        });
        let mut pending = self
            .admin
            .0
            .stops
            .pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = pending.replace(waiting.abort_handle()) {
            earlier.abort();
        }
        Ok(())
    }
}
