//! XEP-0202: Entity Time, in UTC.

use crate::engine::Engine;
use crate::engine::answer::{Answer, payload};
use crate::engine::stanza::{Condition, IqType, Kind, Stanza};
use crate::engine::xml::{Element, ns};

pub fn serve(engine: &Engine, request: &Stanza) -> Answer {
    if request.kind != Kind::Iq(IqType::Get) || payload(request)?.name() != "time" {
        return Err(Condition::BadRequest.into());
    }
    let text = |name: &'static str, text: String| Element::new(name, ns::TIME).with_text(text);
    let time = Element::new("time", ns::TIME)
        .with_child(text("tzo", "+00:00".to_owned()))
        .with_child(text("utc", crate::engine::delay::stamp(engine.clock().now())));
    Ok(Some(time))
}
