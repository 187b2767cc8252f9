//! `invite …`

use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::asking::{self, Directory};
use crate::config::{self, Config, Sources};
use crate::control::{InvitationRow, Reply, Request};

#[derive(Subcommand)]
pub enum InviteCommand {
    /// Invite somebody to make an account, and write the link that allows it to standard output
    Create {
        /// To this domain; without it to `server.domain`
        #[arg(long)]
        host: Option<String>,
        /// The account has this name, which nobody else gets meanwhile
        #[arg(long)]
        username: Option<String>,
        /// Make the newcomer a contact of this account (user@host); who has an account elsewhere can use the link too
        #[arg(long, value_name = "ADDRESS")]
        contact: Option<String>,
        /// How many people may use the link
        #[arg(long, default_value_t = 1)]
        uses: u32,
        /// How long the link can be used, such as 12h or 7d; without it as `xmpp.invitation_age` says
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        expires: Option<Duration>,
    },
    /// List invitations: number, to what, contact of, uses that are left, and until when, between tabs
    List,
    /// Take an invitation back
    Revoke {
        /// As the list shows it
        number: i64,
    },
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    config::parse_duration(text).ok_or("write a duration such as 12h or 7d")
}

pub fn run(sources: &Sources, command: InviteCommand) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    asking::ask(&config, Directory::Existing, request(command), take)
}

fn request(command: InviteCommand) -> Request {
    match command {
        InviteCommand::Create {
            host,
            username,
            contact,
            uses,
            expires,
        } => Request::CreateInvitation {
            host,
            username,
            contact,
            uses,
            lifetime: expires,
        },
        InviteCommand::List => Request::ListInvitations { after: None },
        InviteCommand::Revoke { number } => Request::RevokeInvitation { number },
    }
}

fn take(reply: Reply) -> anyhow::Result<Option<Request>> {
    match reply {
        Reply::Invited {
            uri,
            landing_url,
            expires,
        } => {
            show_link(&uri, landing_url.as_deref(), &expires).context("write the link")?;
            Ok(None)
        }
        Reply::Invitations { invitations, next } => {
            show(&invitations).context("write the list")?;
            Ok(next.map(|after| Request::ListInvitations { after: Some(after) }))
        }
        _ => bail!("this is no answer to a command about invitations"),
    }
}

/// Only the link goes to standard output: other programs may read it there.
fn show_link(uri: &str, landing_url: Option<&str>, expires: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{uri}")?;
    if let Some(url) = landing_url {
        writeln!(out, "{url}")?;
    }
    writeln!(
        io::stderr(),
        "Whoever has this link can use it until {expires}; it is not shown again."
    )
}

fn show(invitations: &[InvitationRow]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for row in invitations {
        let contact = row.contact.as_deref().unwrap_or_default();
        writeln!(
            out,
            "{}\t{}\t{contact}\t{}\t{}",
            row.number, row.to, row.uses, row.expires
        )?;
    }
    Ok(())
}
