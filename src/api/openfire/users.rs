//! Users (§10.1).

use std::collections::{BTreeMap, HashMap};

use futures::FutureExt;
use http::StatusCode;

use super::call::Call;
use super::error::{During, Failure};
use super::names;
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::wire::property::Property;
use super::wire::user::{NewUsers, USERS, User};
use crate::domain::Error;
use crate::domain::account::{AccountChanges, AccountFilter, NewAccount, Password, Properties};
use crate::domain::address::AccountAddress;
use crate::domain::page::PageRequest;

pub const OPERATIONS: &[Operation] = &[
    Operation::get("/users", "getUsers", |call| list(call).boxed()).during("Could not get users"),
    Operation::post("/users", "createUser", |call| create(call).boxed())
        .reading()
        .during("Could not create new user"),
    Operation::get("/users/{username}", "getUser", |call| find(call).boxed()).during("Could not get user"),
    Operation::put("/users/{username}", "updateUser", |call| change(call).boxed())
        .reading()
        .during("Could not update user"),
    Operation::delete("/users/{username}", "deleteUser", |call| remove(call).boxed()).during("Could not delete user"),
];

/// What a service error names where the request names nobody.
const ABSENT: &str = "users";
/// The most users of one request.
const MOST_AT_ONCE: usize = 1000;
pub const NO_SUCH_USER: &str = "Could not get user";

/// What went wrong with the user of the path.
fn failed(call: &Call, error: Error) -> Failure {
    let name = call.parameter("username");
    match error {
        Error::NotFound { .. } => Failure::user_not_found(NO_SUCH_USER, name),
        error => call.failed(error, name),
    }
}

async fn list(call: &Call) -> Outcome {
    let filter = match (call.text("propertyKey"), call.text("search")) {
        (Some(key), _) => AccountFilter::Property {
            key: key.into_owned(),
            value: call.text("propertyValue").map(std::borrow::Cow::into_owned),
        },
        (None, Some(text)) if !text.is_empty() => AccountFilter::Containing(text.into_owned()),
        (None, _) => AccountFilter::All,
    };
    let first = call
        .admin
        .list_accounts(call.host(), &filter, PageRequest::first())
        .await
        .during(call.message(), "")?;
    let admin = call.admin.clone();
    let next = move |after| {
        let (admin, filter) = (admin.clone(), filter.clone());
        async move {
            admin
                .list_accounts(admin.host(), &filter, PageRequest::after(Some(after)))
                .await
        }
    };
    Ok(Reply::pages(call.negotiated(), USERS, first, next, |account| account))
}

async fn create(call: &Call) -> Outcome {
    match call.entity::<NewUsers>()? {
        None => Err(Failure::illegal(call.message(), ABSENT)),
        Some(NewUsers::Many(users)) => create_all(call, users).await,
        Some(NewUsers::One(user)) => {
            let (given, new) = new_account(call, user).await?;
            call.admin.create_account(new).await.during(call.message(), &given)?;
            Ok(Reply::created())
        }
    }
}

/// All of them, or none and the error of the first that cannot be created.
async fn create_all(call: &Call, users: Vec<User>) -> Outcome {
    if users.is_empty() || users.len() > MOST_AT_ONCE {
        return Err(Failure::illegal(call.message(), ABSENT));
    }
    let mut accounts = Vec::with_capacity(users.len());
    let mut names = HashMap::with_capacity(users.len());
    for user in users {
        let (given, new) = new_account(call, user).await?;
        if names.insert(new.address.to_string(), given.clone()).is_some() {
            return Err(taken(given));
        }
        accounts.push(new);
    }
    match call.admin.create_accounts(accounts).await {
        Ok(()) => Ok(Reply::created()),
        Err(Error::AlreadyExists { name, .. }) => Err(taken(names.remove(&name).unwrap_or_default())),
        Err(error) => Err(call.failed(error, ABSENT)),
    }
}

async fn find(call: &Call) -> Outcome {
    let name = call.parameter("username");
    let found = call.admin.find_account(&names::account(call)?).await;
    match found.during(call.message(), name)? {
        Some(account) => Ok(Reply::kept(call, &account)),
        None => Err(Failure::user_not_found(NO_SUCH_USER, name)),
    }
}

