//! Making several chat rooms with one request (§10.8).

use futures::FutureExt;

use super::call::Call;
use super::error::Failure;
use super::operation::{Operation, Outcome, Produces};
use super::reply::Reply;
use super::room_content::Refusal;
use super::rooms::{self, NAMELESS};
use super::wire::chat_room::ChatRooms;
use super::wire::room_creation_results::{RoomCreationResult, RoomCreationResults};
use crate::domain::Error;
use crate::domain::room::RoomService;

pub const OPERATIONS: &[Operation] =
    &[
        Operation::post("/chatrooms/bulk", "createMUCRooms", |call| create(call).boxed())
            .reading()
            .producing(Produces::Entity)
            .during("Could not create the channels"),
    ];

/// Makes one room after the other; a room that is refused stops none of the others.
async fn create(call: &Call) -> Outcome {
    let rooms = call.entity::<ChatRooms>()?.and_then(|sent| sent.chat_rooms);
    let rooms = rooms.ok_or_else(|| Failure::illegal(call.message(), NAMELESS))?;
    let service = rooms::service(call);
    if !rooms.is_empty() {
        RoomService::domain(&service, call.host()).map_err(|error| call.failed(error, &service))?;
    }
    let mut results = RoomCreationResults::default();
    for room in rooms {
        let mut room_name = room.room_name.clone();
        let made = match rooms::named(&room) {
            Ok(name) => {
                room_name = Some(name.as_str().to_owned());
                rooms::set(call, name, room).await
            }
            Err(error) => Err(error.into()),
        };
        let result = |result_type, message| RoomCreationResult {
            room_name,
            result_type,
            message,
        };
        match made {
            Ok(()) => results
                .success
                .push(result("Success", "Room was successfully created".to_owned())),
            Err(refusal) => results.failure.push(result("Failure", failure(call, refusal)?)),
        }
    }
    Ok(Reply::entity(call, &results))
}

/// Why a room was not made. What hinders all rooms alike ends the request.
fn failure(call: &Call, refusal: Refusal) -> Result<String, Failure> {
    let (exception, detail) = match refusal {
        Refusal::Duplicates(addresses) => (
            "ConflictException",
            format!(
                "The requested room defines duplicate affiliations for the following entities: {}",
                addresses.join(", ")
            ),
        ),
        Refusal::Domain(Error::Conflict { .. }) => ("ConflictException", "null".to_owned()),
        Refusal::Domain(Error::NotAllowed { .. }) => ("NotAllowedException", "null".to_owned()),
        Refusal::Domain(error @ (Error::Invalid { .. } | Error::TooLong { .. })) => {
            ("IllegalArgumentException", error.to_string())
        }
        Refusal::Domain(error @ Error::NotFound { .. }) => ("GroupNotFoundException", error.to_string()),
        Refusal::Domain(
            error @ (Error::AlreadyExists { .. }
            | Error::SharedGroup { .. }
            | Error::Unsupported { .. }
            | Error::Unavailable { .. }
            | Error::LimitReached { .. }
            | Error::Internal(_)),
        ) => return Err(call.failed(error, NAMELESS)),
    };
    Ok(format!("Room creation failed due to {exception}: {detail}"))
}
