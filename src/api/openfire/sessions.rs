//! Sessions of clients, and how many there are (§10.12, §10.16).

use futures::FutureExt;

use super::call::Call;
use super::error::During;
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::wire::session::{SESSIONS, Session, SessionCount};
use crate::domain::address::AccountAddress;
use crate::domain::page::PageRequest;
use crate::domain::session::{self, Presence, SessionStatus, Show};

pub const OPERATIONS: &[Operation] = &[
    Operation::get("/sessions", "getAllSessions", |call| list(call).boxed()).during("Could not get sessions"),
    Operation::get("/sessions/{username}", "getUserSessions", |call| {
        list_of_user(call).boxed()
    })
    .during("Could not get user sessions"),
    Operation::delete("/sessions/{username}", "kickSession", |call| close(call).boxed())
        .during("Could not close user sessions"),
    Operation::get("/system/statistics/sessions", "getCCS", |call| count(call).boxed())
        .during("Could not count sessions"),
];

impl From<session::Session> for Session {
    fn from(session: session::Session) -> Self {
        let address = session.peer.map(|peer| peer.to_string());
        Self {
            session_id: session.address,
            username: session.localpart.unwrap_or_else(|| "Anonymous".to_owned()),
            resource: session.resource,
            node: "Local",
            session_status: status(session.status),
            presence_status: presence_status(&session.presence),
            presence_message: session.presence.status,
            priority: session.presence.priority.into(),
            host_name: session.peer_name.or_else(|| address.clone()),
            host_address: address,
            creation_date: session.created,
            last_action_date: session.last_active,
            secure: session.secure,
        }
    }
}

fn status(status: SessionStatus) -> &'static str {
    match status {
        SessionStatus::Closed => "Closed",
        SessionStatus::Connected => "Connected",
        SessionStatus::Authenticated => "Authenticated",
    }
}

fn presence_status(presence: &Presence) -> &'static str {
    match presence.show {
        None => "Online",
        Some(Show::Away) => "Away",
        Some(Show::Chat) => "Available to Chat",
        Some(Show::DoNotDisturb) => "Do Not Disturb",
        Some(Show::ExtendedAway) => "Extended Away",
    }
}

/// The account that the path names. A text that is no name is nobody's, which is no error here.
fn account(call: &Call) -> Option<AccountAddress> {
    AccountAddress::prepare(call.parameter("username"), call.host()).ok()
}

async fn list(call: &Call) -> Outcome {
    let first = call
        .admin
        .list_sessions(call.host(), PageRequest::first())
        .await
        .during(call.message(), "")?;
    let admin = call.admin.clone();
    let next = move |after| {
        let admin = admin.clone();
        async move { admin.list_sessions(admin.host(), PageRequest::after(Some(after))).await }
    };
    Ok(Reply::pages(call.negotiated(), SESSIONS, first, next, Session::from))
}

async fn list_of_user(call: &Call) -> Outcome {
    let sessions = match account(call) {
        Some(account) => call.admin.list_available_sessions(&account).await,
        None => Ok(Vec::new()),
    };
    let sessions = sessions.during(call.message(), call.parameter("username"))?;
    Ok(Reply::list(call, SESSIONS, sessions.into_iter().map(Session::from)))
}

async fn close(call: &Call) -> Outcome {
    if let Some(account) = account(call) {
        let closed = call.admin.close_available_sessions(&account).await;
        closed.during(call.message(), call.parameter("username"))?;
    }
    Ok(Reply::done())
}

async fn count(call: &Call) -> Outcome {
    let count = call
        .admin
        .count_sessions(call.host())
        .await
        .during(call.message(), "")?;
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let entity = SessionCount {
        local_sessions: number(count.local),
        cluster_sessions: number(count.cluster),
    };
    Ok(Reply::entity(call, &entity))
}
