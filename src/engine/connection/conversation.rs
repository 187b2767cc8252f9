//! The messages of SASL to and fro, alike in both of their wrappings (RFC 6120 §6.4, XEP-0388 §2.4). What the mechanisms
//! say to each other is [`crate::engine::sasl`].

use super::negotiation::{Login, Negotiation, Stop};
use super::opening::own_address;
use crate::engine::Engine;
use crate::engine::sasl::{self, Exchange, Failure, Step};
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{Element, ns};

/// A login that has succeeded; the client has not been told.
pub struct Proven {
    pub login: Login,
    /// What goes along with the news.
    pub data: Option<Vec<u8>>,
    /// It logged in with a token and is due for another one.
    pub token_is_old: bool,
}

/// How a conversation ends.
pub enum Ended {
    Here(Result<Proven, Failure>),
    /// The client begins another one with this; what was said before counts no more (RFC 6120 §6.4.2).
    Anew(Element),
}

/// The logins tried on one connection.
#[derive(Default)]
pub struct Attempts {
    /// Those that were given up as well.
    failed: u32,
}

impl Attempts {
    /// Counts how an attempt ended, and tells the client that it failed. `None`: it did, and the client may try again.
    pub async fn settle<T>(
        &mut self,
        negotiation: &mut Negotiation<'_>,
        namespace: &'static str,
        outcome: Result<T, Failure>,
    ) -> Result<Option<T>, Stop> {
        let metrics = negotiation.engine.metrics();
        metrics.count_login(outcome.as_ref().map(|_| ()).map_err(|failure| *failure));
        match outcome {
            Ok(proven) => Ok(Some(proven)),
            Err(failure) => {
                // The conditions of RFC 6120 in both.
                let told = Element::new("failure", namespace).with_child(Element::new(failure.name(), ns::SASL));
                negotiation.wire.send(&told).await?;
                self.count(negotiation.engine)?;
                Ok(None)
            }
        }
    }

    /// The client has begun another login in the middle of one, which counts as one that failed.
    pub fn give_up(&mut self, engine: &Engine) -> Result<(), StreamError> {
        engine.metrics().count_login(Err(Failure::Aborted));
        self.count(engine)
    }

    fn count(&mut self, engine: &Engine) -> Result<(), StreamError> {
        self.failed += 1;
        if self.failed >= engine.settings().limits.login_attempts {
            return Err(StreamError::PolicyViolation);
        }
        Ok(())
    }
}

/// Carries an exchange that `beginning` asked for to its end, which the client is not told yet. `first` is its first
/// message.
pub async fn converse(
    negotiation: &mut Negotiation<'_>,
    (beginning, namespace): (&'static str, &'static str),
    mut exchange: Exchange,
    first: Option<Vec<u8>>,
) -> Result<Ended, Stop> {
    let engine = negotiation.engine;
    let mut given = Ok(first);
    loop {
        let answer = match given {
            Ok(data) => exchange.step(engine.sasl(), data.as_deref()).await,
            Err(failure) => Err(failure).into(),
        };
        tokio::time::sleep(answer.delay).await;
        match answer.outcome {
            Ok(Step::Challenge(data)) => {
                let challenge = Element::new("challenge", namespace).with_text(sasl::encode(&data));
                negotiation.wire.send(&challenge).await?;
            }
            Ok(Step::Success {
                data,
                identity,
                token_is_old,
            }) => {
                let bare = own_address(negotiation, &identity);
                let login = Login {
                    bare,
                    identity,
                    mechanism: exchange.mechanism(),
                    client: None,
                    at: engine.clock().now(),
                };
                return Ok(Ended::Here(Ok(Proven {
                    login,
                    data,
                    token_is_old,
                })));
            }
            Err(failure) => return Ok(Ended::Here(Err(failure))),
        }
        let response = negotiation.element().await?;
        if response.ns() != namespace {
            return Err(StreamError::NotAuthorized.into());
        }
        given = match response.name() {
            "response" => sasl::decode_response(&response.text()).map(Some),
            "abort" => Err(Failure::Aborted),
            name if name == beginning => return Ok(Ended::Anew(response)),
            _ => Err(Failure::MalformedRequest),
        };
    }
}
