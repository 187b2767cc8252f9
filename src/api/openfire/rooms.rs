//! Chat rooms (§10.8).

use std::sync::Arc;

use futures::FutureExt;

use super::call::Call;
use super::error::{Failure, NOT_ALLOWED};
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::room_content::{People, Refusal, content};
use super::wire::chat_room::{CHAT_ROOMS, ChatRoom};
use crate::admin::AdminSession;
use crate::domain::address::Localpart;
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::page::{Page, PageRequest};
use crate::domain::room::{Room, RoomFilter, RoomPlace, RoomSearch};
use crate::domain::{Error, Kind};
use http::StatusCode;

pub const OPERATIONS: &[Operation] = &[
    Operation::get("/chatrooms", "getMUCRooms", |call| list(call).boxed()).during("Could not get the channels"),
    Operation::post("/chatrooms", "createMUCRoom", |call| create(call).boxed())
        .reading()
        .during("Could not create the channel"),
    Operation::get("/chatrooms/{roomName}", "getMUCRoomJSON2", |call| find(call).boxed())
        .during("Could not get the channel"),
    Operation::put("/chatrooms/{roomName}", "updateMUCRoom", |call| replace(call).boxed())
        .reading()
        .during("Could not update the channel"),
    Operation::delete("/chatrooms/{roomName}", "deleteMUCRoom", |call| remove(call).boxed())
        .during("Could not delete the channel"),
];

/// The resource of a refusal of a room that names none.
pub const NAMELESS: &str = "chatRooms";

const DEFAULT_SERVICE: &str = "conference";

/// The chat service that the query names.
pub fn service(call: &Call) -> String {
    call.text("servicename")
        .map_or_else(|| DEFAULT_SERVICE.to_owned(), std::borrow::Cow::into_owned)
}

/// The room that path and query name.
pub fn place(call: &Call) -> Result<RoomPlace, Failure> {
    let name = call.parameter("roomName");
    let name = Localpart::prepare(name).map_err(|_| Failure::illegal(call.message(), name))?;
    Ok(place_of(call, name))
}

fn place_of(call: &Call, name: Localpart) -> RoomPlace {
    RoomPlace {
        host: call.host().clone(),
        service: service(call),
        name,
    }
}

/// How an operation on a room fails. `resource` is what other errors than missing things are about.
pub fn failure(call: &Call, error: Error, resource: &str) -> Failure {
    let (message, name) = match &error {
        Error::NotFound {
            kind: Kind::RoomService,
            name,
        } => ("Chat service does not exist or is not accessible.", name.clone()),
        Error::NotFound { kind: Kind::Room, name } => ("Chat room does not exist or is not accessible.", name.clone()),
        Error::NotFound {
            kind: Kind::Group,
            name,
        } => ("Could not find group", name.clone()),
        _ => (call.message(), resource.to_owned()),
    };
    Failure::from_domain(error, message, name)
}

/// A page of rooms with the people of their groups, if those are wanted.
async fn page(
    admin: &AdminSession,
    service: &str,
    filter: &RoomFilter,
    request: PageRequest,
    expand: bool,
) -> Result<Page<(Room, Arc<People>)>, Error> {
    let page = admin.list_rooms(admin.host(), service, filter, request).await?;
    let people = Arc::new(people(admin, &page.items, expand).await?);
    Ok(page.map(|room| (room, Arc::clone(&people))))
}

async fn people(admin: &AdminSession, rooms: &[Room], expand: bool) -> Result<People, Error> {
    if !expand {
        return Ok(People::new());
    }
    let affiliates = rooms.iter().flat_map(|room| &room.affiliations);
    let groups = Affiliate::groups_among(affiliates.map(|(affiliate, _)| affiliate));
    admin.people_of_groups(admin.host(), groups).await
}

fn expands_groups(call: &Call) -> bool {
    call.query().boolean("expandGroups").unwrap_or_default()
}

/// Which rooms are wanted; `None`: no room whatever there is.
async fn filter(call: &Call, service: &str) -> Result<Option<RoomFilter>, Failure> {
    let wanted = call.text("type").unwrap_or("public".into());
    let text = call.text("search").filter(|text| !text.is_empty());
    let (containing, is_legal) = match text.as_deref().map(RoomSearch::new).transpose() {
        Ok(containing) => (containing, true),
        Err(_) => (None, false),
    };
    let filter = RoomFilter {
        public_only: wanted == "public",
        containing,
    };
    if is_legal && (filter.public_only || wanted == "all") {
        return Ok(Some(filter));
    }
    // The original looks at the text only once it compares it with a room.
    let one = PageRequest { after: None, limit: 1 };
    let all = RoomFilter::default();
    let rooms = call.admin.list_rooms(call.host(), service, &all, one).await;
    let rooms = rooms.map_err(|error| failure(call, error, service))?;
    if is_legal || rooms.items.is_empty() {
        return Ok(None);
    }
    Err(Failure::illegal(call.message(), text.unwrap_or_default()))
}

