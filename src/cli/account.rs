//! `account …`

use std::io::{self, BufRead, Read, Write};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::asking::{self, Directory};
use crate::{
    config::{Config, Sources},
    control::{AccountRow, Reply, Request},
};

/// Bytes of a password from standard input.
const MAX_PASSWORD: u64 = 4096;

#[derive(Subcommand)]
pub enum AccountCommand {
    /// Make an account
    Create {
        /// user@host
        address: String,
        #[command(flatten)]
        password: NewPassword,
        /// May use the administration APIs with this password
        #[arg(long)]
        admin: bool,
        /// Display name
        #[arg(long)]
        name: Option<String>,
        #[arg(long)]
        email: Option<String>,
    },
    /// List accounts: address, name and e-mail, between tabs
    List {
        /// Of this domain; without it of `server.domain`
        #[arg(long)]
        host: Option<String>,
    },
    /// Give an account a new password
    SetPassword {
        /// user@host
        address: String,
        #[command(flatten)]
        password: NewPassword,
    },
    /// Remove an account and all that belongs to it
    Delete {
        /// user@host
        address: String,
    },
    /// Lock an account: it cannot log in, its sessions end
    Lock {
        /// user@host
        address: String,
    },
    /// Take a lock back
    Unlock {
        /// user@host
        address: String,
    },
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct NewPassword {
    /// The password; other users of this machine can see it in the list of processes
    #[arg(long)]
    password: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

pub fn run(sources: &Sources, command: AccountCommand) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    let request = request(command)?;
    let (host, directory) = match &request {
        Request::ListAccounts { host, .. } => (host.clone(), Directory::Existing),
        Request::CreateAccount { .. } => (None, Directory::MadeIfMissing),
        _ => (None, Directory::Existing),
    };
    asking::ask(&config, directory, request, |reply| take(host.as_deref(), reply))
}

/// Shows a page of a list, and asks for the next one.
fn take(host: Option<&str>, reply: Reply) -> anyhow::Result<Option<Request>> {
    let Reply::Accounts { accounts, next } = reply else {
        bail!("this is no answer to a command about accounts");
    };
    show(&accounts).context("write the list")?;
    Ok(next.map(|after| Request::ListAccounts {
        host: host.map(str::to_owned),
        after: Some(after),
    }))
}

fn show(accounts: &[AccountRow]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for account in accounts {
        let fields = [account.name.as_deref(), account.email.as_deref()];
        // A tab or line break in a name must not look like another field or account.
        let [name, email] = fields.map(|text| text.unwrap_or("").replace(char::is_control, " "));
        writeln!(out, "{}\t{name}\t{email}", account.address)?;
    }
    Ok(())
}

fn request(command: AccountCommand) -> anyhow::Result<Request> {
    Ok(match command {
        AccountCommand::Create {
            address,
            password,
            admin,
            name,
            email,
        } => Request::CreateAccount {
            address,
            password: password.read()?,
            name,
            email,
            admin,
        },
        AccountCommand::List { host } => Request::ListAccounts { host, after: None },
        AccountCommand::SetPassword { address, password } => Request::SetPassword {
            address,
            password: password.read()?,
        },
        AccountCommand::Delete { address } => Request::DeleteAccount { address },
        AccountCommand::Lock { address } => Request::LockAccount { address },
        AccountCommand::Unlock { address } => Request::UnlockAccount { address },
    })
}

impl NewPassword {
    fn read(self) -> anyhow::Result<String> {
        if let Some(password) = self.password {
            return Ok(password);
        }
        let mut line = String::new();
        io::stdin()
            .lock()
            .take(MAX_PASSWORD)
            .read_line(&mut line)
            .context("read the password from standard input")?;
        let password = line.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            bail!("--password-stdin: standard input has no first line; write the password there");
        }
        Ok(password.to_owned())
    }
}
