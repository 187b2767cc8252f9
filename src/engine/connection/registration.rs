//! Making an account before the login (XEP-0077 §3.1), where the operator lets anybody do that, or by an invitation whose
//! token is shown before (XEP-0445).

use std::borrow::Cow;

use tokio::time::Instant;

use super::features::Registration;
use super::negotiation::{Negotiation, Stop};
use crate::domain::invitation::{Invitation, Inviters};
use crate::engine::Engine;
use crate::engine::answer::is_request;
use crate::engine::invitations;
use crate::engine::newcomers::{self, Wanted};
use crate::engine::stanza::{self, Condition, IqType, Kind, Refusal, Stanza, StanzaError};
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{Element, ns};

/// Somebody on a stream who has not logged in.
pub struct Newcomer {
    pub registration: Registration,
    /// What the token belongs to that was shown. It may expire from then on.
    invitation: Option<Invitation>,
    wrong_tokens: u32,
}

impl Newcomer {
    pub fn new(registration: Registration) -> Self {
        Self {
            registration,
            invitation: None,
            wrong_tokens: 0,
        }
    }

    /// Serves a first-level element, if it is a request about registration; everything else ends the stream.
    pub async fn serve(&mut self, negotiation: &mut Negotiation<'_>, element: Element) -> Result<(), Stop> {
        let request = match stanza::read(element) {
            Ok(request) => request,
            Err(Refusal::InvalidFrom) => return Err(StreamError::InvalidFrom.into()),
            Err(_) => return Err(StreamError::NotAuthorized.into()),
        };
        let outcome = self.answer(negotiation, &request).await?;
        let answer = match outcome {
            Ok(payload) => Some(request.result(payload)),
            Err(error) => request.error(&error),
        };
        if let Some(answer) = answer {
            negotiation.wire.send_stanza(&answer).await?;
        }
        if self.wrong_tokens >= negotiation.engine.settings().limits.login_attempts {
            return Err(StreamError::PolicyViolation.into());
        }
        Ok(())
    }

    async fn answer(
        &mut self,
        negotiation: &Negotiation<'_>,
        request: &Stanza,
    ) -> Result<Result<Option<Element>, StanzaError>, Stop> {
        let query = request.child("query", ns::REGISTER);
        if !self.registration.is_possible() && query.is_some() && is_request(request) {
            return Ok(Err(Condition::ServiceUnavailable.into()));
        }
        Ok(match (request.kind, query, request.child("preauth", ns::PRE_AUTH)) {
            (Kind::Iq(IqType::Get), Some(_), _) => self.fields().map(Some),
            (Kind::Iq(IqType::Set), Some(query), _) => self.register(negotiation, query).await.map(|()| None),
            (Kind::Iq(IqType::Set), None, Some(shown)) if self.registration.by_token => {
                self.show(negotiation, shown).await.map(|()| None)
            }
            _ => return Err(StreamError::NotAuthorized.into()),
        })
    }

    fn may_register(&self) -> Result<(), StanzaError> {
        if self.registration.open || self.invitation.is_some() {
            return Ok(());
        }
        Err(StanzaError::new(Condition::NotAllowed).with_text("an account is made by invitation here: show its token"))
    }

    /// Whether his account counts for the address that he comes from. Whom administrators invite does not: whole schools
    /// come from one address. Whom users invite does, or newcomers could invite newcomers without end.
    fn counts(&self, engine: &Engine) -> bool {
        self.invitation.as_ref().is_none_or(|invitation| {
            invitation.inviter.is_some() && engine.settings().invitations.inviters == Inviters::Users
        })
    }

    fn fields(&self) -> Result<Element, StanzaError> {
        self.may_register()?;
        let instructions = "Choose a name and a password.";
        let mut username = Element::new("username", ns::REGISTER);
        if let Some(name) = self
            .invitation
            .as_ref()
            .and_then(|invitation| invitation.username.as_ref())
        {
            username.push_text(name.as_str());
        }
        Ok(Element::new("query", ns::REGISTER)
            .with_child(Element::new("instructions", ns::REGISTER).with_text(instructions))
            .with_child(username)
            .with_child(Element::new("password", ns::REGISTER)))
    }

    /// Only here it counts that a token has expired (XEP-0445 §4).
    async fn show(&mut self, negotiation: &Negotiation<'_>, shown: &Element) -> Result<(), StanzaError> {
        let token = shown.attr("token").unwrap_or_default();
        self.invitation = invitations::find(negotiation.engine, &negotiation.host, token).await?;
        if self.invitation.is_none() {
            self.wrong_tokens += 1;
            let text = "the token is unknown, used up or expired";
            return Err(StanzaError::new(Condition::ItemNotFound).with_text(text));
        }
        Ok(())
    }

    async fn register(&mut self, negotiation: &Negotiation<'_>, query: &Element) -> Result<(), StanzaError> {
        let text = |name: &str| query.child_text(name, ns::REGISTER).map(Cow::into_owned);
        if query.has_child("remove", ns::REGISTER) {
            // Nobody has shown yet whose account it is (§3.2).
            return Err(Condition::RegistrationRequired.into());
        }
        self.may_register()?;
        let (Some(username), Some(password)) = (text("username"), text("password")) else {
            return Err(StanzaError::new(Condition::NotAcceptable).with_text("give username and password"));
        };
        let engine = negotiation.engine;
        let most = engine.settings().limits.registrations;
        if self.counts(engine)
            && !engine
                .registrations()
                .count(negotiation.peer.ip(), most, Instant::now())
        {
            let text = "too many accounts were made from this address; try again in an hour";
            return Err(StanzaError::new(Condition::ResourceConstraint).with_text(text));
        }
        let wanted = Wanted {
            username,
            password,
            name: text("name"),
            email: text("email"),
        };
        newcomers::create(engine, &negotiation.host, wanted, self.invitation.as_ref()).await?;
        self.invitation = None;
        Ok(())
    }
}
