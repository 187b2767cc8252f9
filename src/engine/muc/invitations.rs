//! Invitations (XEP-0045 §7.8): those that occupants send through the room, those that the room sends itself, and what
//! the invited answer.

use std::sync::Arc;

use futures::future::join_all;

use super::finding;
use super::incoming::Incoming;
use super::live::Held;
use super::refusals::refused;
use super::room::{Room, State};
use crate::domain::address::{Address, FullAddress};
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::room::{Role, RoomCause, RoomPlace, RoomSettings};
use crate::domain::secret::Secret;
use crate::engine::Engine;
use crate::engine::blocking;
use crate::engine::refusal;
use crate::engine::stanza::{Condition, Kind, MessageType, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::room_changes::{self, AffiliationChange, NicknameChange};
use crate::storage::{room_affiliations, rooms};

/// Invitations in one message.
const MOST: usize = 50;

/// Whether a message to a room is about invitations.
pub fn is_one(stanza: &Stanza) -> bool {
    stanza.child("x", ns::MUC_USER).is_some_and(|x| {
        let is_one = |child: &Element| child.is("invite", ns::MUC_USER) || child.is("decline", ns::MUC_USER);
        x.children().any(is_one)
    })
}

/// Serves invitations and refusals of them that a client sends to a room.
pub async fn take(incoming: &Incoming, place: &RoomPlace) {
    let outcome = match finding::expect(&incoming.engine, place).await {
        Ok(room) => serve(incoming, &room).await,
        Err(error) => Err(error),
    };
    if let Err(error) = outcome {
        incoming.refuse(error);
    }
}

async fn serve(incoming: &Incoming, room: &Held) -> Result<(), StanzaError> {
    if !room.lock().is_there_for(&incoming.sender.address().bare) {
        return Err(Condition::ItemNotFound.into());
    }
    let Some(x) = incoming.stanza.child("x", ns::MUC_USER) else {
        return Err(Condition::BadRequest.into());
    };
    if let Some(decline) = x.child("decline", ns::MUC_USER) {
        return pass_on_refusal(incoming, room, decline).await;
    }
    let invitations: Vec<&Element> = x.children().filter(|child| child.is("invite", ns::MUC_USER)).collect();
    if invitations.len() > MOST {
        return Err(Condition::PolicyViolation.into());
    }
    let mut people = Vec::new();
    for invite in &invitations {
        let to = invite.attr("to").ok_or(Condition::BadRequest)?;
        people.push(FullAddress::parse(to).map_err(|_| Condition::JidMalformed)?);
    }
    let password = check(incoming, room)?;
    for person in &people {
        require_account(incoming, person).await?;
        check_not_blocked(incoming, person).await?;
    }
    make_members(incoming, room, &people).await?;
    for (invite, to) in invitations.into_iter().zip(people) {
        let mut stanza = passed_on(incoming, room, invite, password.as_ref());
        stanza.id.clone_from(&incoming.stanza.id);
        incoming.engine.receive(stanza.with_to(to)).await;
    }
    Ok(())
}

/// §7.8.2: whoever invites learns that there is nobody, as whoever writes does.
async fn require_account(incoming: &Incoming, person: &FullAddress) -> Result<(), StanzaError> {
    let router = incoming.engine.router();
    let own = incoming.service.host.as_str();
    let host = router
        .host(person.bare.host())
        .filter(|host| !router.are_apart(own, host.as_str()));
    let account = host.and_then(|host| person.bare.account_on(host));
    let Some(account) = account else { return Ok(()) };
    match incoming.engine.accounts().find(&account).await.map_err(refused)? {
        Some(_) => Ok(()),
        None => Err(Condition::ItemNotFound.into()),
    }
}

/// Whom somebody has blocked does not reach him through a room either (XEP-0191 §3.3).
async fn check_not_blocked(incoming: &Incoming, person: &FullAddress) -> Result<(), StanzaError> {
    let is_blocked = blocking::holds_back(&incoming.engine, &person.bare, incoming.sender.address());
    if is_blocked.await.map_err(refused)? {
        return Err(refusal::NOBODY.into());
    }
    Ok(())
}

/// Who may invite (§5.1.1, §9.5); gives the password that the invited need.
fn check(incoming: &Incoming, room: &Held) -> Result<Option<Secret>, StanzaError> {
    let state = room.lock();
    let Some(occupant) = state.occupants.of(&incoming.sender) else {
        return Err(Condition::Forbidden.into());
    };
    let is_admin = matches!(occupant.affiliation, Some(Affiliation::Owner | Affiliation::Admin));
    // The recorded room that occupants must not invite to lets them invite as long as everybody may enter.
    let may = is_admin || state.settings.occupants_invite || !state.settings.members_only;
    if !may || (occupant.role == Role::None) {
        return Err(Condition::Forbidden.into());
    }
    Ok(state.settings.password_to_enter().cloned())
}

/// Who is invited to a room for members only becomes a member (§7.8.2).
async fn make_members(incoming: &Incoming, room: &Held, people: &[FullAddress]) -> Result<(), StanzaError> {
    if !room.lock().settings.members_only {
        return Ok(());
    }
    let (place, people) = (room.place().clone(), people.to_vec());
    let most = incoming.engine.settings().limits.room_affiliations;
    let stored = incoming.engine.store().submit(move |transaction| {
        let mut found = rooms::locate(transaction, &place)?;
        let mut changes = Vec::new();
        for person in &people {
            if room_affiliations::effective(transaction, &found, &person.bare)?.is_none() {
                changes.push(AffiliationChange {
                    affiliate: Affiliate::User(person.bare.clone()),
                    affiliation: Some(Affiliation::Member),
                    nickname: NicknameChange::Kept,
                    cause: RoomCause::default(),
                });
            }
        }
        room_changes::change_affiliations(transaction, &mut found, &changes)?;
        room_affiliations::check_number(transaction, &found, most)
    });
    stored.await.map_err(refused)
}

/// The invitation of an occupant as the room passes it on. Where addresses are hidden, so is that of who invites.
fn passed_on(incoming: &Incoming, room: &Room, invite: &Element, password: Option<&Secret>) -> Stanza {
    let from = {
        let state = room.lock();
        let occupant = state.occupants.of(&incoming.sender);
        let hidden = occupant.filter(|_| !state.settings.anyone_discovers_addresses);
        hidden.map_or_else(
            || incoming.sender.address().clone(),
            |occupant| occupant.address.clone(),
        )
    };
    let mut passed = Element::new("invite", ns::MUC_USER).with_attr("from", from);
    for child in invite.children() {
        if matches!(child.name(), "reason" | "continue") {
            passed.push(child.clone());
        }
    }
    invitation(room.address(), passed, password)
}

/// Invites people in the name of the room itself.
pub async fn invite(
    engine: &Engine,
    room: &Address,
    settings: &RoomSettings,
    people: Vec<Address>,
    reason: Option<&str>,
) {
    let received = people.into_iter().map(|person| {
        let invitation = of_room(room, reason, settings.password_to_enter());
        engine.receive(invitation.with_to(person.into()))
    });
    join_all(received).await;
}

fn of_room(room: &Address, reason: Option<&str>, password: Option<&Secret>) -> Stanza {
    let mut invite = Element::new("invite", ns::MUC_USER).with_attr("from", room);
    if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
        invite.push(Element::new("reason", ns::MUC_USER).with_text(reason));
    }
    invitation(room, invite, password)
}

