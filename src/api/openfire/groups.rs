//! Groups (§10.6).

use futures::FutureExt;
use http::StatusCode;

use super::call::Call;
use super::error::{During, Failure, GROUP_NOT_FOUND};
use super::names;
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::wire::group::{GROUPS, Group as Entity};
use crate::domain::address::Address;
use crate::domain::group::{Group, GroupContent, GroupSummary, Sharing};
use crate::domain::page::PageRequest;
use crate::domain::{Error, Kind};

pub const OPERATIONS: &[Operation] = &[
    Operation::get("/groups", "getGroups", |call| list(call).boxed()).during("Could not get groups"),
    Operation::post("/groups", "createGroup", |call| create(call).boxed())
        .reading()
        .during("Could not create new group"),
    Operation::get("/groups/{groupName}", "getGroup", |call| find(call).boxed()).during(NO_SUCH_GROUP),
    Operation::put("/groups/{groupName}", "updateGroup", |call| change(call).boxed())
        .reading()
        .during("Could not update new group"),
    Operation::delete("/groups/{groupName}", "deleteGroup", |call| remove(call).boxed()).during(NO_SUCH_GROUP),
];

pub const NO_SUCH_GROUP: &str = "Could not find group";

/// In a list a group shows neither who is in it nor whether it is shared.
impl From<GroupSummary> for Entity {
    fn from(group: GroupSummary) -> Self {
        Self {
            name: Some(group.name),
            description: group.description,
            shared: Some(false),
            ..Self::default()
        }
    }
}

impl From<Group> for Entity {
    fn from(group: Group) -> Self {
        let texts = |addresses: Vec<Address>| addresses.iter().map(Address::to_string).collect();
        Self {
            name: Some(group.name),
            description: group.description,
            admins: Some(texts(group.admins)),
            members: Some(texts(group.members)),
            shared: Some(group.sharing == Sharing::Members),
        }
    }
}

async fn list(call: &Call) -> Outcome {
    let first = call.admin.list_groups(call.host(), PageRequest::first()).await;
    let first = first.during(call.message(), "")?;
    let admin = call.admin.clone();
    let next = move |after| {
        let admin = admin.clone();
        async move { admin.list_groups(admin.host(), PageRequest::after(Some(after))).await }
    };
    Ok(Reply::pages(call.negotiated(), GROUPS, first, next, Entity::from))
}

async fn create(call: &Call) -> Outcome {
    let group = entity(call)?;
    let name = group.name.clone().unwrap_or_default();
    let content = content(call, group)?;
    if name.trim().is_empty() {
        return Err(taken(&name));
    }
    let refused = match call.admin.create_group(call.host(), content).await {
        Ok(()) => return Ok(Reply::created()),
        Err(Error::AlreadyExists { kind: Kind::Group, .. }) => return Err(taken(&name)),
        Err(error) => call.failed(error, &name),
    };
    // A text that is too long counts less than a name that is taken.
    let found = call.admin.find_group(call.host(), &name).await;
    match found.during(call.message(), &name)? {
        Some(_) => Err(taken(&name)),
        None => Err(refused),
    }
}

async fn find(call: &Call) -> Outcome {
    let name = call.parameter("groupName");
    let found = call.admin.find_group(call.host(), name).await;
    let group = found.during(call.message(), name)?.ok_or_else(|| missing(name))?;
    Ok(Reply::entity(call, &Entity::from(group)))
}

/// Replaces all of a group but its name. That it does not exist is found out before anything in it is refused.
async fn change(call: &Call) -> Outcome {
    let group = entity(call)?;
    let name = call.parameter("groupName");
    let given = group.name.as_deref().unwrap_or_default();
    if given != name {
        return Err(Failure::illegal(
            "Could not update the group. The group name is different to the payload group name.",
            format!("{name} != {given}"),
        ));
    }
    let refused = match content(call, group) {
        Ok(content) => match call.admin.change_group(call.host(), content).await {
            Ok(()) => return Ok(Reply::done()),
            Err(Error::NotFound { .. }) => return Err(missing(name)),
            Err(error) => call.failed(error, name),
        },
        Err(refused) => refused,
    };
    let found = call.admin.find_group(call.host(), name).await;
    match found.during(NO_SUCH_GROUP, name)? {
        Some(_) => Err(refused),
        None => Err(missing(name)),
    }
}

async fn remove(call: &Call) -> Outcome {
    let name = call.parameter("groupName");
    let removed = call.admin.remove_group(call.host(), name).await;
    removed.during(NO_SUCH_GROUP, name).map(|()| Reply::done())
}

/// The group of the request, which has a name.
fn entity(call: &Call) -> Result<Entity, Failure> {
    call.entity::<Entity>()?
        .filter(|group| group.name.as_deref().is_some_and(|name| !name.is_empty()))
        .ok_or_else(|| Failure::illegal(call.message(), "groups"))
}

fn content(call: &Call, group: Entity) -> Result<GroupContent, Failure> {
    let name = group.name.unwrap_or_default();
    let addresses = |role: &str, values: Option<Vec<String>>| {
        values
            .unwrap_or_default()
            .iter()
            .filter(|value| !value.is_empty())
            .map(|value| {
                names::address(call, value)
                    .map_err(|_| Failure::illegal(format!("Cannot parse a {role} value as a JID: {value}"), &name))
            })
            .collect::<Result<Vec<_>, _>>()
    };
    let members = addresses("member", group.members)?;
    let admins = addresses("admin", group.admins)?;
    Ok(GroupContent {
        name,
        description: group.description,
        sharing: match group.shared {
            Some(true) => Sharing::Members,
            Some(false) | None => Sharing::Nobody,
        },
        members,
        admins,
    })
}

fn taken(name: &str) -> Failure {
    Failure::service(
        StatusCode::CONFLICT,
        "GroupAlreadyExistsException",
        "Could not create a group",
        name,
    )
}

pub fn missing(name: &str) -> Failure {
    Failure::service(StatusCode::NOT_FOUND, GROUP_NOT_FOUND, NO_SUCH_GROUP, name)
}
