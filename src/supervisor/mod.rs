//! What a supervisor such as systemd hands over to the service, and what it wants to hear from it: sd_listen_fds(3) and
//! sd_notify(3). Without a supervisor nothing of it happens.

mod notify;
mod sockets;

pub use notify::{Phase, feed_watchdog, tell};
pub use sockets::{PassedSocketError, Sockets};
