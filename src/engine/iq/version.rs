//! XEP-0092: Software Version. The operating system is nobody's business.

use crate::engine::answer::{Answer, payload};
use crate::engine::stanza::{Condition, IqType, Kind, Stanza};
use crate::engine::xml::{Element, ns};

pub fn serve(request: &Stanza) -> Answer {
    if request.kind != Kind::Iq(IqType::Get) || payload(request)?.name() != "query" {
        return Err(Condition::BadRequest.into());
    }
    let text = |name: &'static str, text: &str| Element::new(name, ns::VERSION).with_text(text);
    let query = Element::new("query", ns::VERSION)
        .with_child(text("name", "Firekeeper"))
        .with_child(text("version", env!("CARGO_PKG_VERSION")));
    Ok(Some(query))
}
