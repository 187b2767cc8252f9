//! A login by `<auth/>` (RFC 6120 §6), after which the stream begins anew.

use super::conversation::{Attempts, Ended, Proven, converse};
use super::negotiation::{Login, Negotiation, Stop};
use crate::engine::sasl::{self, Exchange, Failure, Offer};
use crate::engine::xml::{Element, ns};

pub async fn log_in(
    negotiation: &mut Negotiation<'_>,
    offer: &Offer,
    attempts: &mut Attempts,
    mut auth: Element,
) -> Result<Result<Proven, Failure>, Stop> {
    loop {
        let (exchange, first) = match begin(negotiation, offer, &auth) {
            Ok(begun) => begun,
            Err(failure) => return Ok(Err(failure)),
        };
        auth = match converse(negotiation, ("auth", ns::SASL), exchange, first).await? {
            Ended::Here(outcome) => return Ok(outcome),
            Ended::Anew(auth) => auth,
        };
        attempts.give_up(negotiation.engine)?;
    }
}

fn begin(negotiation: &Negotiation<'_>, offer: &Offer, auth: &Element) -> Result<(Exchange, Option<Vec<u8>>), Failure> {
    match auth.name() {
        "auth" => {}
        "abort" => return Err(Failure::Aborted),
        _ => return Err(Failure::MalformedRequest),
    }
    let mechanism = auth.attr("mechanism").unwrap_or_default();
    let peer = Some(negotiation.peer.ip());
    let exchange = Exchange::start(offer, mechanism, &negotiation.host, peer)?;
    Ok((exchange, sasl::decode_initial_response(&auth.text())?))
}

/// Tells the client that it is in.
pub async fn welcome(negotiation: &mut Negotiation<'_>, proven: Proven) -> Result<Login, Stop> {
    let mut success = Element::new("success", ns::SASL);
    if let Some(data) = proven.data {
        success.push_text(sasl::encode(&data));
    }
    negotiation.wire.send(&success).await?;
    Ok(proven.login)
}
