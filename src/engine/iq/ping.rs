//! XEP-0199: XMPP Ping.

use super::Answer;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza};

pub fn serve(stanza: &Stanza) -> Answer {
    match stanza.kind {
        Kind::Iq(IqType::Get) => Ok(None),
        _ => Err(Condition::BadRequest.into()),
    }
}