/// For clients that know direct invitations only, it is one of those as well (XEP-0249).
fn invitation(room: &Address, invite: Element, password: Option<&Secret>) -> Stanza {
    let mut x = Element::new("x", ns::MUC_USER).with_child(invite);
    if let Some(password) = password {
        x.push(Element::new("password", ns::MUC_USER).with_text(password.expose()));
    }
    Stanza::new(Kind::Message(MessageType::Normal))
        .with_from(room.clone().into())
        .with_child(x)
        .with_child(Element::new("x", ns::CONFERENCE).with_attr("jid", room))
}

/// §7.8.2: the room gives the refusal to who invited, which only people of the room can have done.
async fn pass_on_refusal(incoming: &Incoming, room: &Held, decline: &Element) -> Result<(), StanzaError> {
    let to = decline.attr("to").ok_or(Condition::BadRequest)?;
    let mut to = FullAddress::parse(to).map_err(|_| Condition::JidMalformed)?;
    {
        let state = room.lock();
        if state.affiliation(&incoming.sender.address().bare) == Some(Affiliation::Outcast) {
            return Err(Condition::Forbidden.into());
        }
        if to.bare == *room.address() {
            let inviter = state.occupants.get(to.resource.as_deref().unwrap_or_default());
            to = inviter
                .and_then(|inviter| inviter.real_address().cloned())
                .ok_or(Condition::ItemNotFound)?;
        } else if state.occupants.nicks_of(&to.bare).is_empty() && !can_have_invited(state.affiliation(&to.bare)) {
            return Err(Condition::ItemNotFound.into());
        }
    }
    check_not_blocked(incoming, &to).await?;
    let mut passed = Element::new("decline", ns::MUC_USER).with_attr("from", &incoming.sender.address().bare);
    for child in decline.children().filter(|child| child.name() == "reason") {
        passed.push(child.clone());
    }
    let mut stanza = Stanza::new(Kind::Message(MessageType::Normal))
        .with_from(room.address().clone().into())
        .with_to(to)
        .with_child(Element::new("x", ns::MUC_USER).with_child(passed));
    stanza.id.clone_from(&incoming.stanza.id);
    incoming.engine.receive(stanza).await;
    Ok(())
}

fn can_have_invited(affiliation: Option<Affiliation>) -> bool {
    affiliation.is_some_and(|affiliation| affiliation != Affiliation::Outcast)
}

/// Asks those in who have become members of a room that only members enter (§9.5) and are not there.
pub fn to_new_members(engine: &Engine, room: &Arc<Room>, state: &State, inviter: &Address, people: Vec<Address>) {
    if !state.settings.members_only {
        return;
    }
    for person in people {
        if state.occupants.nicks_of(&person).is_empty() {
            let invite = Element::new("invite", ns::MUC_USER).with_attr("from", inviter);
            let stanza = invitation(room.address(), invite, state.settings.password_to_enter());
            engine.spawn(engine.receive(stanza.with_to(person.into())));
        }
    }
}