/// A plain update, or a rename when the entity has another name than the path, compared to the letter.
async fn change(call: &Call) -> Outcome {
    let name = call.parameter("username");
    let Some(user) = call.entity::<User>()? else {
        return Ok(Reply::done());
    };
    match user.username.clone() {
        Some(new_name) if new_name != name => rename(call, &new_name, user).await,
        _ => update(call, user).await,
    }
}

/// That there is no such account is found out before anything in the request is refused.
async fn update(call: &Call, user: User) -> Outcome {
    let name = call.parameter("username");
    let address = names::account(call)?;
    let changed = match changes(call, user) {
        Ok(changes) => {
            let changed = call.admin.change_account(&address, changes).await;
            changed.map_err(|error| failed(call, error))
        }
        Err(refused) => Err(refused),
    };
    match changed {
        Ok(()) => Ok(Reply::done()),
        Err(refused) if exists(call, &address).await? => Err(refused),
        Err(_) => Err(Failure::user_not_found(NO_SUCH_USER, name)),
    }
}

fn changes(call: &Call, user: User) -> Result<AccountChanges, Failure> {
    let password = user.password.map(Password::new).transpose();
    Ok(AccountChanges {
        password: password.during(call.message(), call.parameter("username"))?,
        name: user.name.map(Some),
        email: user.email.map(Some),
        // What is not given is deleted.
        properties: Some(properties(call, user.properties)?),
    })
}

/// The old name is looked at before the new one, and both before what else is to change.
async fn rename(call: &Call, new_name: &str, user: User) -> Outcome {
    let missing = || Failure::user_not_found("Could not find user", call.parameter("username"));
    let from = names::account(call)?;
    if !exists(call, &from).await? {
        return Err(missing());
    }
    let to = names::account_named(call, new_name)?;
    if exists(call, &to).await? {
        return Err(taken(new_name));
    }
    let changes = AccountChanges {
        password: None,
        name: user.name.filter(|name| !name.is_empty()).map(Some),
        email: user.email.filter(|email| !email.is_empty()).map(Some),
        properties: Some(properties(call, user.properties)?),
    };
    match call.admin.rename_account(&from, &to, changes).await {
        Ok(()) => Ok(Reply::done()),
        Err(Error::NotFound { .. }) => Err(missing()),
        Err(Error::AlreadyExists { .. }) => Err(taken(new_name)),
        Err(error) => Err(call.failed(error, new_name)),
    }
}

async fn remove(call: &Call) -> Outcome {
    let removed = call.admin.remove_account(&names::account(call)?).await;
    removed.map_err(|error| failed(call, error))?;
    Ok(Reply::done())
}

/// The account to be made, with its name as it was given. That the name is taken counts more than what is wrong with
/// the texts and properties.
async fn new_account(call: &Call, user: User) -> Result<(String, NewAccount), Failure> {
    let given = user.username.filter(|name| !name.is_empty());
    let given = given.ok_or_else(|| Failure::illegal(call.message(), ABSENT))?;
    let Some(password) = user.password else {
        return Err(Failure::service(
            StatusCode::BAD_REQUEST,
            "PasswordIsNull",
            "Could not create new user, because password is null",
            given,
        ));
    };
    let address = names::account_named(call, &given)?;
    let password = Password::new(password).during(call.message(), &given)?;
    if exists(call, &address).await? {
        return Err(taken(given));
    }
    let new = NewAccount {
        address,
        password,
        name: user.name,
        email: user.email,
        properties: properties(call, user.properties)?,
        administrator: false,
    };
    Ok((given, new))
}

async fn exists(call: &Call, address: &AccountAddress) -> Result<bool, Failure> {
    let found = call.admin.find_account(address).await;
    Ok(found.during(call.message(), address.localpart().as_str())?.is_some())
}

fn taken(name: impl Into<String>) -> Failure {
    Failure::service(
        StatusCode::CONFLICT,
        "UserAlreadyExistsException",
        "Could not create new user",
        name,
    )
}

/// Of several entries with one key the last one counts.
fn properties(call: &Call, given: Option<Vec<Property>>) -> Result<Properties, Failure> {
    let mut properties = BTreeMap::new();
    for property in given.unwrap_or_default() {
        let (Some(key), Some(value)) = (property.key.clone(), property.value) else {
            return Err(Failure::illegal(call.message(), property.key.unwrap_or_default()));
        };
        properties.insert(key, value);
    }
    Ok(properties)
}
