//! Client state indication (XEP-0352): a client says whether somebody is looking. What is held back meanwhile is the
//! matter of its queue.

use std::sync::Arc;

use super::serving::Serving;
use super::session::Session;
use super::stream_error::StreamError;
use super::xml::Element;

pub fn serve(session: &Arc<Session>, element: &Element) -> Result<Serving, StreamError> {
    let inactive = match element.name() {
        "active" => false,
        "inactive" => true,
        _ => return Err(StreamError::UnsupportedStanzaType),
    };
    session.outbox().set_inactive(inactive);
    Ok(Serving::Done)
}
