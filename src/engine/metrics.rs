//! What is measured of the XMPP server.

use super::Engine;
use crate::metrics::{Collectors, reading};

impl Engine {
    /// The metrics of the server and of its accounts.
    pub fn collectors(&self) -> Collectors {
        let engine = self.clone();
        let sessions = reading(
            "firekeeper_xmpp_sessions",
            "Sessions of clients that have bound a resource.",
            move || {
                let hosts = engine.settings().hosts.iter();
                hosts.map(|host| engine.registry().count(host) as u64).sum::<u64>()
            },
        );
        let mut collectors = self.accounts().collectors();
        collectors.push(sessions);
        collectors
    }
}
