//! From an accepted connection to a bound session: stream headers, TLS, login, binding (RFC 6120 §4-§7).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::conversation::Attempts;
use super::features::{self, Registration, Starttls};
use super::patience::Patience;
use super::registration::Newcomer;
use super::socket::{self, Security, Socket};
use super::wire::{Lost, Wire};
use super::{Accepted, AcceptedMessages, Certificates, binding, inline_login, login};
use crate::domain::address::{AccountAddress, Address, FullAddress, Host};
use crate::domain::random::alphanumeric;
use crate::engine::Engine;
use crate::engine::sasl::{ChannelBindings, Conditions, Mechanism, Offer};
use crate::engine::session::{Link, Session, Transport};
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{Element, StreamHeader, ns};

/// Letters and digits of a stream id: nobody guesses it.
const STREAM_ID: usize = 24;

/// How long a client that is let go may take to hear why.
const FAREWELL: Duration = Duration::from_secs(1);

/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

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
    /// `None`: anonymous.
    pub account: Option<AccountAddress>,
    pub mechanism: Mechanism,
    /// How the client tells itself from others of the account, if it does.
    pub client: Option<Arc<str>>,
    pub at: Timestamp,
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
    lang: Option<Box<str>>,
    /// What carries messages; `None`: it is a socket.
    pub kind: Option<Transport>,
    /// For STARTTLS, where that is possible.
    certificates: Option<Arc<dyn Certificates>>,
}

/// Negotiates until a session is bound. `None`: the connection has been closed, the client was told why.
pub async fn negotiate(
    engine: &Engine,
    accepted: Accepted,
    connected: Timestamp,
    patience: &Patience<'_>,
) -> Option<(Wire, Arc<Session>, Arc<Link>)> {
    let secured = secure(accepted.socket, accepted.direct_tls, &*accepted.certificates);
    let (socket, security) = patience.wait(secured).await.ok()?.ok()?;
    let negotiation = Negotiation {
        wire: Wire::of_socket(socket, engine.settings().limits.before_login()),
        security,
        connected,
        peer: accepted.peer,
        host: engine.hosts().first()?.clone(),
        from: None,
        lang: None,
        kind: None,
        certificates: Some(accepted.certificates),
        engine,
    };
    finish(negotiation, patience).await
}

/// Does the handshake of TLS where the client begins with one, or has to.
async fn secure(
    socket: TcpStream,
    direct_tls: bool,
    certificates: &dyn Certificates,
) -> io::Result<(Socket, Option<Security>)> {
    if direct_tls || begins_tls(&socket).await {
        let (socket, security) = socket::accept_tls(socket, certificates, None).await?;
        return Ok((socket, Some(security)));
    }
    Ok((Socket::Tcp(socket), None))
}

/// The same for a stream that comes as messages. TLS binds no login there: it may end anywhere before this server.
pub async fn negotiate_messages(
    engine: &Engine,
    wire: Wire,
    accepted: &AcceptedMessages,
    connected: Timestamp,
    patience: &Patience<'_>,
) -> Option<(Wire, Arc<Session>, Arc<Link>)> {
    let security = accepted.is_secure.then(|| Security {
        version: "TLS",
        bindings: ChannelBindings::default(),
    });
    let negotiation = Negotiation {
        wire,
        security,
        connected,
        peer: accepted.peer,
        host: engine.hosts().first()?.clone(),
        from: None,
        lang: None,
        kind: Some(accepted.kind),
        certificates: None,
        engine,
    };
    finish(negotiation, patience).await
}

async fn finish(mut negotiation: Negotiation<'_>, patience: &Patience<'_>) -> Option<(Wire, Arc<Session>, Arc<Link>)> {
    let run = patience.wait(negotiation.run()).await;
    match run.unwrap_or_else(|error| Err(error.into())) {
        Ok((session, link)) => {
            session.state().lang = negotiation.lang;
            Some((negotiation.wire, session, link))
        }
        Err(stop) => {
            let _told_or_not = timeout(FAREWELL, negotiation.stop(stop)).await;
            None
        }
    }
}

async fn begins_tls(socket: &TcpStream) -> bool {
    let mut first = [0];
    matches!(socket.peek(&mut first).await, Ok(1) if first[0] == TLS_HANDSHAKE)
}

