//! Presence that clients send to rooms: entering, a new presence, another nickname, leaving (XEP-0045 §7.2, §7.6, §7.7,
//! §7.14).

use super::announce::{self, Notice};
use super::entering::{self, Application};
use super::service::Incoming;
use super::{leaving, nickname};
use crate::engine::stanza::{Condition, PresenceType, StanzaError};
use crate::engine::xml::{Node, ns};

pub async fn take(incoming: Incoming, kind: PresenceType) {
    let Some(place) = incoming.place() else { return };
    match kind {
        PresenceType::Available => {}
        PresenceType::Unavailable => return leaving::take(&incoming),
        // Nobody subscribes to a room, and there is nothing to say to an error.
        _ => return,
    }
    let Some(nick) = incoming.nick().map(Box::from) else {
        return incoming.refuse(Condition::JidMalformed);
    };
    let application = Application::read(&incoming, nick);
    if application.weight() > incoming.engine.settings().limits.room_presence_bytes {
        let text = "the presence is too large to be sent to everybody in the room";
        return incoming.refuse(StanzaError::new(Condition::PolicyViolation).with_text(text));
    }
    let held = incoming.engine.rooms().hold(&incoming.engine, incoming.room());
    if let Some(room) = held {
        let mut state = room.lock();
        if let Some(occupant) = state.occupants.of(&incoming.sender) {
            let outcome = if occupant.nick() != &*application.nick {
                nickname::change(&incoming, &room, &mut state, &application)
            } else if application.is_entering {
                entering::greet_again(&incoming, &room, &mut state, &application);
                Ok(())
            } else {
                update(&incoming, &mut state, &application);
                Ok(())
            };
            drop(state);
            if let Err(error) = outcome {
                incoming.refuse(error);
            }
            return;
        }
    }
    entering::enter(&incoming, &place, &application).await;
}

/// Shows everybody the new presence of an occupant.
fn update(incoming: &Incoming, state: &mut super::room::State, application: &Application) {
    state
        .occupants
        .put(&application.nick, &incoming.sender, application.content.clone());
    if let Some(occupant) = state.occupants.get(&application.nick) {
        announce::to_all(&incoming.engine, state, occupant, &Notice::present(occupant));
    }
}

/// What a client says in a presence to everybody in the room.
pub fn said(incoming: &Incoming) -> Vec<Node> {
    let content = incoming.stanza.content.iter();
    let is_for_room = |node: &&Node| matches!(node, Node::Element(child) if child.is("x", ns::MUC));
    content.filter(|node| !is_for_room(node)).cloned().collect()
}
