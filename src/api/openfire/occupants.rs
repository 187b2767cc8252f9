//! Who is in a chat room, and what was said there lately (§10.11).

use futures::FutureExt;

use super::call::Call;
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::rooms::{failure, place};
use super::wire::messages::{HistoryMessage, MESSAGES};
use super::wire::occupants::{OCCUPANTS, Occupant, PARTICIPANTS, Participant};
use crate::domain::affiliation::Affiliation;
use crate::domain::room::{self, Role, RoomMessage};

pub const OPERATIONS: &[Operation] = &[
    Operation::get("/chatrooms/{roomName}/participants", "getMUCRoomParticipants", |call| {
        list_participants(call).boxed()
    })
    .during("Could not get the participants"),
    Operation::get("/chatrooms/{roomName}/occupants", "getMUCRoomOccupants", |call| {
        list_occupants(call).boxed()
    })
    .during("Could not get the occupants"),
    Operation::get("/chatrooms/{roomName}/chathistory", "getMUCRoomHistory", |call| {
        list_history(call).boxed()
    })
    .during("Could not get the chat history"),
];

impl From<room::Occupant> for Participant {
    fn from(occupant: room::Occupant) -> Self {
        Self {
            jid: occupant.occupant_address,
            role: occupant.role.as_str().to_owned(),
            affiliation: affiliation(occupant.affiliation),
        }
    }
}

impl From<room::Occupant> for Occupant {
    fn from(occupant: room::Occupant) -> Self {
        Self {
            jid: occupant.occupant_address,
            user_address: occupant.user_address,
            role: occupant.role.as_str().to_owned(),
            affiliation: affiliation(occupant.affiliation),
        }
    }
}

impl From<RoomMessage> for HistoryMessage {
    fn from(message: RoomMessage) -> Self {
        Self {
            to: message.to,
            from: Some(message.from),
            kind: Some("groupchat".to_owned()),
            body: Some(message.body),
            delay_stamp: Some(format!("{:.3}", message.sent)),
            delay_from: message.delay_from,
        }
    }
}

fn affiliation(affiliation: Option<Affiliation>) -> String {
    affiliation.map_or("none", Affiliation::as_str).to_owned()
}

async fn occupants(call: &Call) -> Result<Vec<room::Occupant>, super::error::Failure> {
    let place = place(call)?;
    let occupants = call.admin.list_room_occupants(&place).await;
    occupants.map_err(|error| failure(call, error, place.name.as_str()))
}

/// Only those whose role is exactly this: moderators and visitors are missing.
async fn list_participants(call: &Call) -> Outcome {
    let occupants = occupants(call).await?.into_iter();
    let participants = occupants.filter(|occupant| occupant.role == Role::Participant);
    Ok(Reply::list(call, PARTICIPANTS, participants.map(Participant::from)))
}

async fn list_occupants(call: &Call) -> Outcome {
    let occupants = occupants(call).await?.into_iter();
    Ok(Reply::list(call, OCCUPANTS, occupants.map(Occupant::from)))
}

async fn list_history(call: &Call) -> Outcome {
    let place = place(call)?;
    let history = call.admin.list_room_history(&place).await;
    let history = history.map_err(|error| failure(call, error, place.name.as_str()))?;
    Ok(Reply::list(
        call,
        MESSAGES,
        history.into_iter().map(HistoryMessage::from),
    ))
}