impl Negotiation<'_> {
    async fn run(&mut self) -> Result<(Arc<Session>, Arc<Link>), Stop> {
        let login = match self.log_in().await? {
            LoggedIn::Anew(login) => {
                self.wire.restart();
                let header = self.header().await?;
                self.check_still(&login)?;
                let features = features::after_login(self.engine);
                self.open(&header, &features).await?;
                login
            }
            LoggedIn::Here(login) => login,
            LoggedIn::Bound(session, link) => return Ok((session, link)),
        };
        binding::bind(self, login).await
    }

    /// Whoever logged in does not become somebody else, nor goes to another host, by the header of his next stream.
    fn check_still(&self, login: &Login) -> Result<(), StreamError> {
        if login.bare.host() != self.host.as_str() {
            return Err(StreamError::HostUnknown);
        }
        // RFC 6120 §4.9.3.9
        if login.account.is_some() && self.from.as_ref().is_some_and(|from| *from != login.bare) {
            return Err(StreamError::InvalidFrom);
        }
        Ok(())
    }

    /// Until the client has proved who it is; each STARTTLS begins anew.
    async fn log_in(&mut self) -> Result<LoggedIn, Stop> {
        let mut attempts = Attempts::default();
        loop {
            let header = self.header().await?;
            let offer = self.offer();
            let starttls = match (&self.security, self.engine.settings().allow_plaintext_login) {
                _ if self.kind.is_some() => Starttls::Impossible,
                (Some(_), _) => Starttls::Impossible,
                (None, true) => Starttls::Optional,
                (None, false) => Starttls::Required,
            };
            // A password is not sent in clear where none may be used in clear.
            let is_safe = !offer.mechanisms().is_empty();
            let mut newcomer = Newcomer::new(Registration {
                open: is_safe && self.engine.settings().registration,
                by_token: is_safe && self.engine.takes_invitations(),
            });
            let features = features::before_login(&offer, starttls, newcomer.registration);
            self.open(&header, &features).await?;
            loop {
                let element = self.element().await?;
                if element.is("starttls", ns::TLS) && starttls != Starttls::Impossible {
                    self.start_tls().await?;
                    break;
                }
                if newcomer.registration.is_possible() && element.is("iq", ns::JABBER_CLIENT) {
                    newcomer.serve(self, element).await?;
                    continue;
                }
                match element.ns() {
                    ns::SASL => {
                        let outcome = login::log_in(self, &offer, &element).await?;
                        if let Some(proven) = attempts.settle(self, ns::SASL, outcome).await? {
                            return Ok(LoggedIn::Anew(login::welcome(self, proven).await?));
                        }
                    }
                    ns::SASL2 => {
                        let outcome = inline_login::log_in(self, &offer, element).await?;
                        if let Some((proven, wanted)) = attempts.settle(self, ns::SASL2, outcome).await? {
                            return inline_login::welcome(self, proven, wanted).await;
                        }
                    }
                    // Nothing else is served before the login (RFC 6120 §4.9.3.12).
                    _ => return Err(StreamError::NotAuthorized.into()),
                }
            }
        }
    }

    fn offer(&self) -> Offer {
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
    async fn start_tls(&mut self) -> Result<(), Stop> {
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
    async fn header(&mut self) -> Result<StreamHeader, Stop> {
        let header = self.wire.header().await?;
        let head = &header.element;
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
        self.lang = head.lang().map(Into::into);
        if let Some(to) = head.attr("to") {
            let asked = Host::prepare(to).ok();
            let known = asked.and_then(|asked| self.engine.hosts().iter().find(|host| **host == asked));
            self.host = known.ok_or(StreamError::HostUnknown)?.clone();
        } else if self.engine.hosts().len() > 1 {
            return Err(StreamError::HostUnknown.into());
        }
        let from = head.attr("from").and_then(|from| FullAddress::parse(from).ok());
        self.from = from.map(|from| from.bare);
        let major = head.attr("version").and_then(|version| version.split('.').next());
        match major.and_then(|major| major.parse::<u32>().ok()) {
            Some(1..) => Ok(header),
            _ => Err(StreamError::UnsupportedVersion.into()),
        }
    }

    async fn open(&mut self, header: &StreamHeader, features: &Element) -> Result<(), Stop> {
        let to = header
            .element
            .attr("from")
            .and_then(|from| FullAddress::parse(from).ok());
        let id = alphanumeric(self.engine.random(), STREAM_ID);
        Ok(self.wire.open(&self.host, to.as_ref(), &id, features).await?)
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
    async fn stop(&mut self, stop: Stop) {
        let id = alphanumeric(self.engine.random(), STREAM_ID);
        let _nobody_is_left_to_be_told = match stop {
            Stop::Gone => Ok(()),
            Stop::Closed => self.wire.close().await,
            Stop::Fault(error) => self.wire.fail(&self.host, &id, error).await,
        };
    }
}
