//! Invitations to chat rooms (§10.10). Whom they are for is found before the room.

use futures::FutureExt;

use super::call::Call;
use super::error::Failure;
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::rooms::{failure, place};
use super::wire::invitation::{Invitation, Invitations};

pub const OPERATIONS: &[Operation] = &[
    Operation::post(
        "/chatrooms/{roomName}/invite/{jid}",
        "inviteUserOrGroupToMUCRoom",
        |call| invite_one(call).boxed(),
    )
    .reading()
    .during("Could not invite user"),
    Operation::post(
        "/chatrooms/{roomName}/invite",
        "inviteUsersAndOrGroupsToMUCRoom",
        |call| invite_several(call).boxed(),
    )
    .reading()
    .during("Could not invite user"),
];

async fn invite_one(call: &Call) -> Outcome {
    let invitation: Invitation = call.entity()?.ok_or_else(|| absent(call))?;
    invite(call, &[call.parameter("jid").to_owned()], invitation.reason).await
}

async fn invite_several(call: &Call) -> Outcome {
    let invitations: Invitations = call.entity()?.ok_or_else(|| absent(call))?;
    let invitees = invitations.jids_to_invite.unwrap_or_default();
    invite(call, &invitees, invitations.reason).await
}

async fn invite(call: &Call, invitees: &[String], reason: Option<String>) -> Outcome {
    let fail = |error| failure(call, error, call.parameter("roomName"));
    let invitees = call.admin.find_affiliates(call.host(), invitees).await.map_err(fail)?;
    let reason = reason.filter(|text| !text.is_empty());
    let invited = call.admin.invite_to_room(&place(call)?, &invitees, reason).await;
    invited.map_err(fail)?;
    Ok(Reply::done())
}

fn absent(call: &Call) -> Failure {
    Failure::illegal(call.message(), call.parameter("roomName"))
}
