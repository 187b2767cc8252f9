//! Restart and shutdown of the service (XEP-0133 §4.30, §4.31).

use std::time::Duration;

use futures::FutureExt;

use super::call::{Call, Command};
use super::error::Failure;
use super::wire;
use crate::domain::command::{Answers, Field, FieldKind, Form, Outcome};
use crate::domain::message::Announcement;
use crate::domain::service::Stop;

const DELAYS: &[(&str, &str)] = &[
    ("30", "30 seconds"),
    ("60", "60 seconds"),
    ("90", "90 seconds"),
    ("120", "2 minutes"),
    ("180", "3 minutes"),
    ("240", "4 minutes"),
    ("300", "5 minutes"),
    ("600", "10 minutes"),
    ("900", "15 minutes"),
];

/// The longest delay that is taken, in seconds.
const LONGEST: u64 = 24 * 60 * 60;

pub const COMMANDS: &[Command] = &[
    Command::asking(
        "http://jabber.org/protocol/admin#restart",
        "Restart Service",
        |_| {
            let instructions = "Fill out this form to restart the service.";
            let label = "Time delay before restarting";
            async { Ok(form("Restarting the Service", instructions, label)) }.boxed()
        },
        |call, answers| stop(call, answers, Stop::Restart).boxed(),
    ),
    Command::asking(
        "http://jabber.org/protocol/admin#shutdown",
        "Shut Down Service",
        |_| {
            let instructions = "Fill out this form to shut down the service.";
            let label = "Time delay before shutting down";
            async { Ok(form("Shutting Down the Service", instructions, label)) }.boxed()
        },
        |call, answers| stop(call, answers, Stop::ShutDown).boxed(),
    ),
];

fn form(title: &'static str, instructions: &'static str, label: &'static str) -> Form {
    wire::form(
        title,
        instructions,
        vec![
            Field::new("delay", FieldKind::Choice(DELAYS), label).required(),
            Field::new("announcement", FieldKind::Lines, "Announcement"),
        ],
    )
}

/// Other delays than those of the form are taken too.
async fn stop(call: &Call<'_>, answers: &Answers, stop: Stop) -> Result<Outcome, Failure> {
    let given = answers.text("delay").unwrap_or_default();
    let seconds = given.trim().parse().ok().filter(|seconds| *seconds <= LONGEST);
    let seconds = seconds.ok_or_else(|| {
        Failure::form(format!(
            "delay is {given:?} and ought to be a number of seconds, at most {LONGEST}."
        ))
    })?;
    let announcement = answers.lines("announcement").map(Announcement::new).transpose()?;
    let delay = Duration::from_secs(seconds);
    call.admin.stop_service(stop, delay, call.host, announcement).await?;
    Ok(wire::done())
}
