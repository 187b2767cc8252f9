//! What tells whether the service is well.

/// What the writer of the database has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterState {
    /// Its thread is running.
    pub alive: bool,
    /// The last change could not be stored (disk full, read-only, I/O error), and none has been since.
    pub failing: bool,
    /// Groups of changes that were finished; does not move while the writer is stuck.
    pub finished: u64,
}

/// The kinds of connections that Openfire's probes tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionType {
    /// Other servers.
    SocketS2s,
    /// XMPP clients over TCP.
    SocketC2s,
    /// XMPP clients over HTTP.
    BoshC2s,
    /// HTTP administration.
    WebAdmin,
    Component,
    ConnectionManager,
}

impl ConnectionType {
    const NAMES: [(Self, &str); 6] = [
        (Self::SocketS2s, "SOCKET_S2S"),
        (Self::SocketC2s, "SOCKET_C2S"),
        (Self::BoshC2s, "BOSH_C2S"),
        (Self::WebAdmin, "WEBADMIN"),
        (Self::Component, "COMPONENT"),
        (Self::ConnectionManager, "CONNECTION_MANAGER"),
    ];

    /// Exactly one of the names, in capitals.
    pub fn from_name(name: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(_, known)| *known == name);
        found.map(|(kind, _)| *kind)
    }
}
