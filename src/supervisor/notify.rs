//! Telling the supervisor what the service does.

use std::{io, time::Duration};

use sd_notify::NotifyState;

/// What the service begins to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Ready,
    Reloading,
    Stopping,
}

/// Tells the supervisor, if there is one. That it cannot be told is no reason to stop.
pub fn tell(phase: Phase) {
    let told = match phase {
        Phase::Ready => sd_notify::notify(&[NotifyState::Ready]),
        Phase::Reloading => reloading(),
        Phase::Stopping => sd_notify::notify(&[NotifyState::Stopping]),
    };
    if let Err(cause) = told {
        tracing::warn!(%cause, ?phase, "the supervisor was not told");
    }
}

/// The supervisor matches the time with that of its request.
fn reloading() -> io::Result<()> {
    sd_notify::notify(&[NotifyState::Reloading, NotifyState::monotonic_usec_now()?])
}

/// Gives the supervisor's watchdog a sign of life while `is_alive`, so that it restarts a service that only a restart
/// cures. Never ends, unless no watchdog asks.
pub async fn feed_watchdog(is_alive: impl Fn() -> bool) {
    let Some(patience) = sd_notify::watchdog_enabled().filter(|patience| !patience.is_zero()) else {
        return;
    };
    let mut ticks = tokio::time::interval((patience / 3).max(Duration::from_millis(1)));
    loop {
        ticks.tick().await;
        if !is_alive() {
            continue;
        }
        if let Err(cause) = sd_notify::notify(&[NotifyState::Watchdog]) {
            tracing::warn!(%cause, "the watchdog of the supervisor was not told");
        }
    }
}
