//! Requests to a service or to a room itself, by the namespace of their payload.

use super::service::Incoming;
use crate::engine::iq::{Answer, answer};
use crate::engine::refusal;

pub async fn take(incoming: Incoming) {
    let outcome = match incoming.place() {
        Some(_) => serve_room(&incoming),
        None => serve_service(&incoming),
    };
    answer(&incoming.engine, &incoming.sender, &incoming.stanza, outcome);
}

/// To the service.
fn serve_service(_incoming: &Incoming) -> Answer {
    Err(refusal::NOBODY.into())
}

/// To a room.
fn serve_room(_incoming: &Incoming) -> Answer {
    Err(refusal::NOBODY.into())
}
