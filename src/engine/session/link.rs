//! The hold of one connection on a session. A session has one at a time, or none while it waits to be resumed.

use std::sync::OnceLock;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::outgoing::Ending;

#[derive(Debug, Default)]
pub struct Link {
    /// How the connection ends, once the session has gone on without it.
    ending: OnceLock<Ending>,
    wake: Notify,
    cut: CancellationToken,
    drained: CancellationToken,
}

impl Link {
    /// Ends the connection, not the session. The first ending counts.
    pub(super) fn cut(&self, ending: Ending) {
        let _the_first_counts = self.ending.set(ending);
        self.stop();
    }

    /// Lets nothing more be read; what is queued is still written.
    pub(super) fn stop(&self) {
        self.cut.cancel();
        self.wake.notify_one();
    }

    pub(super) fn ending(&self) -> Option<Ending> {
        self.ending.get().copied()
    }

    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Waits until nothing more may be read.
    pub async fn stopped(&self) {
        self.cut.cancelled().await;
    }

    /// All that was read has taken effect.
    pub fn set_drained(&self) {
        self.drained.cancel();
    }

    pub async fn drained(&self) {
        self.drained.cancelled().await;
    }
}
