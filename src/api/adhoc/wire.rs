//! The forms of XEP-0133 (§8.2) and how their fields are read.

use super::call::Call;
use super::error::Failure;
use crate::domain::address::{AccountAddress, FullAddress};
use crate::domain::command::{Answers, Field, FieldKind, Form, Outcome};

/// What all forms of administration are about.
pub const ABOUT: &str = "http://jabber.org/protocol/admin";

pub const ACCOUNT: &str = "accountjid";
pub const ACCOUNTS: &str = "accountjids";

/// How many a list shows; no number means all.
const MAX_ITEMS: &[(&str, &str)] = &[
    ("25", "25"),
    ("50", "50"),
    ("75", "75"),
    ("100", "100"),
    ("150", "150"),
    ("200", "200"),
    ("none", "None"),
];

pub fn form(title: &'static str, instructions: &'static str, fields: Vec<Field>) -> Form {
    Form {
        about: ABOUT,
        title,
        instructions,
        fields,
    }
}

pub fn result(fields: Vec<Field>) -> Form {
    form("", "", fields)
}

pub fn done() -> Outcome {
    Outcome::done("Operation finished successfully.")
}

/// The account that a command is about.
pub fn account_field(label: &'static str) -> Field {
    Field::new(ACCOUNT, FieldKind::Address, label).required()
}

/// The accounts that a command is about.
pub fn accounts_field(label: &'static str) -> Field {
    Field::new(ACCOUNTS, FieldKind::Addresses, label).required()
}

pub fn max_items_field() -> Field {
    Field::new(
        "max_items",
        FieldKind::Choice(MAX_ITEMS),
        "Maximum number of items to show",
    )
}

/// How many items are wanted; `None`: all.
pub fn max_items(answers: &Answers) -> Result<Option<usize>, Failure> {
    match answers.text("max_items") {
        None | Some("none") => Ok(None),
        Some(text) => match text.trim().parse::<usize>() {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(Failure::form(format!(
                "max_items is {text:?} and ought to be a number above zero, or none."
            ))),
        },
    }
}

/// Reads an address that the administrator wrote.
pub fn address(text: &str) -> Result<FullAddress, Failure> {
    FullAddress::parse(text.trim()).map_err(|error| Failure::form(format!("Invalid address {text:?}: {error}.")))
}

/// Reads all addresses of a field, each once.
pub fn addresses(answers: &Answers, name: &str) -> Result<Vec<FullAddress>, Failure> {
    let mut read = Vec::new();
    for text in answers.values(name) {
        let address = address(text)?;
        if !read.contains(&address) {
            read.push(address);
        }
    }
    Ok(read)
}

/// An account of the host; whether it exists is not asked.
pub fn local(call: &Call<'_>, address: &FullAddress) -> Result<AccountAddress, Failure> {
    if address.bare.host() != call.host.as_str() {
        return Err(Failure::form(format!(
            "{address} is a remote user, not one of {}.",
            call.host
        )));
    }
    let account = address.bare.account_on(call.host);
    account.ok_or_else(|| Failure::form(format!("{address} is no address of a user.")))
}

/// The account of the form, which exists.
pub async fn account(call: &Call<'_>, answers: &Answers) -> Result<AccountAddress, Failure> {
    let text = answers.text(ACCOUNT).unwrap_or_default();
    existing(call, &address(text)?).await
}

/// The accounts of the form, all of which exist.
pub async fn accounts(call: &Call<'_>, answers: &Answers) -> Result<Vec<AccountAddress>, Failure> {
    let mut accounts = Vec::new();
    for address in addresses(answers, ACCOUNTS)? {
        let account = existing(call, &address).await?;
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    if accounts.is_empty() {
        return Err(Failure::form("accountjids names nobody."));
    }
    Ok(accounts)
}

pub async fn existing(call: &Call<'_>, address: &FullAddress) -> Result<AccountAddress, Failure> {
    let account = local(call, address)?;
    match call.admin.find_account(&account).await? {
        Some(_) => Ok(account),
        None => Err(Failure::form(format!("User {account} does not exist."))),
    }
}
