//! XEP-0280: Message Carbons, switched on and off by each session for itself.

use crate::engine::answer::{Answer, payload};
use crate::engine::message;
use crate::engine::session::Session;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza};

pub fn serve(session: &Session, stanza: &Stanza) -> Answer {
    let on = match (stanza.kind, payload(stanza)?.name()) {
        (Kind::Iq(IqType::Set), "enable") => true,
        (Kind::Iq(IqType::Set), "disable") => false,
        _ => return Err(Condition::BadRequest.into()),
    };
    message::switch_carbons(session, on);
    Ok(None)
}
