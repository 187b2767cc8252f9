//! Users (§10.1).

use std::collections::BTreeMap;

use futures::FutureExt;

use super::call::Call;
use super::error::{During, Failure};
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::wire::property::Property;
use super::wire::user::{USERS, User};
use crate::domain::account::{Account, AccountChanges, AccountFilter, NewAccount, Password, Properties};
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
];

const NO_SUCH_USER: &str = "Could not get user";

impl From<&Account> for User {
    fn from(account: &Account) -> Self {
        Self {
            username: Some(account.address.localpart().as_str().to_owned()),
            name: Some(account.name.clone().unwrap_or_default()),
            email: account.email.clone(),
            password: None,
            properties: Some(
                account
                    .properties
                    .iter()
                    .map(|(key, value)| Property {
                        key: Some(key.clone()),
                        value: Some(value.clone()),
                    })
                    .collect(),
            ),
        }
    }
}

/// The account that the path names.
fn account(call: &Call) -> Result<AccountAddress, Failure> {
    let name = call.parameter("username");
    AccountAddress::prepare(name, call.host()).map_err(|_| Failure::illegal(call.message(), name))
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
    Ok(Reply::pages(call, USERS, first, next, |account| User::from(&account)))
}

async fn create(call: &Call) -> Outcome {
    let absent = || Failure::illegal(call.message(), "users");
    let user: User = call.entity()?.ok_or_else(absent)?;
    let name = user
        .username
        .clone()
        .filter(|name| !name.is_empty())
        .ok_or_else(absent)?;
    let new = new_account(call, user)?;
    call.admin.create_account(new).await.during(call.message(), &name)?;
    Ok(Reply::created())
}

async fn find(call: &Call) -> Outcome {
    let name = call.parameter("username");
    let found = call.admin.find_account(&account(call)?).await;
    match found.during(call.message(), name)? {
        Some(account) => Ok(Reply::entity(call, &User::from(&*account))),
        None => Err(Failure::user_not_found(NO_SUCH_USER, name)),
    }
}

/// A plain update, or a rename when the entity has another name than the path, compared to the letter.
async fn change(call: &Call) -> Outcome {
    let Some(user) = call.entity::<User>()? else {
        return Ok(Reply::done());
    };
    update(call, user).await
}

async fn update(call: &Call, user: User) -> Outcome {
    let name = call.parameter("username");
    let address = account(call)?;
    let password = user.password.map(Password::new).transpose();
    let changes = AccountChanges {
        password: password.during(call.message(), name)?,
        name: user.name.map(Some),
        email: user.email.map(Some),
        // What is not given is deleted.
        properties: Some(properties(call, user.properties)?),
    };
    let changed = call.admin.change_account(&address, changes).await;
    changed.during(NO_SUCH_USER, name)?;
    Ok(Reply::done())
}

fn new_account(call: &Call, user: User) -> Result<NewAccount, Failure> {
    let name = user.username.unwrap_or_default();
    let Some(password) = user.password else {
        return Err(Failure::service(
            http::StatusCode::BAD_REQUEST,
            "PasswordIsNull",
            "Could not create new user, because password is null",
            name,
        ));
    };
    let address = AccountAddress::prepare(&name, call.host()).map_err(|_| Failure::illegal(call.message(), &name))?;
    Ok(NewAccount {
        address,
        password: Password::new(password).during(call.message(), &name)?,
        name: user.name,
        email: user.email,
        properties: properties(call, user.properties)?,
        administrator: false,
    })
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
