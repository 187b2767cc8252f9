//! Blocked and allowed addresses of the whole server (XEP-0133 §4.11, §4.12).

use futures::FutureExt;

use super::call::{Call, Command};
use super::error::Failure;
use super::wire;
use crate::domain::command::{Answers, Field, FieldKind, Form, Outcome, Refusal};
use crate::domain::service::AddressList;

const BLOCKED: &str = "blacklistjids";
const ALLOWED: &str = "whitelistjids";

pub const COMMANDS: &[Command] = &[
    Command::asking(
        "http://jabber.org/protocol/admin#edit-blacklist",
        "Edit Blacklist",
        |call| blocked_form(call).boxed(),
        |call, answers| set(call, answers, AddressList::Blocked, BLOCKED).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#edit-whitelist",
        "Edit Whitelist",
        |call| allowed_form(call).boxed(),
        |call, answers| set(call, answers, AddressList::Allowed, ALLOWED).boxed(),
    ),
];

async fn blocked_form(call: &Call<'_>) -> Result<Form, Refusal> {
    let listed = call.admin.list_service_addresses(AddressList::Blocked).await?;
    Ok(wire::form(
        "Editing the Blacklist",
        "Fill out this form to edit the list of entities with whom communications are disallowed.",
        vec![Field::new(BLOCKED, FieldKind::Addresses, "The blacklist").with_values(listed)],
    ))
}

async fn allowed_form(call: &Call<'_>) -> Result<Form, Refusal> {
    let listed = call.admin.list_service_addresses(AddressList::Allowed).await?;
    Ok(wire::form(
        "Editing the Whitelist",
        "Fill out this form to edit the list of entities with whom communications are allowed although the blacklist \
         has them.",
        vec![Field::new(ALLOWED, FieldKind::Addresses, "The whitelist").with_values(listed)],
    ))
}

async fn set(call: &Call<'_>, answers: &Answers, list: AddressList, field: &str) -> Result<Outcome, Failure> {
    let addresses = wire::addresses(answers, field)?;
    call.admin.set_service_addresses(list, addresses).await?;
    Ok(wire::done())
}
