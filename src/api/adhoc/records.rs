//! What is known of a user: roster, last login, statistics (XEP-0133 §4.8-§4.10). Rates of stanzas and logins are not
//! measured, so they are not told.

use futures::FutureExt;

use super::call::{Call, Command};
use super::error::Failure;
use super::wire;
use crate::domain::Result as DomainResult;
use crate::domain::address::AccountAddress;
use crate::domain::command::{Answers, Field, FieldKind, Outcome};
use crate::domain::page::PageRequest;
use crate::domain::roster::RosterItem;

/// The most contacts of one answer.
const MAX_CONTACTS: usize = 10_000;

pub const COMMANDS: &[Command] = &[
    Command::asking(
        "http://jabber.org/protocol/admin#get-user-roster",
        "Get User Roster",
        |_| {
            let fields = vec![wire::accounts_field(
                "The Jabber ID(s) for which to retrieve the roster",
            )];
            let instructions = "Fill out this form to get a user's roster.";
            async { Ok(wire::form("Getting a User's Roster", instructions, fields)) }.boxed()
        },
        |call, answers| rosters(call, answers).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#get-user-lastlogin",
        "Get User Last Login Time",
        |_| {
            let fields = vec![wire::accounts_field(
                "The Jabber ID(s) for which to retrieve the last login time",
            )];
            let instructions = "Fill out this form to get a user's last login time.";
            async { Ok(wire::form("Getting a User's Last Login Time", instructions, fields)) }.boxed()
        },
        |call, answers| last_logins(call, answers).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#user-stats",
        "Get User Statistics",
        |_| {
            let fields = vec![wire::account_field("The Jabber ID for statistics")];
            let instructions = "Fill out this form to gather user statistics.";
            async { Ok(wire::form("Get User Statistics", instructions, fields)) }.boxed()
        },
        |call, answers| statistics(call, answers).boxed(),
    ),
];

async fn rosters(call: &Call<'_>, answers: &Answers) -> Result<Outcome, Failure> {
    let accounts = wire::accounts(call, answers).await?;
    let mut rosters = Vec::new();
    let mut contacts = 0;
    for account in &accounts {
        let roster = roster(call, account).await?;
        contacts += roster.len();
        if contacts > MAX_CONTACTS {
            return Err(Failure::form(
                "These are too many contacts; ask for fewer rosters at once.",
            ));
        }
        rosters.push(roster);
    }
    let asked = Field::new(wire::ACCOUNTS, FieldKind::Addresses, "The owners of the rosters").with_values(&accounts);
    let mut outcome = wire::done().with_result(wire::result(vec![asked]));
    outcome.rosters = rosters;
    Ok(outcome)
}

async fn roster(call: &Call<'_>, owner: &AccountAddress) -> DomainResult<Vec<RosterItem>> {
    let mut items = Vec::new();
    let mut page = PageRequest::first();
    loop {
        let read = call.admin.list_roster(owner, page).await?;
        // As the account's clients see it.
        items.extend(read.items.into_iter().filter(|item| !item.is_request));
        match read.next {
            Some(after) => page = PageRequest::after(Some(after)),
            None => return Ok(items),
        }
    }
}

/// One time for each account that has logged in, in their order.
async fn last_logins(call: &Call<'_>, answers: &Answers) -> Result<Outcome, Failure> {
    let accounts = wire::accounts(call, answers).await?;
    let mut times = Vec::new();
    for account in &accounts {
        if let Some(at) = call.admin.find_last_login(account).await? {
            times.push(at.round(jiff::Unit::Second).unwrap_or(at));
        } else if let [only] = &accounts[..] {
            return Err(Failure::form(format!("{only} has not logged in yet.")));
        }
    }
    let fields = vec![
        Field::new(wire::ACCOUNTS, FieldKind::Addresses, "The accounts").with_values(&accounts),
        Field::new("lastlogin", FieldKind::Lines, "The last login time").with_values(times),
    ];
    Ok(wire::done().with_result(wire::result(fields)))
}

async fn statistics(call: &Call<'_>, answers: &Answers) -> Result<Outcome, Failure> {
    let account = wire::account(call, answers).await?;
    let contacts = roster(call, &account).await?.len();
    let sessions = call.admin.list_account_sessions(&account).await?;
    let mut addresses: Vec<_> = sessions.iter().filter_map(|session| session.peer).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let resources = sessions.iter().map(|session| &session.resource);
    let fields = vec![
        Field::new("ipaddresses", FieldKind::Lines, "IP addresses").with_values(addresses),
        Field::new("rostersize", FieldKind::Text, "Roster size").with_values([contacts]),
        Field::new("onlineresources", FieldKind::Lines, "Online resources").with_values(resources),
    ];
    Ok(wire::done().with_result(wire::result(fields)))
}
