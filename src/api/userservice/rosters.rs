//! Operations on rosters (§11.5).

use super::accounts::existing;
use super::error::Failure;
use super::parameters::Parameters;
use super::wire::Reply;
use crate::admin::AdminSession;
use crate::domain::Error;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::roster::{NewRosterItem, RosterItemChanges, Subscription};

/// What every one of these operations names.
struct Named {
    owner: AccountAddress,
    contact: Address,
    subscription: Subscription,
}

impl Named {
    async fn read(admin: &AdminSession, parameters: &Parameters<'_>) -> Result<Self, Failure> {
        let contact = parameters.text("item_jid").ok_or(Failure::ILLEGAL_ARGUMENT)?;
        let subscription = subscription(parameters)?;
        Ok(Self {
            owner: existing(admin, parameters).await?,
            contact: Address::parse(&contact)?,
            subscription,
        })
    }
}

/// Exactly one of the five numbers; none when it is absent.
fn subscription(parameters: &Parameters<'_>) -> Result<Subscription, Failure> {
    Ok(match parameters.text("subscription").as_deref() {
        Some("-1") => Subscription::Remove,
        None | Some("0") => Subscription::None,
        Some("1") => Subscription::To,
        Some("2") => Subscription::From,
        Some("3") => Subscription::Both,
        Some(_) => return Err(Failure::ILLEGAL_ARGUMENT),
    })
}

pub async fn add(admin: &AdminSession, parameters: &Parameters<'_>) -> Result<Reply, Failure> {
    let named = Named::read(admin, parameters).await?;
    let new = NewRosterItem {
        contact: named.contact,
        nickname: parameters.owned("name"),
        subscription: named.subscription,
        groups: parameters.groups().unwrap_or_default(),
    };
    admin.create_roster_item(&named.owner, new).await?;
    Ok(Reply::Done)
}

/// What is not given becomes empty.
pub async fn update(admin: &AdminSession, parameters: &Parameters<'_>) -> Result<Reply, Failure> {
    let named = Named::read(admin, parameters).await?;
    let changes = RosterItemChanges {
        nickname: Some(parameters.owned("name")),
        groups: Some(parameters.groups().unwrap_or_default()),
        subscription: Some(named.subscription),
    };
    admin.change_roster_item(&named.owner, &named.contact, changes).await?;
    Ok(Reply::Done)
}

/// No error when there is no such contact.
pub async fn delete(admin: &AdminSession, parameters: &Parameters<'_>) -> Result<Reply, Failure> {
    let named = Named::read(admin, parameters).await?;
    match admin.remove_roster_item(&named.owner, &named.contact).await {
        Ok(()) | Err(Error::NotFound { .. }) => Ok(Reply::Done),
        Err(error) => Err(error.into()),
    }
}
