//! The list of administrators (XEP-0133 §4.29).

use std::collections::BTreeSet;

use futures::FutureExt;

use super::call::{Call, Command};
use super::error::Failure;
use super::wire;
use crate::domain::address::Address;
use crate::domain::command::{Answers, Field, FieldKind, Form, Outcome, Refusal};

const ADMINISTRATORS: &str = "adminjids";

pub const COMMANDS: &[Command] = &[Command::asking(
    "http://jabber.org/protocol/admin#edit-admin",
    "Edit Admin List",
    |call| form(call).boxed(),
    |call, answers| set(call, answers).boxed(),
)];

async fn form(call: &Call<'_>) -> Result<Form, Refusal> {
    let administrators = call.admin.list_administrators(call.host).await?;
    Ok(wire::form(
        "Editing the Admin List",
        "Fill out this form to edit the list of entities who have administrative privileges.",
        vec![Field::new(ADMINISTRATORS, FieldKind::Addresses, "The admin list").with_values(administrators)],
    ))
}

async fn set(call: &Call<'_>, answers: &Answers) -> Result<Outcome, Failure> {
    let wanted = wire::addresses(answers, ADMINISTRATORS)?;
    let wanted: BTreeSet<Address> = wanted.into_iter().map(|address| address.bare).collect();
    call.admin.set_administrators(call.host, &wanted).await?;
    Ok(wire::done())
}
