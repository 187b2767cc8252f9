//! XEP-0030 for services of rooms and for rooms (XEP-0045 §6): what they can do, which rooms there are, and who is in
//! them where everybody may know that.

use super::finding;
use super::incoming::Incoming;
use super::refusals::refused;
use super::registration;
use crate::domain::address::Address;
use crate::domain::affiliation::Affiliation;
use crate::domain::room::{Role, RoomPlace, RoomSettings};
use crate::domain::room_profile::RoomProfile;
use crate::engine::answer::{Answer, payload};
use crate::engine::form::{Field, FieldKind, Form};
use crate::engine::rsm::{self, PageWanted, Position};
use crate::engine::stanza::{Condition, IqType, Kind, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::{room_directory, room_profiles, room_services, rooms};

const OF_SERVICE: &[&str] = &[
    ns::DISCO_INFO,
    ns::DISCO_ITEMS,
    ns::MUC,
    ns::MUC_UNIQUE,
    STABLE_ID,
    ns::RSM,
    ns::PING,
    ns::MUC_SELF_PING,
    ns::OCCUPANT_ID,
    ns::VCARD,
    ns::CHANNEL_SEARCH,
];

/// XEP-0045 §7.4: ids stay what they are.
const STABLE_ID: &str = "http://jabber.org/protocol/muc#stable_id";

/// Besides those that say what a room is like.
const OF_ROOM: &[&str] = &[
    ns::DISCO_INFO,
    ns::DISCO_ITEMS,
    ns::MUC,
    ns::PING,
    ns::MUC_SELF_PING,
    ns::MUC_REQUEST,
    ns::OCCUPANT_ID,
    ns::STANZA_ID,
    ns::VCARD,
    STABLE_ID,
    ns::MUC_ROOM_CONFIG,
    ns::MUC_ROOM_INFO,
];

/// Of rooms whose archive can be read.
const OF_ARCHIVE: &[&str] = &[
    ns::MAM,
    ns::MAM_EXTENDED,
    ns::MODERATE,
    ns::MODERATE_0,
    ns::RETRACT,
    ns::RETRACT_TOMBSTONE,
];

/// XEP-0045 §7.12: the nickname that a room keeps for who asks.
const RESERVED_NICKNAME: &str = "x-roomuser-item";
/// XEP-0045 §18.1.1: what may be said in a room.
const TRAFFIC: &str = "http://jabber.org/protocol/muc#traffic";

/// Rooms that are listed at once.
const PAGE: usize = 1_000;

pub async fn serve_service(incoming: &Incoming) -> Answer {
    let query = read(incoming)?;
    if query.attr("node").is_some() {
        return Err(Condition::ItemNotFound.into());
    }
    if query.ns() == ns::DISCO_ITEMS {
        return list_rooms(incoming, query).await;
    }
    let service = &incoming.service;
    let (host, name) = (service.host.clone(), service.name.clone());
    let read = incoming
        .engine
        .store()
        .read(move |connection| room_services::find(connection, &host, &name));
    let found = read.await.map_err(refused)?;
    let name = found.description.unwrap_or(found.name);
    Ok(Some(
        Element::new("query", ns::DISCO_INFO)
            .with_child(identity(&name))
            .with_children(OF_SERVICE.iter().map(|feature| self::feature(feature))),
    ))
}

/// Rooms that are listed, by their address. Without a wish for pages, as many as fit into one.
async fn list_rooms(incoming: &Incoming, query: &Element) -> Answer {
    let asked = PageWanted::read(query, PAGE, PAGE)?;
    let wanted = asked.clone().unwrap_or(PageWanted {
        position: Position::After(None),
        limit: PAGE,
    });
    let service = &incoming.service;
    let (host, name) = (service.host.clone(), service.name.clone());
    let read = incoming.engine.store().read(move |connection| {
        let service = room_services::locate(connection, &host, &name)?;
        room_directory::list_public(connection, &service)
    });
    let listed = read.await.map_err(refused)?;
    let domain = incoming.to.bare.host();
    let rooms: Vec<(String, String)> = listed
        .into_iter()
        .map(|room| (format!("{}@{domain}", room.name), room.shown))
        .filter(|(address, _)| is_there_for(incoming, address))
        .collect();
    let (page, set) = rsm::page(&rooms, &wanted, |(address, _)| address)?;
    let items = page.iter().map(|(address, name)| {
        Element::new("item", ns::DISCO_ITEMS)
            .with_attr("jid", address)
            .with_attr("name", name)
    });
    let is_part = page.len() < rooms.len();
    Ok(Some(
        Element::new("query", ns::DISCO_ITEMS)
            .with_children(items)
            .with_optional_child((asked.is_some() || is_part).then_some(set)),
    ))
}

/// Whether a room that is listed is there for who asks: it is not as long as its creator has not configured it.
fn is_there_for(incoming: &Incoming, room: &str) -> bool {
    let room = incoming.engine.rooms().get(&Address::from_stored(room));
    room.is_none_or(|room| room.lock().is_there_for(&incoming.sender.address().bare))
}

pub async fn serve_room(incoming: &Incoming, place: &RoomPlace) -> Answer {
    let query = read(incoming)?;
    match (query.ns(), query.attr("node")) {
        (ns::DISCO_INFO, None) => describe(incoming, place).await,
        (ns::DISCO_INFO, Some(RESERVED_NICKNAME)) => tell_nickname(incoming, place).await,
        // Whatever clients say is passed on.
        (ns::DISCO_INFO, Some(TRAFFIC)) => Err(Condition::ServiceUnavailable.into()),
        (ns::DISCO_ITEMS, None) => list_occupants(incoming, place).await,
        _ => Err(Condition::ItemNotFound.into()),
    }
}

async fn describe(incoming: &Incoming, place: &RoomPlace) -> Answer {
    let located = place.clone();
    let read = incoming.engine.store().read(move |connection| {
        let found = rooms::locate(connection, &located)?;
        let settings = rooms::settings(connection, &found)?;
        let owners = room_directory::owners(connection, &found)?;
        let profile = room_profiles::find(connection, &found)?;
        let photos = room_profiles::find_photos(connection, &found)?;
        Ok((settings, profile, owners, photos))
    });
    let (settings, profile, owners, photos) = read.await.map_err(refused)?;
    let occupants = match incoming.engine.rooms().get(incoming.room()) {
        Some(room) => {
            let state = room.lock();
            if !state.is_there_for(&incoming.sender.address().bare) {
                return Err(Condition::ItemNotFound.into());
            }
            state.occupants.len()
        }
        None => 0,
    };
    let has_archive = settings.logged && incoming.engine.settings().archive;
    let features = OF_ROOM.iter().copied().chain(traits(&settings));
    let features = features.chain(has_archive.then_some(OF_ARCHIVE).into_iter().flatten().copied());
    let registration = [ns::REGISTER, ns::MUC_REGISTER];
    let features = features.chain(registration.into_iter().filter(|_| settings.registration_enabled));
    let name = settings.natural_name.as_deref().unwrap_or(place.name.as_str());
    let mut form = form(&settings, &profile, occupants);
    let most = incoming.engine.settings().limits.history().messages;
    form.push(Field::new("muc#maxhistoryfetch", FieldKind::TextSingle).with_value(most));
    if settings.anyone_discovers_addresses {
        form.push(Field::new("muc#roominfo_contactjid", FieldKind::JidMulti).with_values(owners));
    }
    if !photos.is_empty() {
        form.push(Field::new("muc#roominfo_avatarhash", FieldKind::TextMulti).with_values(photos));
    }
    Ok(Some(
        Element::new("query", ns::DISCO_INFO)
            .with_child(identity(name))
            .with_children(features.map(feature))
            .with_child(form.to_result()),
    ))
}

/// What a room is like (§16.3).
fn traits(settings: &RoomSettings) -> [&'static str; 6] {
    let which = |is_so: bool, so: &'static str, otherwise: &'static str| if is_so { so } else { otherwise };
    [
        which(settings.public, "muc_public", "muc_hidden"),
        which(settings.members_only, "muc_membersonly", "muc_open"),
        which(settings.moderated, "muc_moderated", "muc_unmoderated"),
        which(
            settings.anyone_discovers_addresses,
            "muc_nonanonymous",
            "muc_semianonymous",
        ),
        which(
            settings.password_to_enter().is_some(),
            "muc_passwordprotected",
            "muc_unsecured",
        ),
        which(settings.persistent, "muc_persistent", "muc_temporary"),
    ]
}

/// §16.5.4
fn form(settings: &RoomSettings, profile: &RoomProfile, occupants: usize) -> Form {
    let text = |name, value: Option<&str>| Field::new(name, FieldKind::TextSingle).with_values(value);
    let mut form = Form::new(ns::MUC_ROOM_INFO)
        .with(text(
            "muc#roominfo_description",
            Some(settings.description.as_deref().unwrap_or_default()),
        ))
        .with(text(
            "muc#roominfo_subject",
            Some(settings.subject.as_deref().unwrap_or_default()),
        ))
        .with(Field::boolean(
            "muc#roominfo_changesubject",
            settings.occupants_change_subject,
        ))
        .with(Field::boolean(
            "muc#roominfo_subjectmod",
            settings.occupants_change_subject,
        ))
        .with(Field::boolean(
            "muc#roomconfig_changesubject",
            settings.occupants_change_subject,
        ))
        .with(text("muc#roominfo_occupants", Some(&occupants.to_string())))
        .with(text("muc#roomconfig_roomname", settings.natural_name.as_deref()));
    if profile.language.is_some() {
        form.push(text("muc#roominfo_lang", profile.language.as_deref()));
    }
    if profile.node.is_some() {
        form.push(text("muc#roomconfig_pubsub", profile.node.as_deref()));
    }
    form
}

async fn tell_nickname(incoming: &Incoming, place: &RoomPlace) -> Answer {
    let room = finding::expect(&incoming.engine, place).await?;
    let nickname = registration::find_nickname(incoming, &room).await?;
    let query = Element::new("query", ns::DISCO_INFO).with_attr("node", RESERVED_NICKNAME);
    Ok(Some(query.with_optional_child(nickname.as_deref().map(identity))))
}

/// Who is in a room is told to those in it, and to others where the room is listed and hides nobody.
async fn list_occupants(incoming: &Incoming, place: &RoomPlace) -> Answer {
    let room = finding::expect(&incoming.engine, place).await?;
    let state = room.lock();
    if !state.is_there_for(&incoming.sender.address().bare) {
        return Err(Condition::ItemNotFound.into());
    }
    let affiliation = state.affiliation(&incoming.sender.address().bare);
    let is_inside = state.occupants.of(&incoming.sender).is_some();
    let is_open = state.settings.public && !state.settings.members_only && state.settings.password_to_enter().is_none();
    let may = is_inside
        || matches!(affiliation, Some(Affiliation::Owner | Affiliation::Admin))
        || (is_open && affiliation != Some(Affiliation::Outcast));
    let query = Element::new("query", ns::DISCO_ITEMS);
    if !may {
        return Ok(Some(query));
    }
    let shown = state
        .occupants
        .iter()
        .filter(|occupant| occupant.role != Role::None && state.announces(occupant.role));
    let items = shown.map(|occupant| Element::new("item", ns::DISCO_ITEMS).with_attr("jid", &occupant.address));
    Ok(Some(query.with_children(items)))
}

fn read(incoming: &Incoming) -> Result<&Element, StanzaError> {
    let query = payload(&incoming.stanza)?;
    if incoming.stanza.kind != Kind::Iq(IqType::Get) || query.name() != "query" {
        return Err(Condition::BadRequest.into());
    }
    Ok(query)
}

fn identity(name: &str) -> Element {
    Element::new("identity", ns::DISCO_INFO)
        .with_attr("category", "conference")
        .with_attr("name", name)
        .with_attr("type", "text")
}

fn feature(name: &str) -> Element {
    Element::new("feature", ns::DISCO_INFO).with_attr("var", name)
}
