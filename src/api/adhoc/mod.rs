//! Administration over XMPP: the commands of XEP-0133, which a client runs by filling in forms (XEP-0050). What carries
//! them is registered with the XMPP server at the start and knows only `domain::command`.

mod account_lists;
mod accounts;
mod addresses;
mod administrators;
mod announcements;
mod auth;
mod call;
mod ending;
mod error;
mod invitations;
mod passwords;
mod records;
mod wire;

use async_trait::async_trait;

use self::call::{Call, Command};
use crate::admin::Admin;
use crate::domain::address::AccountAddress;
use crate::domain::command::{Answers, CommandName, Commands, Outcome, Refusal, Run, Step};

/// What the nodes of all commands of administration begin with.
const PREFIX: &str = "http://jabber.org/protocol/admin#";

/// In the order of XEP-0133 §4.
const COMMANDS: &[&[Command]] = &[
    accounts::COMMANDS,
    passwords::COMMANDS,
    records::COMMANDS,
    addresses::COMMANDS,
    account_lists::COMMANDS,
    announcements::COMMANDS,
    administrators::COMMANDS,
    ending::COMMANDS,
];

/// Where administrators invite.
const INVITATIONS: &[&[Command]] = &[invitations::COMMANDS];

/// The commands over `admin`.
pub struct Adhoc {
    admin: Admin,
    /// Administrators may invite newcomers.
    invites: bool,
}

impl Adhoc {
    pub fn new(admin: Admin, invites: bool) -> Self {
        Self { admin, invites }
    }

    fn commands(&self) -> impl Iterator<Item = &'static Command> {
        let invitations = if self.invites { INVITATIONS } else { &[] };
        COMMANDS.iter().chain(invitations).copied().flatten()
    }

    /// The command, and the caller's authority over it.
    async fn call<'run>(&self, run: &Run<'run>) -> Result<(&'static Command, Call<'run>), Refusal> {
        // What is no command of administration is there for nobody, so nobody is told that it is not for him.
        let command = self.commands().find(|command| command.name.node == run.node);
        if command.is_none() && !run.node.starts_with(PREFIX) {
            return Err(Refusal::Unknown);
        }
        let Some(caller) = auth::caller(&self.admin, run.caller, run.node).await? else {
            return Err(Refusal::Forbidden);
        };
        let command = command.ok_or(Refusal::Unsupported)?;
        let call = Call {
            admin: self.admin.session(caller),
            now: self.admin.clock().now(),
            caller: run.caller,
            host: run.host,
        };
        Ok((command, call))
    }
}

#[async_trait]
impl Commands for Adhoc {
    async fn list(&self, caller: &AccountAddress) -> Result<Vec<CommandName>, Refusal> {
        if !self.admin.is_administrator(caller).await? {
            return Ok(Vec::new());
        }
        Ok(self.commands().map(|command| command.name).collect())
    }

    fn has(&self, node: &str) -> bool {
        self.commands().any(|command| command.name.node == node)
    }

    fn is_kept(&self, address: &AccountAddress) -> bool {
        self.admin.settings().access().is_administrator(address)
    }

    async fn begin(&self, run: &Run<'_>) -> Result<Step, Refusal> {
        let (command, call) = self.call(run).await?;
        match command.ask {
            Some(ask) => Ok(Step::Ask(ask(&call).await?)),
            None => Ok(Step::Done(command.run(&call, &Answers::default()).await)),
        }
    }

    async fn complete(&self, run: &Run<'_>, answers: &Answers) -> Result<Outcome, Refusal> {
        let (command, call) = self.call(run).await?;
        Ok(command.run(&call, answers).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_node_of_its_own() {
        let all = COMMANDS.iter().copied().flatten();
        let mut nodes: Vec<_> = all.map(|command| command.name.node).collect();
        let all = nodes.len();
        nodes.sort_unstable();
        nodes.dedup();
        assert_eq!(nodes.len(), all);
        assert!(nodes.iter().all(|node| node.starts_with(PREFIX)));
    }
}
