//! Presence that clients send to rooms: entering, a new presence, another nickname, leaving (XEP-0045 §7.2, §7.6, §7.7,
//! §7.14).

use super::announce::{self, Notice};
use super::entering::{self, Application};
use super::incoming::Incoming;
use super::{leaving, nickname, status};
use crate::engine::stanza::{Condition, Kind, PresenceType, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};

pub async fn take(incoming: Incoming, kind: PresenceType) {
    let Some(place) = incoming.place() else { return };
    match kind {
        PresenceType::Available => {}
        PresenceType::Unavailable => return leaving::take(&incoming),
        PresenceType::Error => return leaving::take_error(&incoming),
        // Nobody subscribes to a room.
        _ => return,
    }
    // A nickname of blanks alone cannot be seen (§17.1).
    let nick = incoming.nick().filter(|nick| !nick.trim().is_empty());
    let Some(nick) = nick.map(Box::from) else {
        return incoming.refuse(Condition::JidMalformed);
    };
    let application = Application::read(&incoming, nick);
    if application.weight() > incoming.engine.settings().limits.room_presence_bytes {
        let text = "the presence is too large to be sent to everybody in the room";
        return incoming.refuse(StanzaError::new(Condition::PolicyViolation).with_text(text));
    }
    let held = incoming.engine.rooms().hold(incoming.room());
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
    if !application.is_entering {
        return tell_apart(&incoming);
    }
    entering::enter(&incoming, &place, &application).await;
}

/// Who does not say that it enters believes to be here: it learns that it is not (§7.2.18).
fn tell_apart(incoming: &Incoming) {
    let reason = Element::new("reason", ns::MUC_USER).with_text("You are not in the room.");
    let item = Element::new("item", ns::MUC_USER)
        .with_attr("affiliation", "none")
        .with_attr("role", "none")
        .with_child(reason);
    let codes = [status::ONESELF, status::KICKED, status::TECHNICAL];
    let x = Element::new("x", ns::MUC_USER)
        .with_child(item)
        .with_children(codes.map(announce::status_element));
    let mut answer = Stanza::new(Kind::Presence(PresenceType::Unavailable))
        .with_from(incoming.to.clone())
        .with_to(incoming.sender.address().clone())
        .with_child(x);
    answer.id.clone_from(&incoming.stanza.id);
    incoming.engine.deliver(&incoming.sender, answer);
}

/// Shows everybody the new presence of an occupant.
fn update(incoming: &Incoming, state: &mut super::room::State, application: &Application) {
    state
        .occupants
        .put(&application.nick, &incoming.sender, application.content.clone());
    if let Some(occupant) = state.occupants.get(&application.nick) {
        let present = Notice::present(occupant).answering(&incoming.stanza);
        announce::to_all(&incoming.engine, state, occupant, &present);
    }
}
