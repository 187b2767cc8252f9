//! Numbers and lists of users: registered, disabled, online, active and idle (XEP-0133 §4.13-§4.22).

use std::collections::BTreeMap;

use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};

use super::call::{Call, Command};
use super::error::Failure;
use super::wire;
use crate::domain::Result as DomainResult;
use crate::domain::account::AccountFilter;
use crate::domain::command::{Answers, Field, FieldKind, Form, Outcome, Refusal};
use crate::domain::page::{MAX_PAGE, PageRequest};

/// Who has sent no stanza for so long is idle.
const IDLE_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// The most users of one answer.
const MAX_USERS: usize = 10_000;

pub const COMMANDS: &[Command] = &[
    Command::acting(
        "http://jabber.org/protocol/admin#get-registered-users-num",
        "Get Number of Registered Users",
        |call, _| number(call, Users::Registered, "registeredusersnum").boxed(),
    ),
    Command::acting(
        "http://jabber.org/protocol/admin#get-disabled-users-num",
        "Get Number of Disabled Users",
        |call, _| number(call, Users::Disabled, "disabledusersnum").boxed(),
    ),
    Command::acting(
        "http://jabber.org/protocol/admin#get-online-users-num",
        "Get Number of Online Users",
        |call, _| number(call, Users::Online, "onlineusersnum").boxed(),
    ),
    Command::acting(
        "http://jabber.org/protocol/admin#get-active-users-num",
        "Get Number of Active Users",
        |call, _| number(call, Users::Active, "activeusersnum").boxed(),
    ),
    Command::acting(
        "http://jabber.org/protocol/admin#get-idle-users-num",
        "Get Number of Idle Users",
        |call, _| number(call, Users::Idle, "idleusersnum").boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#get-registered-users-list",
        "Get List of Registered Users",
        |_| asked("Requesting List of Registered Users").boxed(),
        |call, answers| list(call, answers, Users::Registered, &["registereduserjids"]).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#get-disabled-users-list",
        "Get List of Disabled Users",
        |_| asked("Requesting List of Disabled Users").boxed(),
        |call, answers| list(call, answers, Users::Disabled, &["disableduserjids"]).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#get-online-users-list",
        "Get List of Online Users",
        |_| asked("Requesting List of Online Users").boxed(),
        |call, answers| list(call, answers, Users::Online, &["onlineuserjids"]).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#get-active-users",
        "Get List of Active Users",
        |_| asked("Requesting List of Active Users").boxed(),
        |call, answers| list(call, answers, Users::Active, &["activeuserjids"]).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#get-idle-users",
        "Get List of Idle Users",
        |_| asked("Requesting List of Idle Users").boxed(),
        // §4.22 calls the field as that of active users.
        |call, answers| list(call, answers, Users::Idle, &["activeuserjids", "idleuserjids"]).boxed(),
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Users {
    Registered,
    Disabled,
    Online,
    /// Online, and a client of theirs has sent something lately.
    Active,
    /// Online, and none has.
    Idle,
}

async fn asked(title: &'static str) -> Result<Form, Refusal> {
    let instructions = "Fill out this form to request the users of this service.";
    Ok(wire::form(title, instructions, vec![wire::max_items_field()]))
}

async fn number(call: &Call<'_>, users: Users, field: &'static str) -> Result<Outcome, Failure> {
    let number = match users {
        Users::Registered => call.admin.count_accounts(call.host).await?,
        Users::Disabled => call.admin.count_locked_accounts(call.host).await?,
        Users::Online | Users::Active | Users::Idle => connected(call, users).await?.len() as u64,
    };
    let field = Field::new(field, FieldKind::Text, "The number of users").with_values([number]);
    Ok(wire::done().with_result(wire::result(vec![field])))
}

async fn list(call: &Call<'_>, answers: &Answers, users: Users, fields: &[&'static str]) -> Result<Outcome, Failure> {
    let most = wire::max_items(answers)?;
    let mut found = match users {
        Users::Registered | Users::Disabled => kept(call, users, most.unwrap_or(MAX_USERS + 1)).await?,
        Users::Online | Users::Active | Users::Idle => connected(call, users).await?,
    };
    found.truncate(most.unwrap_or(usize::MAX));
    if found.len() > MAX_USERS {
        return Err(Failure::form("These are too many users for one list; set max_items."));
    }
    let fields = fields
        .iter()
        .map(|field| Field::new(field, FieldKind::Addresses, "The list of users").with_values(&found));
    Ok(wire::done().with_result(wire::result(fields.collect())))
}

/// Accounts by address, not many more than `most`.
async fn kept(call: &Call<'_>, users: Users, most: usize) -> DomainResult<Vec<String>> {
    let mut found = Vec::new();
    let mut after = None;
    while found.len() < most {
        let page = PageRequest {
            after,
            limit: MAX_PAGE.min(most - found.len()),
        };
        let read = match users {
            Users::Disabled => call.admin.list_locked_accounts(call.host, page).await?,
            _ => call.admin.list_accounts(call.host, &AccountFilter::All, page).await?,
        };
        found.extend(read.items.iter().map(|account| account.address.to_string()));
        match read.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    Ok(found)
}

/// Users with a session, by address.
async fn connected(call: &Call<'_>, users: Users) -> DomainResult<Vec<String>> {
    let mut last_active: BTreeMap<String, Timestamp> = BTreeMap::new();
    let mut page = PageRequest::first();
    loop {
        let read = call.admin.list_sessions(call.host, page).await?;
        for session in &read.items {
            let Some(localpart) = &session.localpart else { continue };
            let active = last_active.entry(format!("{localpart}@{}", call.host)).or_default();
            *active = session.last_active.max(*active);
        }
        match read.next {
            Some(after) => page = PageRequest::after(Some(after)),
            None => break,
        }
    }
    let is_idle = |at: &Timestamp| call.now.duration_since(*at) >= IDLE_AFTER;
    last_active.retain(|_, at| match users {
        Users::Active => !is_idle(at),
        Users::Idle => is_idle(at),
        _ => true,
    });
    Ok(last_active.into_keys().collect())
}
