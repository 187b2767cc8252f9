//! Affiliations of chat rooms (§10.9).

use futures::FutureExt;

use super::call::Call;
use super::error::Failure;
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::rooms::{failure, invite_affiliates, place, sends_invitations};
use super::wire::affiliations::{AffiliationList, Affiliations, SentAffiliations};
use crate::domain::Error;
use crate::domain::address::Host;
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::group_address::group_address;
use crate::domain::page::PageRequest;
use crate::domain::room::RoomPlace;
use http::StatusCode;

const LIST: &str = "/chatrooms/{roomName}/{affiliation}";
const ONE: &str = "/chatrooms/{roomName}/{affiliation}/{jid}";
const GROUP: &str = "/chatrooms/{roomName}/{affiliation}/group/{groupname}";

pub const OPERATIONS: &[Operation] = &[
    Operation::get(LIST, "getAffiliations", |call| list(call).boxed()).during("Could not get affiliations"),
    Operation::put(LIST, "replaceMUCRoomAffiliation", |call| replace(call).boxed())
        .reading()
        .during("Could not replace affiliations"),
    Operation::post(LIST, "addMUCRoomAffiliations", |call| add(call).boxed())
        .reading()
        .during("Could not add affiliations"),
    Operation::post(ONE, "addMUCRoomAffiliation", |call| add_one(call).boxed()).during("Could not add affiliation"),
    Operation::delete(ONE, "deleteMUCRoomAffiliation", |call| remove_one(call).boxed())
        .during("Could not delete affiliation"),
    Operation::post(GROUP, "addMUCRoomAffiliationGroup", |call| add_group(call).boxed())
        .during("Could not add affiliation"),
    Operation::delete(GROUP, "deleteMUCRoomAffiliationGroup", |call| {
        remove_group(call).boxed()
    })
    .during("Could not delete affiliation"),
];

impl From<AffiliationList> for Affiliation {
    fn from(list: AffiliationList) -> Self {
        match list {
            AffiliationList::Admins => Self::Admin,
            AffiliationList::Members => Self::Member,
            AffiliationList::Outcasts => Self::Outcast,
            AffiliationList::Owners => Self::Owner,
        }
    }
}

/// The list of a room that a path names.
struct Named {
    place: RoomPlace,
    list: AffiliationList,
    affiliation: Affiliation,
}

impl Named {
    fn by(call: &Call) -> Result<Self, Failure> {
        let list = AffiliationList::from_name(call.parameter("affiliation"));
        let list = list.ok_or(Failure::Bare(StatusCode::NOT_FOUND))?;
        Ok(Self {
            place: place(call)?,
            list,
            affiliation: list.into(),
        })
    }

    fn room(&self) -> &str {
        self.place.name.as_str()
    }

    /// How giving the affiliation fails.
    fn refused(&self, call: &Call, error: Error) -> Failure {
        let affiliation = self.affiliation.as_str();
        let message = match &error {
            Error::Invalid { value, .. } => {
                return Failure::illegal(format!("Unable to parse value as jid: {value}"), self.room());
            }
            Error::Conflict { .. } => format!("Could not apply modification to list of {affiliation}"),
            Error::NotFound { .. }
            | Error::AlreadyExists { .. }
            | Error::NotAllowed { .. }
            | Error::TooLong { .. }
            | Error::SharedGroup { .. }
            | Error::Unsupported { .. }
            | Error::Unavailable { .. }
            | Error::LimitReached { .. }
            | Error::Internal(_) => return failure(call, error, self.room()),
        };
        Failure::from_domain(error, message, self.room())
    }

    async fn add(&self, call: &Call, affiliates: Vec<Affiliate>) -> Outcome {
        let added = call
            .admin
            .add_room_affiliates(&self.place, self.affiliation, affiliates)
            .await
            .map_err(|error| self.refused(call, error))?;
        self.invite(call, &added).await
    }

    async fn remove(&self, call: &Call, affiliate: Affiliate, sent: &str) -> Outcome {
        let removed = call
            .admin
            .remove_room_affiliate(&self.place, self.affiliation, affiliate);
        removed.await.map_err(|error| failure(call, error, sent))?;
        Ok(Reply::done())
    }

