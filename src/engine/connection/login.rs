//! The conversation of a SASL login (RFC 6120 §6). What the mechanisms say to each other is [`crate::engine::sasl`].

use super::negotiation::{Login, Negotiation, Stop};
use crate::engine::sasl::{self, Exchange, Failure, Offer, Step};
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{Element, ns};

/// The logins tried on one connection.
#[derive(Default)]
pub struct Attempts {
    failed: u32,
}

impl Attempts {
    /// Serves `<auth/>` to the end of its exchange. `None`: it failed, and the client may try again.
    pub async fn attempt(
        &mut self,
        negotiation: &mut Negotiation<'_>,
        offer: &Offer,
        auth: &Element,
    ) -> Result<Option<Login>, Stop> {
        let outcome = exchange(negotiation, offer, auth).await?;
        let metrics = negotiation.engine.metrics();
        metrics.count_login(outcome.as_ref().map(|_| ()).map_err(|failure| *failure));
        match outcome {
            Ok(login) => Ok(Some(login)),
            Err(failure) => {
                let told = Element::new("failure", ns::SASL).with_child(Element::new(failure.name(), ns::SASL));
                negotiation.wire.send(&told).await?;
                self.failed += 1;
                if self.failed >= negotiation.engine.settings().limits.login_attempts {
                    return Err(StreamError::PolicyViolation.into());
                }
                Ok(None)
            }
        }
    }
}

async fn exchange(
    negotiation: &mut Negotiation<'_>,
    offer: &Offer,
    auth: &Element,
) -> Result<Result<Login, Failure>, Stop> {
    if auth.name() != "auth" {
        return Ok(Err(Failure::MalformedRequest));
    }
    let engine = negotiation.engine;
    let mechanism = auth.attr("mechanism").unwrap_or_default();
    let peer = Some(negotiation.peer.ip());
    let mut exchange = match Exchange::start(offer, mechanism, &negotiation.host, peer) {
        Ok(exchange) => exchange,
        Err(failure) => return Ok(Err(failure)),
    };
    let mut given = sasl::decode_initial_response(&auth.text());
    loop {
        let answer = match given {
            Ok(data) => exchange.step(engine.sasl(), data.as_deref()).await,
            Err(failure) => Err(failure).into(),
        };
        tokio::time::sleep(answer.delay).await;
        match answer.outcome {
            Ok(Step::Challenge(data)) => {
                let challenge = Element::new("challenge", ns::SASL).with_text(sasl::encode(&data));
                negotiation.wire.send(&challenge).await?;
            }
            Ok(Step::Success { data, identity }) => {
                let mut success = Element::new("success", ns::SASL);
                if let Some(data) = data {
                    success.push_text(sasl::encode(&data));
                }
                negotiation.wire.send(&success).await?;
                return Ok(Ok(Login {
                    identity,
                    mechanism: exchange.mechanism(),
                    at: engine.clock().now(),
                }));
            }
            Err(failure) => return Ok(Err(failure)),
        }
        let response = negotiation.element().await?;
        given = match (response.name(), response.ns()) {
            ("response", ns::SASL) => sasl::decode_response(&response.text()).map(Some),
            ("abort", ns::SASL) => Err(Failure::Aborted),
            (_, ns::SASL) => Err(Failure::MalformedRequest),
            _ => return Err(StreamError::NotAuthorized.into()),
        };
    }
}
