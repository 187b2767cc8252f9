//! Operations on accounts (§11.5).

use super::error::Failure;
use super::parameters::Parameters;
use super::wire::Reply;
use crate::admin::AdminSession;
use crate::domain::account::{AccountChanges, Lockout, NewAccount, OpenSessions, Password, Properties};
use crate::domain::address::AccountAddress;

/// The account of `username`, which must exist.
pub async fn existing(admin: &AdminSession, parameters: &Parameters<'_>) -> Result<AccountAddress, Failure> {
    let account = parameters.account(admin.host())?;
    match admin.find_account(&account).await? {
        Some(_) => Ok(account),
        None => Err(Failure::USER_NOT_FOUND),
    }
}

/// Creates the account first: it stays when a group cannot be made, as in the original. That the name is taken counts
/// more than what is wrong with the texts, but less than a password that is none.
pub async fn add(admin: &AdminSession, parameters: &Parameters<'_>) -> Result<Reply, Failure> {
    let account = match parameters.account(admin.host()) {
        Err(Failure::USER_NOT_FOUND) => return Err(Failure::ILLEGAL_ARGUMENT),
        account => account?,
    };
    let password = Password::new(parameters.owned("password").unwrap_or_default())?;
    if admin.find_account(&account).await?.is_some() {
        return Err(Failure::USER_ALREADY_EXISTS);
    }
    let new = NewAccount {
        address: account.clone(),
        password,
        name: parameters.owned("name"),
        email: parameters.owned("email"),
        properties: Properties::new(),
        administrator: false,
    };
    admin.create_account(new).await?;
    let groups = parameters.groups().unwrap_or_default();
    admin.add_to_groups(admin.host(), &account.to_address(), groups).await?;
    Ok(Reply::Done)
}

/// Changes what is given; given groups replace the memberships. That there is no such account is found out before
/// anything is refused.
pub async fn update(admin: &AdminSession, parameters: &Parameters<'_>) -> Result<Reply, Failure> {
    let account = existing(admin, parameters).await?;
    let changes = AccountChanges {
        password: parameters.owned("password").map(Password::new).transpose()?,
        name: parameters.owned("name").map(Some),
        email: parameters.owned("email").map(Some),
        properties: None,
    };
    admin.change_account(&account, changes).await?;
    if let Some(groups) = parameters.groups() {
        admin.set_groups_of(admin.host(), &account.to_address(), groups).await?;
    }
    Ok(Reply::Done)
}

pub async fn delete(admin: &AdminSession, parameters: &Parameters<'_>) -> Result<Reply, Failure> {
    admin.remove_account(&parameters.account(admin.host())?).await?;
    Ok(Reply::Done)
}

/// Unlike a lockout of the REST API this leaves sessions open (quirk 54).
pub async fn disable(admin: &AdminSession, parameters: &Parameters<'_>) -> Result<Reply, Failure> {
    let account = parameters.account(admin.host())?;
    admin
        .lock_account(&account, Lockout::default(), OpenSessions::Keep)
        .await?;
    Ok(Reply::Done)
}

pub async fn enable(admin: &AdminSession, parameters: &Parameters<'_>) -> Result<Reply, Failure> {
    admin.unlock_account(&parameters.account(admin.host())?).await?;
    Ok(Reply::Done)
}
