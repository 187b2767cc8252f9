//! A connection on its way to a session, and what its steps have in common: stream headers, TLS, elements of the client
//! (RFC 6120 §4, §5).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;

use super::Certificates;
use super::lost::Lost;
use super::socket::{self, Security, Socket};
use super::wire::Wire;
use crate::domain::address::{AccountAddress, Address, FullAddress, Host};
use crate::domain::random::alphanumeric;
use crate::engine::Engine;
use crate::engine::sasl::{Conditions, Identity, Mechanism, Offer};
use crate::engine::session::{Link, Session, Transport};
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{Element, ns};

/// Letters and digits of a stream id: nobody guesses it.
const STREAM_ID: usize = 24;

/// Why a negotiation does not go on.
#[derive(Debug)]
pub enum Stop {
    /// There is nobody to tell.
    Gone,
    /// The client closed the stream.
    Closed,
    Fault(StreamError),
}

impl From<Lost> for Stop {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Gone => Self::Gone,
            Lost::Fault(error) => Self::Fault(error),
        }
    }
}

impl From<io::Error> for Stop {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl From<StreamError> for Stop {
    fn from(error: StreamError) -> Self {
        Self::Fault(error)
    }
}

/// Who has proved to be whom, and how.
pub struct Login {
    pub bare: Address,
    pub identity: Identity,
    pub mechanism: Mechanism,
    /// How the client tells itself from others of the account, if it does.
    pub client: Option<Arc<str>>,
    pub at: Timestamp,
}

impl Login {
    /// `None`: anonymous.
    pub fn account(&self) -> Option<&AccountAddress> {
        self.identity.address()
    }
}

/// How a stream goes on behind a login.
pub enum LoggedIn {
    /// The client begins it anew.
    Anew(Login),
    /// It goes on, and no resource is bound.
    Here(Login),
    Bound(Arc<Session>, Arc<Link>),
}

/// A connection on its way to a session.
pub struct Negotiation<'engine> {
    pub engine: &'engine Engine,
    pub wire: Wire,
    pub security: Option<Security>,
    pub connected: Timestamp,
    pub peer: SocketAddr,
    /// The host that the client asked for; the primary one before it did.
    pub host: Host,
    /// Whom the client says it is, in the header of its stream.
    pub from: Option<Address>,
    /// The language of what it writes, in the same place (RFC 6120 §4.7.4).
    pub lang: Option<Box<str>>,
    /// What carries messages; `None`: it is a socket.
    pub kind: Option<Transport>,
    /// For STARTTLS, where that is possible.
    pub certificates: Option<Arc<dyn Certificates>>,
}

impl<'engine> Negotiation<'engine> {
    /// The beginning of one over a socket in clear without STARTTLS. `None`: there is no host to serve.
    pub(super) fn new(engine: &'engine Engine, wire: Wire, peer: SocketAddr, connected: Timestamp) -> Option<Self> {
        Some(Self {
            host: engine.hosts().first()?.clone(),
            engine,
            wire,
            security: None,
            connected,
            peer,
            from: None,
            lang: None,
            kind: None,
            certificates: None,
        })
    }
}

impl Negotiation<'_> {
    pub(super) fn offer(&self) -> Offer {
        let settings = self.engine.settings();
        let bindings = self.security.as_ref().map(|security| &security.bindings);
        Offer::new(&Conditions {
            tls: bindings,
            allow_plaintext_login: settings.allow_plaintext_login,
            anonymous: settings.anonymous,
            tokens: self.engine.sasl().gives_tokens(),
        })
    }

    /// RFC 6120 §5.4.2. What was sent in clear behind `<starttls/>` could have been put there by anybody.
    pub(super) async fn start_tls(&mut self) -> Result<(), Stop> {
        if self.wire.has_pending() {
            self.wire.send(&Element::new("failure", ns::TLS)).await?;
            return Err(Stop::Closed);
        }
        self.wire.send(&Element::new("proceed", ns::TLS)).await?;
        let (Socket::Tcp(socket), Some(certificates)) = (self.wire.take_socket(), &self.certificates) else {
            return Err(Stop::Gone);
        };
        let (socket, security) = socket::accept_tls(socket, &**certificates, Some(self.host.as_str())).await?;
        self.wire = Wire::of_socket(socket, self.engine.settings().limits.before_login());
        self.security = Some(security);
        Ok(())
    }

    /// Reads and checks the header of a stream (RFC 6120 §4.7).
    pub(super) async fn header(&mut self) -> Result<(), Stop> {
        // Also a header that is refused is answered to whom it names.
        self.from = None;
        let header = self.wire.header().await?;
        let head = &header.element;
        let from = head.attr("from").and_then(|from| FullAddress::parse(from).ok());
        self.from = from.map(|from| from.bare);
        if head.ns() != ns::STREAM {
            return Err(StreamError::InvalidNamespace.into());
        }
        if head.name() != "stream" {
            return Err(StreamError::BadFormat.into());
        }
        if header.prefix.is_none() && self.kind.is_none() {
            return Err(StreamError::BadNamespacePrefix.into());
        }
        if header.content_ns.as_str() != ns::JABBER_CLIENT {
            return Err(StreamError::InvalidNamespace.into());
        }
        self.lang = head.lang().filter(|lang| is_language(lang)).map(Into::into);
        if let Some(to) = head.attr("to") {
            let asked = Host::prepare(to).ok();
            let known = asked.and_then(|asked| self.engine.hosts().iter().find(|host| **host == asked));
            self.host = known.ok_or(StreamError::HostUnknown)?.clone();
        } else if self.engine.hosts().len() > 1 {
            return Err(StreamError::HostUnknown.into());
        }
        let major = head.attr("version").and_then(|version| version.split('.').next());
        match major.and_then(|major| major.parse::<u32>().ok()) {
            Some(1..) => Ok(()),
            _ => Err(StreamError::UnsupportedVersion.into()),
        }
    }

    /// Answers the header that was read last.
    pub(super) async fn open(&mut self, features: &Element) -> Result<(), Stop> {
        let id = alphanumeric(self.engine.random(), STREAM_ID);
        Ok(self.wire.open(&self.host, self.from.as_ref(), &id, features).await?)
    }

    /// The next element of the client.
    pub async fn element(&mut self) -> Result<Element, Stop> {
        let element = self.wire.element().await?;
        // Whoever reports an error has closed its stream (RFC 6120 §4.9.1.1).
        element
            .filter(|element| !element.is("error", ns::STREAM))
            .ok_or(Stop::Closed)
    }

    /// Tells the client why it does not go on.
    pub(super) async fn stop(&mut self, stop: Stop) {
        let id = alphanumeric(self.engine.random(), STREAM_ID);
        let told = match stop {
            Stop::Gone => return,
            Stop::Closed => self.wire.close().await,
            Stop::Fault(error) => self.wire.fail(&self.host, self.from.as_ref(), &id, error).await,
        };
        if told.is_ok() {
            self.wire.wait_for_end().await;
        }
    }
}

/// Whether it looks like the tag of a language (RFC 6120 §4.7.4): stanzas are stamped with nothing else.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}
