//! From an accepted connection to a bound session: TLS, login, binding, each with what the client has to hear in between
//! (RFC 6120 §4-§7).

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::conversation::Attempts;
use super::features::{self, Registration, Starttls};
use super::negotiation::{LoggedIn, Login, Negotiation, Stop};
use super::patience::Patience;
use super::registration::Newcomer;
use super::socket::{self, Security, Socket};
use super::wire::Wire;
use super::{Accepted, AcceptedMessages, Certificates, FAREWELL, binding, inline_login, login};
use crate::engine::Engine;
use crate::engine::sasl::ChannelBindings;
use crate::engine::session::{Link, Session};
use crate::engine::stream_error::StreamError;
use crate::engine::xml::ns;

/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// Negotiates until a session is bound. `None`: the connection has been closed, the client was told why.
pub async fn negotiate(
    engine: &Engine,
    accepted: Accepted,
    connected: Timestamp,
    patience: &Patience<'_>,
) -> Option<(Wire, Arc<Session>, Arc<Link>)> {
    let secured = secure(accepted.socket, accepted.direct_tls, &*accepted.certificates);
    let (socket, security) = patience.wait(secured).await.ok()?.ok()?;
    let wire = Wire::of_socket(socket, engine.settings().limits.before_login());
    let negotiation = Negotiation {
        security,
        certificates: Some(accepted.certificates),
        ..Negotiation::new(engine, wire, accepted.peer, connected)?
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
        security,
        kind: Some(accepted.kind),
        ..Negotiation::new(engine, wire, accepted.peer, connected)?
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
                self.header().await?;
                self.check_still(&login)?;
                let features = features::after_login(self.engine);
                self.open(&features).await?;
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
        if login.account().is_some() && self.from.as_ref().is_some_and(|from| *from != login.bare) {
            return Err(StreamError::InvalidFrom);
        }
        Ok(())
    }

    /// Until the client has proved who it is; each STARTTLS begins anew.
    async fn log_in(&mut self) -> Result<LoggedIn, Stop> {
        let mut attempts = Attempts::default();
        loop {
            self.header().await?;
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
            self.open(&features).await?;
            loop {
                let element = self.element().await?;
                if element.is("starttls", ns::TLS) && starttls != Starttls::Impossible {
                    self.start_tls().await?;
                    break;
                }
                if element.is("iq", ns::JABBER_CLIENT) {
                    newcomer.serve(self, element).await?;
                    continue;
                }
                match element.ns() {
                    ns::SASL => {
                        let outcome = login::log_in(self, &offer, &mut attempts, element).await?;
                        if let Some(proven) = attempts.settle(self, ns::SASL, outcome).await? {
                            return Ok(LoggedIn::Anew(login::welcome(self, proven).await?));
                        }
                    }
                    ns::SASL2 => {
                        let outcome = inline_login::log_in(self, &offer, &mut attempts, element).await?;
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
}
