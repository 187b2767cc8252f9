//! Who calls, through which door, and how far their authority reaches.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::domain::address::AccountAddress;

/// How far a caller's authority reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// Everything on this server.
    Server,
}

/// Through which door a call came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// An HTTP API: its name, the method and route (never the query), and the client's address.
    Http {
        api: &'static str,
        method: &'static str,
        route: &'static str,
        peer: Option<IpAddr>,
    },
    /// A client of the administrator, and the command that it runs.
    Xmpp {
        command: String,
    },
    CommandLine,
    /// The service itself at its start.
    Start,
    /// The making of a demonstration's data; its changes are not logged.
    Demonstration,
}

/// An authenticated caller. Making one is the proof that credentials were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    name: Cow<'static, str>,
    door: Door,
    authority: Authority,
}

impl Caller {
    /// An administrator who proved who they are with the account's password.
    pub fn administrator(account: &AccountAddress, door: Door) -> Self {
        Self::with_name(account.localpart().as_str().to_owned(), door)
    }

    /// Whoever knows the shared secret.
    pub fn shared_secret(door: Door) -> Self {
        Self::with_name("(shared secret)", door)
    }

    /// The operating system's user who runs a command on the data directory.
    pub fn operator(user: impl Into<String>) -> Self {
        Self::with_name(user.into(), Door::CommandLine)
    }

    /// The service itself, at its first start.
    pub fn start() -> Self {
        Self::with_name("(start)", Door::Start)
    }

    /// The making of a demonstration's data.
    pub fn demonstration() -> Self {
        Self::with_name("(demonstration)", Door::Demonstration)
    }

    fn with_name(name: impl Into<Cow<'static, str>>, door: Door) -> Self {
        Self {
            name: name.into(),
            door,
            authority: Authority::Server,
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn authority(&self) -> Authority {
        self.authority
    }

    pub(super) fn is_audited(&self) -> bool {
        self.door != Door::Demonstration
    }

    /// Door and address for the audit log; never a secret.
    pub(super) fn details(&self) -> Option<String> {
        match &self.door {
            Door::Http {
                api,
                method,
                route,
                peer,
            } => Some(match peer {
                Some(peer) => format!("{api}: {method} {route} from {peer}"),
                None => format!("{api}: {method} {route}"),
            }),
            Door::Xmpp { command } => Some(format!("XMPP: {command}")),
            Door::CommandLine => Some("command line".to_owned()),
            Door::Start => Some("first start".to_owned()),
            Door::Demonstration => None,
        }
    }
}
