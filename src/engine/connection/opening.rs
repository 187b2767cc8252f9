//! Opening a session for a client that has logged in, however it asks for that.

use std::sync::Arc;

use super::negotiation::{Login, Negotiation};
use crate::domain::address::{Address, FullAddress, Localpart};
use crate::domain::random::alphanumeric;
use crate::engine::Engine;
use crate::engine::blocking;
use crate::engine::management;
use crate::engine::sasl::Identity;
use crate::engine::session::{Ending, Facts, Link, Session, Transport};
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::stream_error::StreamError;

/// Letters and digits of a resource that the client leaves to us.
pub const RESOURCE: usize = 12;

/// Letters and digits of the localpart of an anonymous session.
const ANONYMOUS: usize = 20;

/// Letters and digits of the id of a session: more than 128 bits.
const SESSION_ID: usize = 24;

/// The bare address of who has logged in. One without an account gets an address of its own.
pub fn own_address(negotiation: &Negotiation<'_>, identity: &Identity) -> Address {
    match identity {
        Identity::Account(entry) => entry.account.address.to_address(),
        Identity::Anonymous => {
            let localpart = alphanumeric(negotiation.engine.random(), ANONYMOUS).to_lowercase();
            Address::new(&Localpart::from_stored(localpart), &negotiation.host)
        }
    }
}

/// A session whose connection is not served yet, for which there may be no time left: unless it is, the session ends.
pub struct Opened<'engine> {
    engine: &'engine Engine,
    pub session: Arc<Session>,
    link: Arc<Link>,
    is_served: bool,
}

impl Opened<'_> {
    /// To be served from now on.
    pub fn serve(mut self) -> (Arc<Session>, Arc<Link>) {
        self.is_served = true;
        (Arc::clone(&self.session), Arc::clone(&self.link))
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        if !self.is_served {
            self.engine.end(&self.session, Ending::Lost);
            management::settle(self.engine, &self.session);
        }
    }
}

/// Registers a session at `address`; one that has that address already gives way (RFC 6120 §7.7.2.2).
pub async fn open_session<'engine>(
    negotiation: &Negotiation<'engine>,
    login: &Login,
    address: FullAddress,
) -> Result<Opened<'engine>, StanzaError> {
    let engine = negotiation.engine;
    let limits = &engine.settings().limits;
    let present = engine.registry().sessions(&address.bare);
    let is_new = present.iter().all(|session| *session.address() != address);
    if is_new && present.len() >= limits.sessions && !make_room(engine, &present) {
        let text = "the account has too many sessions; end one first";
        return Err(StanzaError::new(Condition::ResourceConstraint).with_text(text));
    }
    let facts = facts(negotiation, login);
    let host = negotiation.host.clone();
    let (session, link) = Session::new(
        alphanumeric(engine.random(), SESSION_ID),
        address,
        host,
        login.account().cloned(),
        facts,
        limits.queue,
        Arc::clone(engine.budget()),
    );
    if let Some(replaced) = engine.registry().bind(&session) {
        engine.replace(&replaced, Ending::Error(StreamError::Conflict));
    }
    let opened = Opened {
        engine,
        session: Arc::clone(&session),
        link,
        is_served: false,
    };
    // The account may have been locked or removed between the login and this moment, and another one made of its name;
    // whatever comes later ends the session through the registry.
    if let Identity::Account(shown) = &login.identity {
        let account = &shown.account.address;
        if let Err(error) = blocking::load(engine, account).await {
            engine.end(&session, Ending::Error(StreamError::InternalServerError));
            return Err(error.into());
        }
        engine.last_seen().note_login(account, login.at);
        let open = engine.accounts().find_open(account).await;
        if !matches!(open, Ok(Some(open)) if open.credentials.include(&shown.credentials)) {
            engine.end(&session, Ending::Error(StreamError::NotAuthorized));
        }
    }
    Ok(opened)
}

pub fn facts(negotiation: &Negotiation<'_>, login: &Login) -> Facts {
    Facts {
        transport: match (negotiation.kind, &negotiation.security) {
            (Some(kind), _) => kind,
            (None, Some(_)) => Transport::Tls,
            (None, None) => Transport::Tcp,
        },
        peer: negotiation.peer,
        tls_version: negotiation.security.as_ref().map(|security| security.version),
        mechanism: login.mechanism,
        client: login.client.clone(),
        connected: negotiation.connected,
        authenticated: login.at,
    }
}

/// A session that only waits to be resumed gives way to a new one.
fn make_room(engine: &Engine, present: &[Arc<Session>]) -> bool {
    let waiting = present.iter().filter(|session| !session.outbox().is_attached());
    let Some(oldest) = waiting.min_by_key(|session| session.last_active()) else {
        return false;
    };
    engine.end(oldest, Ending::Lost);
    true
}
