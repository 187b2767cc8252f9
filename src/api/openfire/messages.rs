//! The message to everybody, and messages that wait for somebody (§10.13, §10.14).

use futures::FutureExt;

use super::call::Call;
use super::error::{During, Failure};
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::wire::archive::UnreadCount;
use super::wire::messages::Broadcast;
use crate::domain::address::Address;
use crate::domain::message::Announcement;

pub const OPERATIONS: &[Operation] = &[
    Operation::post("/messages/users", "sendBroadcastMessage", |call| {
        broadcast(call).boxed()
    })
    .reading()
    .during("Message content/body is null or empty"),
    Operation::get("/archive/messages/unread/{jid}", "getUnReadMessagesCount", |call| {
        count_unread(call).boxed()
    })
    .during("Could not get unread messages count"),
];

async fn broadcast(call: &Call) -> Outcome {
    let message: Option<Broadcast> = call.entity()?;
    let body = message.and_then(|message| message.body).unwrap_or_default();
    let announcement = Announcement::new(body).during(call.message(), "")?;
    call.admin
        .broadcast(call.host(), announcement)
        .await
        .during(call.message(), "")?;
    Ok(Reply::created())
}

async fn count_unread(call: &Call) -> Outcome {
    let jid = call.parameter("jid");
    let address = Address::parse(jid).map_err(|_| Failure::illegal(call.message(), jid))?;
    let count = match address.account_on(call.host()) {
        Some(account) => call.admin.count_unread_messages(&account).await,
        None => Ok(0),
    };
    let entity = UnreadCount {
        jid: jid.to_owned(),
        count: i64::try_from(count.during(call.message(), jid)?).unwrap_or(i64::MAX),
    };
    Ok(Reply::entity(call, &entity))
}
