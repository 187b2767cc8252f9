//! Users and their sessions (XEP-0133 §4.1-§4.5).

use futures::FutureExt;

use super::call::{Call, Command};
use super::error::Failure;
use super::wire;
use crate::domain::account::{Lockout, NewAccount, OpenSessions, Password, Properties};
use crate::domain::command::{Answers, Field, FieldKind, Form, Outcome, Refusal};

pub const COMMANDS: &[Command] = &[
    Command::asking(
        "http://jabber.org/protocol/admin#add-user",
        "Add a User",
        |_| async { Ok(new_form()) }.boxed(),
        |call, answers| add(call, answers).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#delete-user",
        "Delete a User",
        |_| {
            several(
                "Deleting a User",
                "Fill out this form to delete a user.",
                "The Jabber ID(s) to delete",
            )
            .boxed()
        },
        |call, answers| delete(call, answers).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#disable-user",
        "Disable a User",
        |_| {
            several(
                "Disabling a User",
                "Fill out this form to disable a user.",
                "The Jabber ID(s) to disable",
            )
            .boxed()
        },
        |call, answers| disable(call, answers).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#reenable-user",
        "Re-Enable a User",
        |_| {
            let instructions = "Fill out this form to re-enable a user.";
            several("Re-Enabling a User", instructions, "The Jabber ID(s) to re-enable").boxed()
        },
        |call, answers| enable(call, answers).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#end-user-session",
        "End User Session",
        |_| {
            let instructions = "Fill out this form to end a user's session.";
            let label = "The Jabber ID(s) for which to end sessions";
            several("Ending a User Session", instructions, label).boxed()
        },
        |call, answers| end_sessions(call, answers).boxed(),
    ),
];

fn new_form() -> Form {
    let field = |name, kind, label| Field::new(name, kind, label);
    wire::form(
        "Adding a User",
        "Fill out this form to add a user.",
        vec![
            wire::account_field("The Jabber ID for the account to be added"),
            field("password", FieldKind::Password, "The password for this account"),
            field("password-verify", FieldKind::Password, "Retype password"),
            field("email", FieldKind::Text, "Email address"),
            field("given_name", FieldKind::Text, "Given name"),
            field("surname", FieldKind::Text, "Family name"),
        ],
    )
}

async fn several(title: &'static str, instructions: &'static str, label: &'static str) -> Result<Form, Refusal> {
    Ok(wire::form(title, instructions, vec![wire::accounts_field(label)]))
}

async fn add(call: &Call<'_>, answers: &Answers) -> Result<Outcome, Failure> {
    let address = wire::address(answers.text(wire::ACCOUNT).unwrap_or_default())?;
    if address.bare.host() != call.host.as_str() {
        return Err(Failure::form(format!("Cannot create remote user {address}.")));
    }
    let account = wire::local(call, &address)?;
    if address.resource.is_some() {
        return Err(Failure::form(format!(
            "{address} has a resource, which no account has."
        )));
    }
    let password = answers.text("password").unwrap_or_default();
    if password.is_empty() || answers.text("password-verify") != Some(password) {
        return Err(Failure::form("Passwords do not match."));
    }
    let names = [answers.text("given_name"), answers.text("surname")];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let new = NewAccount {
        address: account,
        password: Password::new(password)?,
        name: Some(name),
        email: answers.text("email").map(str::to_owned),
        properties: Properties::new(),
        administrator: false,
    };
    match call.admin.create_account(new).await {
        Ok(()) => Ok(wire::done()),
        Err(crate::domain::Error::AlreadyExists { .. }) => Err(Failure::form("User already exists.")),
        Err(error) => Err(error.into()),
    }
}

async fn delete(call: &Call<'_>, answers: &Answers) -> Result<Outcome, Failure> {
    for account in wire::accounts(call, answers).await? {
        call.admin.remove_account(&account).await?;
    }
    Ok(wire::done())
}

async fn disable(call: &Call<'_>, answers: &Answers) -> Result<Outcome, Failure> {
    for account in wire::accounts(call, answers).await? {
        let lockout = Lockout::default();
        call.admin.lock_account(&account, lockout, OpenSessions::End).await?;
    }
    Ok(wire::done())
}

async fn enable(call: &Call<'_>, answers: &Answers) -> Result<Outcome, Failure> {
    for account in wire::accounts(call, answers).await? {
        call.admin.unlock_account(&account).await?;
    }
    Ok(wire::done())
}

/// A bare address means all sessions of the user, a full one that session.
async fn end_sessions(call: &Call<'_>, answers: &Answers) -> Result<Outcome, Failure> {
    let mut meant = Vec::new();
    for address in wire::addresses(answers, wire::ACCOUNTS)? {
        let account = wire::existing(call, &address).await?;
        meant.push((account, address));
    }
    for (account, address) in meant {
        match call.admin.close_sessions(&account, address.resource.as_deref()).await {
            Err(crate::domain::Error::NotFound { .. }) => {
                return Err(Failure::form(format!("{address} has no session.")));
            }
            outcome => outcome?,
        }
    }
    Ok(wire::done())
}
