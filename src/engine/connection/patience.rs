//! How long a client may take until it has bound a session: to a deadline, and not beyond the end of the service.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::engine::stream_error::StreamError;

pub struct Patience<'closing> {
    until: Instant,
    closing: &'closing CancellationToken,
}

impl<'closing> Patience<'closing> {
    pub fn new(limit: Duration, closing: &'closing CancellationToken) -> Self {
        let until = Instant::now() + limit;
        Self { until, closing }
    }

    /// What `work` comes to, or the error with which the stream of whoever took too long ends.
    pub async fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, StreamError> {
        tokio::select! {
            done = work => Ok(done),
            () = sleep_until(self.until) => Err(StreamError::ConnectionTimeout),
            () = self.closing.cancelled() => Err(StreamError::SystemShutdown),
        }
    }
}
