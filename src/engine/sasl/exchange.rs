//! One attempt to log in: from the mechanism that the client chose to its success or failure.

use std::mem;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::failure::Failure;
use super::login::{Evidence, claimed_account};
use super::mechanism::Mechanism;
use super::offer::Offer;
use super::outcome::{Answer, Step};
use super::plain::Plain;
use super::scram::{Challenge, ChannelBinding, ClientFinal, ClientFirst, server_nonce};
use super::text::MAX_MESSAGE;
use super::tokens::{PresentedToken, TokenMessage};
use super::{Sasl, anonymous};
use crate::domain::address::{AccountAddress, Host};
use crate::scram::Hash;

/// No answer is given sooner, so that nobody sees from its time what was found in the database.
const SOONEST: Duration = Duration::from_millis(5);

pub struct Exchange {
    mechanism: Mechanism,
    offer: Offer,
    host: Host,
    peer: Option<IpAddr>,
    token: Option<PresentedToken>,
    state: State,
}

enum State {
    /// Nothing has come yet, not even that there is no initial response.
    Begun,
    /// The client was asked for its first message.
    Asked,
    Challenged {
        address: AccountAddress,
        challenge: Challenge,
    },
    Over,
}

impl Exchange {
    /// Begins an attempt on `host` with the mechanism of this name. `peer` is the client's address, if there is one.
    pub fn start(offer: &Offer, mechanism_name: &str, host: &Host, peer: Option<IpAddr>) -> Result<Self, Failure> {
        Ok(Self {
            mechanism: offer.choose(mechanism_name)?,
            offer: offer.clone(),
            host: host.clone(),
            peer,
            token: None,
            state: State::Begun,
        })
    }

    /// Begins an attempt with a token.
    pub fn start_with_token(
        offer: &Offer,
        mechanism_name: &str,
        host: &Host,
        peer: Option<IpAddr>,
        token: PresentedToken,
    ) -> Result<Self, Failure> {
        Ok(Self {
            mechanism: offer.choose_for_token(mechanism_name)?,
            offer: offer.clone(),
            host: host.clone(),
            peer,
            token: Some(token),
            state: State::Begun,
        })
    }

    pub fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// Takes the client's next message; `None` is a missing initial response. After a failure or success it is over.
    pub async fn step(&mut self, sasl: &Sasl, message: Option<&[u8]>) -> Answer {
        let begun = Instant::now();
        let mut answer = self.advance(sasl, message).await;
        answer.delay = answer.delay.max(SOONEST.saturating_sub(begun.elapsed()));
        answer
    }

    async fn advance(&mut self, sasl: &Sasl, message: Option<&[u8]>) -> Answer {
        let state = mem::replace(&mut self.state, State::Over);
        let Some(message) = message else {
            return self.ask_for_first_message(&state).into();
        };
        if message.len() > MAX_MESSAGE {
            return Err(Failure::MalformedRequest).into();
        }
        match (state, self.mechanism.hash()) {
            (State::Begun | State::Asked, Some(hash)) => self.challenge(sasl, hash, message).await.into(),
            (State::Challenged { address, challenge }, Some(hash)) => match evidence(hash, &challenge, message) {
                Ok(evidence) => sasl.log_in(self.peer, &address, evidence).await,
                Err(failure) => Err(failure).into(),
            },
            (State::Begun | State::Asked, None) if self.mechanism == Mechanism::Plain => {
                self.check_plain(sasl, message).await
            }
            (State::Begun | State::Asked, None) if self.token.is_some() => self.check_token(sasl, message).await,
            (State::Begun | State::Asked, None) => anonymous::check(message).map(|()| Step::anonymous()).into(),
            (State::Challenged { .. }, None) | (State::Over, _) => Err(Failure::MalformedRequest).into(),
        }
    }

    /// In every mechanism here the client speaks first: without an initial response it is asked to (RFC 4422 §5).
    fn ask_for_first_message(&mut self, state: &State) -> Result<Step, Failure> {
        if !matches!(state, State::Begun) {
            return Err(Failure::MalformedRequest);
        }
        self.state = State::Asked;
        Ok(Step::Challenge(Vec::new()))
    }

    async fn challenge(&mut self, sasl: &Sasl, hash: Hash, message: &[u8]) -> Result<Step, Failure> {
        let first = ClientFirst::parse(message)?;
        let bound = self.bound(first.binding)?;
        let address = claimed_account(&first.name, first.authzid.as_deref(), &self.host)?;
        let keys = sasl.find_keys(hash, &address).await?;
        let offered = self.offer.digest(hash);
        let challenge = Challenge::new(&first, bound, &server_nonce(&*sasl.random), &keys, Some(&offered));
        let step = Step::Challenge(challenge.message().to_vec());
        self.state = State::Challenged { address, challenge };
        Ok(step)
    }

    /// What the client has to bind to, or why its flag is wrong (RFC 5802 §6).
    fn bound(&self, binding: ChannelBinding<'_>) -> Result<&[u8], Failure> {
        match (self.mechanism.binds_channel(), binding) {
            (true, ChannelBinding::Type(name)) => self.offer.bindings().find(name).ok_or(Failure::NotAuthorized),
            // A client that could bind, and was not offered to although it was: somebody has changed the offer.
            (false, ChannelBinding::NotOffered) if !self.offer.bindings().is_empty() => Err(Failure::NotAuthorized),
            (false, ChannelBinding::Unsupported | ChannelBinding::NotOffered) => Ok(&[]),
            (true, ChannelBinding::Unsupported | ChannelBinding::NotOffered) | (false, ChannelBinding::Type(_)) => {
                Err(Failure::MalformedRequest)
            }
        }
    }

    async fn check_plain(&self, sasl: &Sasl, message: &[u8]) -> Answer {
        let claimed = Plain::parse(message).and_then(|plain| {
            let address = claimed_account(plain.authcid, plain.authzid, &self.host)?;
            Ok((address, plain.password))
        });
        match claimed {
            Ok((address, password)) => sasl.log_in(self.peer, &address, Evidence::Password(password)).await,
            Err(failure) => Err(failure).into(),
        }
    }

    async fn check_token(&self, sasl: &Sasl, message: &[u8]) -> Answer {
        let Some(token) = &self.token else {
            return Err(Failure::InvalidMechanism).into();
        };
        let claimed = TokenMessage::parse(message).and_then(|message| {
            let address = claimed_account(message.authcid, None, &self.host)?;
            Ok((address, message.proof.to_vec()))
        });
        let (address, proof) = match claimed {
            Ok(claimed) => claimed,
            Err(failure) => return Err(failure).into(),
        };
        let binding = self.mechanism.token_binding();
        let bound = binding.and_then(|binding| self.offer.bindings().of(binding));
        let evidence = Evidence::Token {
            mechanism: self.mechanism,
            bound: bound.unwrap_or_default().to_vec(),
            proof,
            presented: token.clone(),
        };
        sasl.log_in_with_token(self.peer, &address, evidence).await
    }
}

/// The proof in the client's answer to `challenge`.
fn evidence(hash: Hash, challenge: &Challenge, message: &[u8]) -> Result<Evidence, Failure> {
    let answer = ClientFinal::parse(message)?;
    if !challenge.fits(&answer) {
        return Err(Failure::NotAuthorized);
    }
    Ok(Evidence::Proof {
        hash,
        auth_message: challenge.auth_message(&answer),
        proof: answer.proof,
    })
}
