//! XEP-0199: XMPP Ping.

use crate::engine::answer::{Answer, payload};
use crate::engine::stanza::{Condition, IqType, Kind, Stanza};

pub fn serve(stanza: &Stanza) -> Answer {
    match (stanza.kind, payload(stanza)?.name()) {
        (Kind::Iq(IqType::Get), "ping") => Ok(None),
        _ => Err(Condition::BadRequest.into()),
    }
}
