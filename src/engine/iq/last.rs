//! XEP-0012: how long the server has been up. When accounts were last there is told by their presence, to those who may
//! see it.

use super::{Answer, payload};
use crate::engine::Engine;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza};
use crate::engine::xml::{Element, ns};

pub fn serve_host(engine: &Engine, request: &Stanza) -> Answer {
    if request.kind != Kind::Iq(IqType::Get) || payload(request)?.name() != "query" {
        return Err(Condition::BadRequest.into());
    }
    let up = engine.clock().now().duration_since(engine.started()).as_secs().max(0);
    Ok(Some(Element::new("query", ns::LAST_ACTIVITY).with_attr("seconds", up)))
}
