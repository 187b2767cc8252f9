//! `--demo`: the state in which people and tests try the service out. Its passwords are known to everybody, so it must
//! never be laid over the data of a real service.

use std::fs;

use super::StartError;
use crate::{
    admin::{Admin, Caller},
    data_dir::{DataDir, write_private},
    domain::{
        Error, Result,
        account::{NewAccount, Password, Properties},
        address::AccountAddress,
        roster::{NewRosterItem, Subscription},
    },
};

/// Stands in a data directory that a demonstration made.
const MARK: &str = "demonstration";

/// Name, password, display name, e-mail.
const ACCOUNTS: [(&str, &str, &str, &str); 3] = [
    ("admin", "admin", "Administrator", "admin@example.com"),
    ("jane", "secret", "Jane Doe", "jane.doe@example.com"),
    ("john", "secret", "John Doe", "john.doe@example.com"),
];

/// Owner, contact, nickname.
const CONTACTS: [(&str, &str, &str); 2] = [("jane", "john", "John"), ("john", "jane", "Jane")];

/// Marks the data directory as a demonstration's; refuses one that holds other data. Comes before the database is opened.
pub fn claim(data_dir: &DataDir) -> Result<(), StartError> {
    let mark = data_dir.path().join(MARK);
    if fs::exists(&mark).unwrap_or(false) {
        return Ok(());
    }
    if fs::exists(data_dir.database()).unwrap_or(true) {
        return Err(StartError::NoDemonstration {
            data_dir: data_dir.path().to_owned(),
        });
    }
    write_private(&mark, "firekeeper --demo made this directory\n")
        .map_err(|cause| StartError::Write { path: mark, cause })
}

/// Makes the accounts and their rosters; what an interrupted start made already stays.
pub async fn seed(admin: &Admin) -> Result<()> {
    let session = admin.session(Caller::demonstration());
    for (name, password, display_name, email) in ACCOUNTS {
        let new = NewAccount {
            address: AccountAddress::prepare(name, admin.host())?,
            password: Password::new(password)?,
            name: Some(display_name.to_owned()),
            email: Some(email.to_owned()),
            properties: Properties::new(),
            administrator: false,
        };
        unless_made(session.create_account(new).await)?;
    }
    for (owner, contact, nickname) in CONTACTS {
        let new = NewRosterItem {
            contact: AccountAddress::prepare(contact, admin.host())?.to_address(),
            nickname: Some(nickname.to_owned()),
            subscription: Subscription::Both,
            groups: Vec::new(),
        };
        let owner = AccountAddress::prepare(owner, admin.host())?;
        unless_made(session.create_roster_item(&owner, new).await)?;
    }
    Ok(())
}

fn unless_made(outcome: Result<()>) -> Result<()> {
    match outcome {
        Err(Error::AlreadyExists { .. }) => Ok(()),
        other => other,
    }
}
