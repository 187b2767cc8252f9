//! Another nickname (XEP-0045 §7.6). All sessions that share the old one have the new one then.

use std::sync::Arc;

use super::announce::{self, Notice};
use super::entering::{Application, check_nick};
use super::incoming::Incoming;
use super::occupants::Occupant;
use super::room::{Room, State};
use super::status;
use crate::engine::stanza::{Condition, StanzaError};

pub fn change(
    incoming: &Incoming,
    room: &Room,
    state: &mut State,
    application: &Application,
) -> Result<(), StanzaError> {
    let account = &incoming.sender.address().bare;
    check_nick(state, account, &application.nick)?;
    let is_locked = state
        .locked_nick(account)
        .is_some_and(|nick| *nick != *application.nick);
    if is_locked || !state.settings.change_nickname {
        return Err(StanzaError::new(Condition::NotAcceptable).with_kind("cancel"));
    }
    let Some(before) = state
        .occupants
        .of(&incoming.sender)
        .map(|occupant| occupant.nick().to_owned())
    else {
        return Ok(());
    };
    let Some(former) = state.occupants.remove(&before) else {
        return Ok(());
    };
    if state.occupants.get(&application.nick).is_none() {
        state.occupants.insert(Occupant::new(
            room.occupant_address(&application.nick),
            former.account.clone(),
            former.id.clone(),
            former.affiliation,
            former.role,
        ));
    }
    for entry in former.entries() {
        let content = Arc::clone(&entry.content);
        state.occupants.put(&application.nick, &entry.session, content);
    }
    let content = Arc::clone(&application.content);
    state.occupants.put(&application.nick, &incoming.sender, content);
    tell(incoming, state, &former, &application.nick);
    Ok(())
}

fn tell(incoming: &Incoming, state: &State, former: &Occupant, nick: &str) {
    let engine = &incoming.engine;
    let renamed = Notice {
        role: former.role,
        new_nick: Some(nick),
        ..Notice::gone(former, &[status::NICKNAME_CHANGED])
    };
    if let Some(occupant) = state.occupants.get(nick) {
        announce::renamed_to_others(engine, state, former, &occupant.address, &renamed);
        announce::to_own(engine, state, former, &renamed);
        let present = Notice::present(occupant).answering(&incoming.stanza);
        announce::to_all(engine, state, occupant, &present);
    }
}
