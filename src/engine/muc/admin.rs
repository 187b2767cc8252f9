//! Lists of a room (XEP-0045 §8 to §10): who has which affiliation and role, and changes of both. All items of a change
//! are checked before any is applied, in one job of the writer; occupants hear of it by its events.

use std::collections::HashMap;
use std::sync::Arc;

use super::incoming::Incoming;
use super::invitations;
use super::items::{self, Change, Item, List, Who};
use super::live::Held;
use super::occupants::Occupant;
use super::refusals::refused;
use super::reply::{Reply, Request};
use super::rights::{self, Standing};
use super::roles::{self, RoleChange};
use super::room::{Room, State};
use crate::domain::Result;
use crate::domain::address::{Address, FullAddress};
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::group_address::group_address;
use crate::domain::page::PageRequest;
use crate::domain::room::{Role, RoomCause};
use crate::engine::Engine;
use crate::engine::answer::Answer;
use crate::engine::stanza::{Condition, IqType, Kind, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::room_changes::{self, AffiliationChange, NicknameChange};
use crate::storage::{Transaction, room_affiliations, room_profiles, room_reasons, rooms};

/// Serves a query of `muc#admin`.
pub async fn serve(incoming: &Incoming, room: &Held, query: &Element) -> Result<Reply, StanzaError> {
    if incoming.stanza.kind == Kind::Iq(IqType::Get) {
        return show(incoming, room, items::read_lists(query)?).await.map(Reply::Result);
    }
    change(incoming, room, items::read(query)?).await
}

/// Who somebody is to the room, by what is in memory.
pub fn standing(state: &State, incoming: &Incoming) -> Standing {
    Standing {
        affiliation: state.affiliation(&incoming.sender.address().bare),
        role: state
            .occupants
            .of(&incoming.sender)
            .map_or(Role::None, |occupant| occupant.role),
    }
}

async fn show(incoming: &Incoming, room: &Held, lists: Vec<List>) -> Answer {
    let mut query = Element::new("query", ns::MUC_ADMIN);
    for list in lists {
        match list {
            List::Role(role) => query = query.with_children(list_role(incoming, room, role)?),
            List::Affiliation(affiliation) => {
                check_reading(incoming, room, affiliation).await?;
                query = query.with_children(list_affiliation(incoming, room, affiliation).await?);
            }
        }
    }
    Ok(Some(query))
}

async fn check_reading(incoming: &Incoming, room: &Held, affiliation: Affiliation) -> Result<(), StanzaError> {
    let (reader, addresses_are_seen) = {
        let state = room.lock();
        (standing(&state, incoming), state.settings.anyone_discovers_addresses)
    };
    if reader.is_admin() {
        return Ok(rights::check_reading(reader, affiliation, addresses_are_seen)?);
    }
    let place = room.place().clone();
    let read = incoming.engine.store().read(move |connection| {
        let found = rooms::locate(connection, &place)?;
        room_profiles::find(connection, &found)
    });
    let profile = read.await.map_err(refused)?;
    // Who is not in the room reads as a participant does.
    let role = if reader.is_occupant() {
        reader.role
    } else {
        Role::Participant
    };
    let is_seen = addresses_are_seen && profile.list_readers.contains(&role);
    Ok(rights::check_reading(reader, affiliation, is_seen)?)
}

fn list_role(incoming: &Incoming, room: &Held, role: Role) -> Result<Vec<Element>, StanzaError> {
    let state = room.lock();
    rights::check_reading_roles(standing(&state, incoming))?;
    let having = state.occupants.iter().filter(|occupant| occupant.role == role);
    let items = having.map(|occupant| {
        Element::new("item", ns::MUC_ADMIN)
            .with_attr("affiliation", occupant.affiliation.map_or("none", Affiliation::as_str))
            .with_optional_attr("jid", occupant.real_address())
            .with_attr("nick", occupant.nick())
            .with_attr("role", role.as_str())
    });
    Ok(items.collect())
}

async fn list_affiliation(
    incoming: &Incoming,
    room: &Held,
    affiliation: Affiliation,
) -> Result<Vec<Element>, StanzaError> {
    let place = room.place().clone();
    let read = incoming.engine.store().read(move |connection| {
        let found = rooms::locate(connection, &place)?;
        let reasons = room_reasons::list(connection, &found, affiliation)?;
        let mut all = Vec::new();
        let mut page = PageRequest::first();
        loop {
            let part = room_affiliations::list(connection, &found, affiliation, &page)?;
            all.extend(part.items);
            match part.next {
                Some(next) => page = PageRequest::after(Some(next)),
                None => return Ok((all, reasons)),
            }
        }
    });
    let (affiliates, reasons): (Vec<Affiliate>, HashMap<Address, String>) = read.await.map_err(refused)?;
    let state = room.lock();
    let items = affiliates.into_iter().map(|affiliate| {
        let item = Element::new("item", ns::MUC_ADMIN).with_attr("affiliation", affiliation.as_str());
        match affiliate {
            Affiliate::Group(name) => item.with_attr("jid", group_address(&name, &room.place().host)),
            Affiliate::User(address) => {
                // Roles are not affiliations' business (§17.4).
                let reserved = state.nicknames.of(&address).map(Box::from);
                let nick = reserved.or_else(|| state.occupants.nicks_of(&address).into_iter().next());
                let reason = reasons.get(&address);
                let reason = reason.map(|reason| Element::new("reason", ns::MUC_ADMIN).with_text(reason.as_str()));
                item.with_attr("jid", &address)
                    .with_optional_attr("nick", nick)
                    .with_optional_child(reason)
            }
        }
    });
    Ok(items.collect())
}

async fn change(incoming: &Incoming, room: &Held, items: Vec<Item>) -> Result<Reply, StanzaError> {
    let (engine, room) = (incoming.engine.clone(), Arc::clone(room));
    let request = Request::of(incoming);
    let actor = {
        let state = room.lock();
        let occupant = state.occupants.of(&incoming.sender);
        Actor {
            address: incoming.sender.address().clone(),
            role: occupant.map_or(Role::None, |occupant| occupant.role),
            nick: occupant.map(|occupant| occupant.nick().into()),
        }
    };
    let stored = incoming
        .engine
        .store()
        .submit(move |transaction| run(&engine, transaction, &room, &actor, &items, &request));
    stored.await.map_err(refused)??;
    Ok(Reply::Given)
}

/// Who asks for a change.
struct Actor {
    address: FullAddress,
    role: Role,
    nick: Option<Box<str>>,
}

/// What an item means in the room as it is.
enum Step {
    Affiliation(AffiliationChange),
    Role {
        account: Address,
        now: Role,
        change: RoleChange,
    },
}

fn run(
    engine: &Engine,
    transaction: &mut Transaction<'_>,
    room: &Arc<Room>,
    actor: &Actor,
    items: &[Item],
    request: &Request,
) -> Result<Result<(), StanzaError>> {
    let mut found = rooms::locate(transaction, room.place())?;
    let standing = Standing {
        affiliation: room_affiliations::effective(transaction, &found, &actor.address.bare)?,
        role: actor.role,
    };
    // Whoever may change nothing learns nothing of who is there.
    if !standing.may_change() {
        return Ok(Err(Condition::Forbidden.into()));
    }
    let steps = match resolve(room, actor, items) {
        Ok(steps) => steps,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (mut affiliations, mut roles, mut newcomers) = (Vec::new(), Vec::new(), Vec::new());
    for step in steps {
        let checked = match step {
            Step::Affiliation(change) => {
                let former = match &change.affiliate {
                    Affiliate::User(address) => room_affiliations::effective(transaction, &found, address)?,
                    group @ Affiliate::Group(_) => room_affiliations::own(transaction, found.id, group)?,
                };
                let checked = check_affiliation(standing, &actor.address.bare, former, &change);
                let checked = checked.map_err(StanzaError::from);
                if let (None, Some(affiliation), Affiliate::User(address)) =
                    (former, change.affiliation, &change.affiliate)
                    && affiliation != Affiliation::Outcast
                {
                    newcomers.push(address.clone());
                }
                affiliations.push(change);
                checked
            }
            Step::Role { account, now, change } => {
                let target = Standing {
                    affiliation: room_affiliations::effective(transaction, &found, &account)?,
                    role: now,
                };
                let checked = check_role(standing, actor, target, &change);
                let checked = checked.map_err(|condition| about_role(condition, &change));
                roles.push(change);
                checked
            }
        };
        if let Err(refusal) = checked {
            return Ok(Err(refusal));
        }
    }
    let (working, changed, inviter) = (engine.clone(), Arc::clone(room), actor.address.bare.clone());
    let (changes, request) = (affiliations.clone(), request.clone());
    // Before the events of these changes, which find nothing to do here any more: they know no result.
    transaction.after_commit(move || {
        let mut state = changed.lock();
        apply(&working, &changed, &mut state, &changes, &roles, &request);
        invitations::to_new_members(&working, &changed, &state, &inviter, newcomers);
    });
    room_changes::change_affiliations(transaction, &mut found, &affiliations)?;
    room_affiliations::check_number(transaction, &found, engine.settings().limits.room_affiliations)?;
    Ok(Ok(()))
}

/// Does in the room what has been stored, and informs who asked for it as soon as nobody finds it otherwise any more.
fn apply(
    engine: &Engine,
    room: &Arc<Room>,
    state: &mut State,
    affiliations: &[AffiliationChange],
    roles: &[RoleChange],
    request: &Request,
) {
    let people = affiliations.iter().filter_map(|change| match &change.affiliate {
        Affiliate::User(address) => Some((address, change)),
        // What follows for the people of a group comes with its event.
        Affiliate::Group(_) => None,
    });
    for (address, change) in people.clone() {
        roles::note_affiliation(state, address, change.affiliation);
        match &change.nickname {
            NicknameChange::Kept => {}
            NicknameChange::Reserved(nickname) => state.nicknames.reserve(address.clone(), nickname.clone()),
            NicknameChange::Released => state.nicknames.release(address),
        }
    }
    roles::change_roles(engine, room, state, roles, || request.inform(engine));
    for (address, change) in people {
        roles::follow(engine, room, state, address, &change.cause);
    }
}

fn check_affiliation(
    standing: Standing,
    actor: &Address,
    former: Option<Affiliation>,
    change: &AffiliationChange,
) -> Result<(), Condition> {
    let is_oneself = matches!(&change.affiliate, Affiliate::User(address) if address == actor);
    if is_oneself && standing.is_admin() && change.affiliation == Some(Affiliation::Outcast) {
        return Err(Condition::Conflict);
    }
    rights::check_affiliation(standing, former, change.affiliation)
}

fn check_role(standing: Standing, actor: &Actor, target: Standing, change: &RoleChange) -> Result<(), Condition> {
    let is_oneself = actor.nick.as_deref() == Some(&*change.nick);
    if is_oneself && change.role == Role::None && actor.role == Role::Moderator {
        return Err(Condition::Conflict);
    }
    rights::check_role(standing, target, change.role)
}

/// Who tries what nobody may with an occupant is told which one it is (§8.4).
fn about_role(condition: Condition, change: &RoleChange) -> StanzaError {
    let refusal = StanzaError::new(condition);
    if condition != Condition::NotAllowed {
        return refusal;
    }
    let item = Element::new("item", ns::MUC_ADMIN)
        .with_attr("nick", &*change.nick)
        .with_attr("role", change.role.as_str());
    refusal.with_payload(Element::new("query", ns::MUC_ADMIN).with_child(item))
}

/// Finds out whom the items mean.
fn resolve(room: &Room, actor: &Actor, items: &[Item]) -> Result<Vec<Step>, StanzaError> {
    let state = room.lock();
    let mut steps = Vec::new();
    for item in items {
        let cause = RoomCause {
            actor: actor.nick.clone(),
            reason: item.reason.clone(),
        };
        match &item.change {
            Change::Affiliation { affiliation, nickname } => steps.push(Step::Affiliation(AffiliationChange {
                affiliate: match &item.who {
                    Who::Address(address) => Affiliate::at(address.clone(), &room.place().host),
                    Who::Nick(nick) => Affiliate::User(occupant(&state, nick)?.account.clone()),
                },
                affiliation: *affiliation,
                nickname: nickname.clone(),
                cause,
            })),
            Change::Role(role) => {
                for nick in nicks(&state, &item.who)? {
                    let occupant = occupant(&state, &nick)?;
                    steps.push(Step::Role {
                        account: occupant.account.clone(),
                        now: occupant.role,
                        change: RoleChange {
                            nick,
                            role: *role,
                            cause: cause.clone(),
                        },
                    });
                }
            }
        }
    }
    Ok(steps)
}

fn occupant<'state>(state: &'state State, nick: &str) -> Result<&'state Occupant, StanzaError> {
    let found = state.occupants.get(nick);
    found.ok_or_else(|| StanzaError::new(Condition::ItemNotFound).with_text("nobody in the room has that nickname"))
}

/// The nicknames of whom an item about a role means; a full address is that of one session.
fn nicks(state: &State, who: &Who) -> Result<Vec<Box<str>>, StanzaError> {
    let address = match who {
        Who::Nick(nick) => return Ok(vec![nick.clone()]),
        Who::Address(address) => address,
    };
    let mut nicks = state.occupants.nicks_of(&address.bare);
    if address.resource.is_some() {
        nicks.retain(|nick| {
            let occupant = state.occupants.get(nick);
            occupant.is_some_and(|occupant| occupant.sessions().any(|session| session.address() == address))
        });
    }
    if nicks.is_empty() {
        return Err(StanzaError::new(Condition::ItemNotFound).with_text("nobody in the room has that address"));
    }
    Ok(nicks)
}
