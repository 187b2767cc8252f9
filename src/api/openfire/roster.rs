//! Rosters (§10.4). Reading and adding work for names without an account, changing and removing do not.

use futures::FutureExt;
use http::StatusCode;

use super::call::Call;
use super::error::{During, Failure};
use super::names;
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::users::NO_SUCH_USER;
use super::wire::roster::{ROSTER, RosterItem as Entity};
use crate::domain::Error;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::page::PageRequest;
use crate::domain::roster::{NewRosterItem, RosterItem, RosterItemChanges, Subscription};

pub const OPERATIONS: &[Operation] = &[
    Operation::get(LIST, "getUserRoster", |call| list(call).boxed()).during("Could not get user roster"),
    Operation::post(LIST, "createRoster", |call| create(call).boxed())
        .reading()
        .during("Could not create roster item"),
    Operation::put(ONE, "updateRoster", |call| change(call).boxed())
        .reading()
        .during("Could not update the roster"),
    Operation::delete(ONE, "deleteRoster", |call| remove(call).boxed()).during("Could not delete the roster item"),
];

const LIST: &str = "/users/{username}/roster";
const ONE: &str = "/users/{username}/roster/{rosterJid}";

/// Only personal groups are shown.
impl From<RosterItem> for Entity {
    fn from(item: RosterItem) -> Self {
        Self {
            jid: Some(item.contact.as_str().to_owned()),
            nickname: item.nickname,
            subscription_type: Some(item.subscription.number()),
            groups: Some(item.groups),
            is_address_only: false,
        }
    }
}

async fn list(call: &Call) -> Outcome {
    let owner = names::account(call)?;
    let first = call.admin.list_roster(&owner, PageRequest::first()).await;
    let first = first.during(call.message(), call.parameter("username"))?;
    let admin = call.admin.clone();
    let next = move |after| {
        let (admin, owner) = (admin.clone(), owner.clone());
        async move { admin.list_roster(&owner, PageRequest::after(Some(after))).await }
    };
    Ok(Reply::pages(call.negotiated(), ROSTER, first, next, Entity::from))
}

async fn create(call: &Call) -> Outcome {
    let owner = names::account_named(call, call.parameter("username"))?;
    let absent = || Failure::illegal(call.message(), "JID");
    let item = call.entity::<Entity>()?.ok_or_else(absent)?;
    let jid = item.jid.ok_or_else(|| Failure::illegal("JID is null", "JID"))?;
    if jid.is_empty() {
        return Err(absent());
    }
    let contact = Address::parse(&jid).map_err(|_| Failure::illegal(call.message(), &jid))?;
    let groups = item.groups.unwrap_or_default();
    let subscription = match subscription(call, item.subscription_type, "") {
        Ok(subscription) => subscription,
        Err(refused) => {
            let allowed = call.admin.check_new_roster_item(&owner, &contact, &groups).await;
            return Err(allowed.during(call.message(), "").err().unwrap_or(refused));
        }
    };
    let new = NewRosterItem {
        contact,
        nickname: item.nickname,
        subscription,
        groups,
    };
    call.admin
        .create_roster_item(&owner, new)
        .await
        .during(call.message(), "")?;
    Ok(Reply::created())
}

/// What the roster forbids is found out before a value of the request is refused.
async fn change(call: &Call) -> Outcome {
    let item = call.entity::<Entity>()?;
    let owner = existing_account(call).await?;
    let (contact, jid) = (contact(call)?, call.parameter("rosterJid"));
    let groups = item.as_ref().and_then(|item| item.groups.clone());
    let changed = match changes(call, item) {
        Ok(changes) => call.admin.change_roster_item(&owner, &contact, changes).await,
        Err(refused) => {
            let allowed = call.admin.check_roster_change(&owner, &contact, groups.as_deref());
            match allowed.await {
                Ok(()) => return Err(refused),
                Err(error) => Err(error),
            }
        }
    };
    match changed {
        Ok(()) => Ok(Reply::done()),
        Err(Error::NotFound { .. }) => Err(Failure::user_not_found(call.message(), jid)),
        Err(error) => Err(call.failed(error, jid)),
    }
}

/// An absent subscription is set to 0. An entity that is an address and nothing else, which a PHP client sends,
/// changes nothing.
fn changes(call: &Call, item: Option<Entity>) -> Result<RosterItemChanges, Failure> {
    let jid = call.parameter("rosterJid");
    let item = item.ok_or_else(|| Failure::illegal(call.message(), jid))?;
    if item.is_address_only {
        return Ok(RosterItemChanges::default());
    }
    Ok(RosterItemChanges {
        subscription: Some(subscription(call, item.subscription_type, jid)?),
        nickname: item.nickname.map(Some),
        groups: item.groups,
    })
}

async fn remove(call: &Call) -> Outcome {
    let owner = existing_account(call).await?;
    let (contact, jid) = (contact(call)?, call.parameter("rosterJid"));
    match call.admin.remove_roster_item(&owner, &contact).await {
        Ok(()) => Ok(Reply::done()),
        Err(error @ Error::NotFound { .. }) => Err(Failure::from_domain(
            error,
            "Roster Item could not deleted",
            contact.as_str(),
        )),
        Err(error) => Err(call.failed(error, jid)),
    }
}

async fn existing_account(call: &Call) -> Result<AccountAddress, Failure> {
    let (owner, name) = (names::account(call)?, call.parameter("username"));
    let found = call.admin.find_account(&owner).await;
    match found.during(call.message(), name)? {
        Some(_) => Ok(owner),
        None => Err(Failure::user_not_found(NO_SUCH_USER, name)),
    }
}

fn contact(call: &Call) -> Result<Address, Failure> {
    let jid = call.parameter("rosterJid");
    Address::parse(jid).map_err(|_| Failure::illegal(call.message(), jid))
}

/// An absent number is 0; one out of range is 409, as for a contact that exists.
fn subscription(call: &Call, number: Option<i32>, resource: &str) -> Result<Subscription, Failure> {
    Subscription::from_number(number.unwrap_or_default()).map_err(|_| {
        Failure::service(
            StatusCode::CONFLICT,
            "UserAlreadyExistsException",
            call.message(),
            resource,
        )
    })
}
