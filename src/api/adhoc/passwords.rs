//! Passwords (XEP-0133 §4.7). They can be changed only: what is kept of them does not give them back (§4.6).

use futures::FutureExt;

use super::call::{Call, Command};
use super::error::Failure;
use super::wire;
use crate::domain::account::{AccountChanges, Password};
use crate::domain::command::{Answers, Field, FieldKind, Form, Outcome};

pub const COMMANDS: &[Command] = &[Command::asking(
    "http://jabber.org/protocol/admin#change-user-password",
    "Change User Password",
    |_| async { Ok(form()) }.boxed(),
    |call, answers| change(call, answers).boxed(),
)];

fn form() -> Form {
    wire::form(
        "Changing a User Password",
        "Fill out this form to change a user's password.",
        vec![
            wire::account_field("The Jabber ID for this account"),
            Field::new("password", FieldKind::Password, "The password for this account").required(),
        ],
    )
}

async fn change(call: &Call<'_>, answers: &Answers) -> Result<Outcome, Failure> {
    let account = wire::account(call, answers).await?;
    let changes = AccountChanges {
        password: Some(Password::new(answers.text("password").unwrap_or_default())?),
        ..AccountChanges::default()
    };
    call.admin.change_account(&account, changes).await?;
    Ok(wire::done())
}
