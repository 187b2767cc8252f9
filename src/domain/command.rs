//! Commands that somebody runs by filling in a form (the words of XEP-0050 and XEP-0004). What offers commands and what
//! carries them know of each other only this.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::address::{AccountAddress, Host};
use super::error::Error;
use super::roster::RosterItem;

/// Commands that may be run on a host.
#[async_trait]
pub trait Commands: Send + Sync {
    /// What `run.caller` may run, by what it is called; nothing for who may run nothing.
    async fn list(&self, caller: &AccountAddress) -> Result<Vec<CommandName>, Refusal>;

    /// Whether there is such a command, whomever it is for.
    fn has(&self, node: &str) -> bool;

    /// Begins a command: what it asks, or what came of it when it asks nothing.
    async fn begin(&self, run: &Run<'_>) -> Result<Step, Refusal>;

    /// Goes through with a command whose form has been filled in.
    async fn complete(&self, run: &Run<'_>, answers: &Answers) -> Result<Outcome, Refusal>;

    /// Whether whoever has this address may run commands by that alone. Nobody takes such an address for himself.
    fn is_kept(&self, _address: &AccountAddress) -> bool {
        false
    }
}

/// Who runs which command on which host. That it is `caller` has been proved.
#[derive(Debug, Clone, Copy)]
pub struct Run<'run> {
    pub caller: &'run AccountAddress,
    pub host: &'run Host,
    pub node: &'run str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandName {
    pub node: &'static str,
    /// For people.
    pub name: &'static str,
}

/// Why a command does not run.
#[derive(Debug)]
pub enum Refusal {
    /// There is no such command.
    Unknown,
    /// It is known what it would be, and it is not there.
    Unsupported,
    /// It is not for the caller.
    Forbidden,
    /// The answers are none to the form: a field that must be filled in is not, say.
    Answers(String),
    Failed(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

#[derive(Debug)]
pub enum Step {
    Ask(Form),
    Done(Outcome),
}

/// What came of a command.
#[derive(Debug)]
pub struct Outcome {
    pub note: Note,
    pub result: Option<Form>,
    /// The contacts of each roster that was asked for.
    pub rosters: Vec<Vec<RosterItem>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// It was done.
    Done(String),
    /// It was not, and why.
    Failed(String),
}

impl Outcome {
    pub fn done(text: impl Into<String>) -> Self {
        Self::noted(Note::Done(text.into()))
    }

    pub fn failed(text: impl Into<String>) -> Self {
        Self::noted(Note::Failed(text.into()))
    }

    fn noted(note: Note) -> Self {
        Self {
            note,
            result: None,
            rosters: Vec::new(),
        }
    }

    #[must_use]
    pub fn with_result(mut self, result: Form) -> Self {
        self.result = Some(result);
        self
    }
}

/// A form to fill in, or one that tells a result.
#[derive(Debug, Clone)]
pub struct Form {
    /// What its fields are about (XEP-0068).
    pub about: &'static str,
    pub title: &'static str,
    pub instructions: &'static str,
    pub fields: Vec<Field>,
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: FieldKind,
    pub is_required: bool,
    pub values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Address,
    Addresses,
    /// Of one line.
    Text,
    Lines,
    Password,
    /// Yes or no.
    Flag,
    /// One of these: value and label.
    Choice(&'static [(&'static str, &'static str)]),
}

impl Field {
    pub fn new(name: &'static str, kind: FieldKind, label: &'static str) -> Self {
        Self {
            name,
            label,
            kind,
            is_required: false,
            values: Vec::new(),
        }
    }

    #[must_use]
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    #[must_use]
    pub fn with_values(mut self, values: impl IntoIterator<Item = impl ToString>) -> Self {
        self.values.extend(values.into_iter().map(|value| value.to_string()));
        self
    }
}

/// A form as it was filled in: values by the name of their field. Never printed: it may hold passwords.
#[derive(Clone, Default)]
pub struct Answers(BTreeMap<String, Vec<String>>);

impl Answers {
    pub fn new(fields: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        Self(fields.into_iter().collect())
    }

    /// The first value of a field, if it is not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// Whether a flag is set (XEP-0004 §3.3).
    pub fn is_set(&self, name: &str) -> bool {
        matches!(self.text(name), Some("1" | "true"))
    }

    /// The values of a field that are not empty.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.0.get(name).map(Vec::as_slice).unwrap_or_default();
        values.iter().map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The lines of a field as one text; `None`: there is nothing in them.
    pub fn lines(&self, name: &str) -> Option<String> {
        let lines = self.0.get(name)?;
        Some(lines.join("\n")).filter(|text| !text.trim().is_empty())
    }
}