async fn list(call: &Call) -> Outcome {
    let (service, expand) = (service(call), expands_groups(call));
    let Some(filter) = filter(call, &service).await? else {
        return Ok(Reply::list(call, CHAT_ROOMS, [] as [ChatRoom; 0]));
    };
    let first = page(&call.admin, &service, &filter, PageRequest::first(), expand).await;
    let first = first.map_err(|error| failure(call, error, &service))?;
    let admin = call.admin.clone();
    let next = move |after| {
        let (admin, service, filter) = (admin.clone(), service.clone(), filter.clone());
        async move { page(&admin, &service, &filter, PageRequest::after(Some(after)), expand).await }
    };
    Ok(Reply::pages(
        call.negotiated(),
        CHAT_ROOMS,
        first,
        next,
        |(room, people)| ChatRoom::shown(room, &people),
    ))
}

async fn find(call: &Call) -> Outcome {
    let place = place(call)?;
    let fail = |error| failure(call, error, place.name.as_str());
    let room = call.admin.find_room(&place).await.map_err(fail)?;
    let people = people(&call.admin, std::slice::from_ref(&room), expands_groups(call))
        .await
        .map_err(fail)?;
    Ok(Reply::entity(call, &ChatRoom::shown(room, &people)))
}

async fn create(call: &Call) -> Outcome {
    let absent = || Failure::illegal(call.message(), NAMELESS);
    let room: ChatRoom = call.entity()?.ok_or_else(absent)?;
    let name = named(&room).map_err(|_| absent())?;
    match set(call, name.clone(), room).await {
        Ok(()) => Ok(Reply::created()),
        Err(refusal) => Err(refused(call, refusal, &name)),
    }
}

async fn replace(call: &Call) -> Outcome {
    let place = place(call)?;
    let absent = || Failure::illegal(call.message(), call.parameter("roomName"));
    let room: ChatRoom = call.entity()?.ok_or_else(absent)?;
    if !named(&room).is_ok_and(|name| name == place.name) {
        return Err(Failure::illegal(
            "Could not update the channel. The room name is different to the entity room name.",
            place.name.as_str(),
        ));
    }
    match set(call, place.name.clone(), room).await {
        Ok(()) => Ok(Reply::done()),
        Err(refusal) => Err(refused(call, refusal, &place.name)),
    }
}

async fn remove(call: &Call) -> Outcome {
    let place = place(call)?;
    let removed = call.admin.remove_room(&place).await;
    removed.map_err(|error| failure(call, error, place.name.as_str()))?;
    Ok(Reply::done())
}

/// The prepared name of a room that was sent.
pub fn named(room: &ChatRoom) -> Result<Localpart, Error> {
    Localpart::prepare(room.room_name.as_deref().unwrap_or_default())
}

/// Makes a room what was sent, and invites whom that gives an affiliation if this is asked for.
pub async fn set(call: &Call, name: Localpart, room: ChatRoom) -> Result<(), Refusal> {
    let place = place_of(call, name);
    let content = content(call, &place, room).await?;
    let added = call.admin.set_room(&place, content).await?;
    if !sends_invitations(call) {
        return Ok(());
    }
    for affiliation in Affiliation::ALL {
        let of_affiliation = added.iter().filter(|(_, given)| *given == affiliation);
        let affiliates: Vec<_> = of_affiliation.map(|(affiliate, _)| affiliate.clone()).collect();
        invite_affiliates(call, &place, affiliation, &affiliates).await?;
    }
    Ok(())
}

/// Whether whom a request gives an affiliation is to be invited. Clients write the name in any
/// letter case.
pub fn sends_invitations(call: &Call) -> bool {
    call.query().boolean_in_any_case("sendInvitations").unwrap_or_default()
}

/// Invites those who were given an affiliation; nobody who was cast out.
pub async fn invite_affiliates(
    call: &Call,
    place: &RoomPlace,
    affiliation: Affiliation,
    affiliates: &[Affiliate],
) -> Result<(), Error> {
    if affiliates.is_empty() || affiliation == Affiliation::Outcast {
        return Ok(());
    }
    let reason = format!("You are {} of room {}", affiliation.as_str(), place.name);
    call.admin.invite_to_room(place, affiliates, Some(reason)).await
}

fn refused(call: &Call, refusal: Refusal, name: &Localpart) -> Failure {
    match refusal {
        Refusal::Duplicates(_) => Failure::service(StatusCode::CONFLICT, NOT_ALLOWED, call.message(), name.as_str()),
        Refusal::Domain(error) => failure(call, error, name.as_str()),
    }
}