    async fn invite(&self, call: &Call, added: &[Affiliate]) -> Outcome {
        if sends_invitations(call) {
            let invited = invite_affiliates(call, &self.place, self.affiliation, added).await;
            invited.map_err(|error| self.refused(call, error))?;
        }
        Ok(Reply::created())
    }

    /// The group that the path names. That there is no such room counts more than that there is no
    /// such group.
    async fn group(&self, call: &Call) -> Result<Affiliate, Error> {
        let group = call.parameter("groupname");
        let found = call.admin.find_group_affiliate(call.host(), group).await;
        if matches!(found, Err(Error::NotFound { .. })) {
            call.admin.find_room(&self.place).await?;
        }
        found
    }

    /// The values of the list that was sent. `NotFound` for the room comes before an absent list.
    async fn sent(&self, call: &Call) -> Result<Vec<String>, Failure> {
        let Some(sent) = call.entity::<SentAffiliations>()? else {
            let found = call.admin.find_room(&self.place).await;
            found.map_err(|error| failure(call, error, self.room()))?;
            return Err(Failure::illegal(call.message(), call.parameter("roomName")));
        };
        match sent.list {
            Some(list) if list != self.list => Err(Failure::illegal(call.message(), list.name())),
            _ => Ok(sent.addresses),
        }
    }
}

async fn list(call: &Call) -> Outcome {
    let named = Named::by(call)?;
    let mut addresses = Vec::new();
    let mut request = PageRequest::first();
    loop {
        let page = call
            .admin
            .list_room_affiliates(&named.place, named.affiliation, request)
            .await
            .map_err(|error| failure(call, error, named.room()))?;
        addresses.extend(page.items.iter().map(|affiliate| shown(affiliate, call.host())));
        let Some(next) = page.next else { break };
        request = PageRequest::after(Some(next));
    }
    let list = named.list;
    Ok(Reply::entity(call, &Affiliations { list, addresses }))
}

/// A person by the bare address, a group by the address that stands for it.
fn shown(affiliate: &Affiliate, host: &Host) -> String {
    match affiliate {
        Affiliate::User(address) => address.to_string(),
        Affiliate::Group(name) => group_address(name, host),
    }
}

async fn replace(call: &Call) -> Outcome {
    let named = Named::by(call)?;
    let sent = named.sent(call).await?;
    let affiliates = sent
        .iter()
        .map(|text| Affiliate::parse(text, call.host()))
        .collect::<Result<_, _>>()
        .map_err(|error| named.refused(call, error))?;
    let added = call
        .admin
        .replace_room_affiliates(&named.place, named.affiliation, affiliates)
        .await
        .map_err(|error| named.refused(call, error))?;
    named.invite(call, &added).await
}

async fn add(call: &Call) -> Outcome {
    let named = Named::by(call)?;
    let sent = named.sent(call).await?;
    let affiliates = call.admin.find_affiliates(call.host(), &sent).await;
    let affiliates = affiliates.map_err(|error| named.refused(call, error))?;
    named.add(call, affiliates).await
}

async fn add_one(call: &Call) -> Outcome {
    let named = Named::by(call)?;
    let affiliate = call.admin.find_affiliate(call.host(), call.parameter("jid")).await;
    let affiliate = affiliate.map_err(|error| named.refused(call, error))?;
    named.add(call, vec![affiliate]).await
}

async fn add_group(call: &Call) -> Outcome {
    let named = Named::by(call)?;
    let affiliate = named.group(call).await;
    let affiliate = affiliate.map_err(|error| named.refused(call, error))?;
    named.add(call, vec![affiliate]).await
}

async fn remove_one(call: &Call) -> Outcome {
    let named = Named::by(call)?;
    let sent = call.parameter("jid");
    let affiliate = call.admin.find_affiliate(call.host(), sent).await;
    let affiliate = affiliate.map_err(|error| failure(call, error, sent))?;
    named.remove(call, affiliate, sent).await
}

async fn remove_group(call: &Call) -> Outcome {
    let named = Named::by(call)?;
    let group = call.parameter("groupname");
    let affiliate = named.group(call).await;
    let affiliate = affiliate.map_err(|error| failure(call, error, group))?;
    named.remove(call, affiliate, group).await
}
