//! What everybody is told (XEP-0133 §4.23-§4.28).

use futures::FutureExt;

use super::call::{Call, Command};
use super::error::Failure;
use super::wire;
use crate::domain::command::{Answers, Field, FieldKind, Form, Outcome, Refusal};
use crate::domain::message::{Announcement, Occasion};

const ANNOUNCEMENT: &str = "announcement";
const OF_THE_DAY: &str = "motd";
const WELCOME: &str = "welcome";

pub const COMMANDS: &[Command] = &[
    Command::asking(
        "http://jabber.org/protocol/admin#announce",
        "Send Announcement to Online Users",
        |_| {
            let instructions = "Fill out this form to make an announcement to all active users of this service.";
            let field = Field::new(ANNOUNCEMENT, FieldKind::Lines, "Announcement").required();
            async { Ok(wire::form("Making an Announcement", instructions, vec![field])) }.boxed()
        },
        |call, answers| announce(call, answers).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#set-motd",
        "Set Message of the Day",
        |_| {
            let instructions = "Fill out this form to set the message of the day.";
            let field = Field::new(OF_THE_DAY, FieldKind::Lines, "Message of the Day").required();
            async { Ok(wire::form("Setting the Message of the Day", instructions, vec![field])) }.boxed()
        },
        |call, answers| set(call, answers, Occasion::Day, OF_THE_DAY).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#edit-motd",
        "Edit Message of the Day",
        |call| edit_form(call).boxed(),
        |call, answers| edit(call, answers).boxed(),
    ),
    Command::acting(
        "http://jabber.org/protocol/admin#delete-motd",
        "Delete Message of the Day",
        |call, _| delete(call, Occasion::Day).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#set-welcome",
        "Set Welcome Message",
        |call| welcome_form(call).boxed(),
        |call, answers| set(call, answers, Occasion::Welcome, WELCOME).boxed(),
    ),
    Command::acting(
        "http://jabber.org/protocol/admin#delete-welcome",
        "Delete Welcome Message",
        |call, _| delete(call, Occasion::Welcome).boxed(),
    ),
];

async fn edit_form(call: &Call<'_>) -> Result<Form, Refusal> {
    Ok(wire::form(
        "Editing the Message of the Day",
        "Fill out this form to edit the message of the day.",
        vec![present(call, Occasion::Day, OF_THE_DAY, "Message of the Day").await?],
    ))
}

async fn welcome_form(call: &Call<'_>) -> Result<Form, Refusal> {
    Ok(wire::form(
        "Setting the Welcome Message",
        "Fill out this form to set the welcome message for this service.",
        vec![present(call, Occasion::Welcome, WELCOME, "Welcome Message").await?],
    ))
}

/// The field with the text that there is now.
async fn present(
    call: &Call<'_>,
    occasion: Occasion,
    name: &'static str,
    label: &'static str,
) -> Result<Field, Refusal> {
    let message = call.admin.find_standing_message(call.host, occasion).await?;
    let body = message.map(|message| message.body).unwrap_or_default();
    Ok(Field::new(name, FieldKind::Lines, label)
        .required()
        .with_values(body.lines()))
}

async fn announce(call: &Call<'_>, answers: &Answers) -> Result<Outcome, Failure> {
    call.admin.broadcast(call.host, text(answers, ANNOUNCEMENT)?).await?;
    Ok(wire::done())
}

async fn set(call: &Call<'_>, answers: &Answers, occasion: Occasion, field: &str) -> Result<Outcome, Failure> {
    let message = text(answers, field)?;
    call.admin.set_standing_message(call.host, occasion, message).await?;
    Ok(wire::done())
}

async fn edit(call: &Call<'_>, answers: &Answers) -> Result<Outcome, Failure> {
    let message = text(answers, OF_THE_DAY)?;
    call.admin
        .edit_standing_message(call.host, Occasion::Day, message)
        .await?;
    Ok(wire::done())
}

async fn delete(call: &Call<'_>, occasion: Occasion) -> Result<Outcome, Failure> {
    call.admin.remove_standing_message(call.host, occasion).await?;
    Ok(wire::done())
}

fn text(answers: &Answers, field: &str) -> Result<Announcement, Failure> {
    let text = answers
        .lines(field)
        .ok_or_else(|| Failure::form(format!("{field} is empty.")))?;
    Ok(Announcement::new(text)?)
}
