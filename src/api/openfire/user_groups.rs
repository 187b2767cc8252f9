//! Groups of a user (§10.2).

use futures::FutureExt;

use super::call::Call;
use super::error::{During, Failure, GROUP_NOT_FOUND};
use super::groups::{NO_SUCH_GROUP, missing};
use super::names;
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::users::NO_SUCH_USER;
use super::wire::user_groups::UserGroups;
use crate::domain::page::PageRequest;

pub const OPERATIONS: &[Operation] = &[
    Operation::get(LIST, "getUserGroups", |call| list(call).boxed()).during("Could not get user groups"),
    Operation::post(LIST, "addUserToGroups", |call| add_to_several(call).boxed())
        .reading()
        .during("Could not add user to groups"),
    Operation::delete(LIST, "deleteUserFromGroups", |call| remove_from_several(call).boxed())
        .reading()
        .during("Could not delete user from groups"),
    Operation::post(ONE, "addUserToGroup", |call| add(call).boxed()).during("Could not add user to group"),
    Operation::delete(ONE, "deleteUserFromGroup", |call| remove(call).boxed())
        .during("Could not delete user from group"),
];

const LIST: &str = "/users/{username}/groups";
const ONE: &str = "/users/{username}/groups/{groupName}";

async fn list(call: &Call) -> Outcome {
    let account = names::local_account(call, GROUP_NOT_FOUND)?;
    let name = names::shown(call, &account);
    let found = call.admin.find_account(&account).await;
    if found.during(call.message(), name)?.is_none() {
        return Err(Failure::user_not_found(NO_SUCH_USER, name));
    }
    let member = account.to_address();
    let mut group_names = Vec::new();
    let mut request = PageRequest::first();
    loop {
        let page = call.admin.list_groups_of(call.host(), &member, request).await;
        let page = page.during(call.message(), name)?;
        group_names.extend(page.items);
        if page.next.is_none() {
            break;
        }
        request = PageRequest::after(page.next);
    }
    let group_names = Some(group_names);
    Ok(Reply::entity(call, &UserGroups { group_names }))
}

/// Missing groups are made. All of it happens, or nothing.
async fn add_to_several(call: &Call) -> Outcome {
    let Some(group_names) = group_names(call)? else {
        return Ok(Reply::created());
    };
    if group_names.iter().any(String::is_empty) {
        return Err(Failure::illegal("Could not create new group", "groups"));
    }
    add_to(call, group_names).await
}

async fn add(call: &Call) -> Outcome {
    add_to(call, vec![call.parameter("groupName").to_owned()]).await
}

/// A user that can be none is refused only when there is a group to add to.
async fn add_to(call: &Call, group_names: Vec<String>) -> Outcome {
    if group_names.is_empty() {
        return Ok(Reply::created());
    }
    let member = names::member(call)?;
    let added = call.admin.add_to_groups(call.host(), &member, group_names).await;
    added.during(call.message(), call.parameter("username"))?;
    Ok(Reply::created())
}

/// One group after the other: those before a group that does not exist are left all the same.
async fn remove_from_several(call: &Call) -> Outcome {
    let Some(group_names) = group_names(call)? else {
        return Ok(Reply::done());
    };
    for group in &group_names {
        remove_from(call, group).await?;
    }
    Ok(Reply::done())
}

async fn remove(call: &Call) -> Outcome {
    remove_from(call, call.parameter("groupName")).await?;
    Ok(Reply::done())
}

/// That there is no such group is found out before a user that can be none is refused.
async fn remove_from(call: &Call, group: &str) -> Result<(), Failure> {
    let member = match names::member(call) {
        Ok(member) => member,
        Err(refused) => {
            let found = call.admin.find_group(call.host(), group).await;
            let group = found.during(NO_SUCH_GROUP, group)?.ok_or_else(|| missing(group));
            return group.and(Err(refused));
        }
    };
    let removed = call.admin.remove_from_group(call.host(), &member, group).await;
    removed.during(NO_SUCH_GROUP, group)
}

/// The groups of the request; `None` when it has no entity, which means no change.
fn group_names(call: &Call) -> Result<Option<Vec<String>>, Failure> {
    let Some(entity) = call.entity::<UserGroups>()? else {
        return Ok(None);
    };
    let absent = || Failure::illegal(call.message(), "groups");
    entity.group_names.ok_or_else(absent).map(Some)
}
