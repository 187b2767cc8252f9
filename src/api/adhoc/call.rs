//! What a command is, and what it gets when it is run.

use futures::future::BoxFuture;
use jiff::Timestamp;

use super::error::Failure;
use crate::admin::AdminSession;
use crate::domain::address::{AccountAddress, Host};
use crate::domain::command::{Answers, CommandName, Form, Outcome, Refusal};

type Ask = for<'call> fn(&'call Call<'_>) -> BoxFuture<'call, Result<Form, Refusal>>;
type Act = for<'call> fn(&'call Call<'_>, &'call Answers) -> BoxFuture<'call, Result<Outcome, Failure>>;

/// A command of XEP-0133.
pub struct Command {
    pub name: CommandName,
    /// What is asked first; without it the command acts at once.
    pub ask: Option<Ask>,
    act: Act,
}

/// A command that an administrator runs.
pub struct Call<'run> {
    pub admin: AdminSession,
    pub now: Timestamp,
    pub caller: &'run AccountAddress,
    /// The host that is administered.
    pub host: &'run Host,
}

impl Command {
    pub const fn asking(node: &'static str, name: &'static str, ask: Ask, act: Act) -> Self {
        Self {
            name: CommandName { node, name },
            ask: Some(ask),
            act,
        }
    }

    pub const fn acting(node: &'static str, name: &'static str, act: Act) -> Self {
        Self {
            name: CommandName { node, name },
            ask: None,
            act,
        }
    }

    /// Runs it; what does not work out is told in a note.
    pub async fn run(&self, call: &Call<'_>, answers: &Answers) -> Outcome {
        match (self.act)(call, answers).await {
            Ok(outcome) => outcome,
            Err(failure) => Outcome::failed(failure.text()),
        }
    }
}
