//! `account …`: sent to the running service; when none runs, done here on the data directory, which is locked meanwhile.

use std::{
    io::{self, BufRead, Read, Write},
    ops::ControlFlow,
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use tokio::runtime;

use crate::{
    admin::Caller,
    app,
    config::{Config, Sources},
    control::{AccountRow, Client, Reply, Request, operator, perform},
    data_dir::DataDir,
    domain::progress::Progress,
    exchange_dir::ExchangeDir,
    start,
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
    match Client::connect(&config.server.data_dir)? {
        Some(mut service) => converse(request, |request| Ok(service.send(&request, |_| ())?)),
        None => converse_with_the_store(&config, request),
    }
}

fn converse_with_the_store(config: &Config, request: Request) -> anyhow::Result<()> {
    let path = &config.server.data_dir;
    let data_dir = match request {
        Request::CreateAccount { .. } => DataDir::open(path)?,
        _ => DataDir::open_existing(path)?,
    };
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let opened = runtime.block_on(start::open(config, &data_dir, app::clock(), app::random()))?;
    let session = opened
        .admin
        .session(Caller::operator(operator::name(operator::current())));
    let exchange = ExchangeDir::new(&config.server.exchange_dir);
    let done = converse(request, |request| {
        let progress: Progress = Box::new(|_| ControlFlow::Continue(()));
        Ok(runtime.block_on(perform(&session, &exchange, request, progress)))
    });
    runtime.block_on(opened.embedded.close());
    done
}

/// Sends `request`, and further ones while a list goes on.
fn converse(mut request: Request, mut send: impl FnMut(Request) -> anyhow::Result<Reply>) -> anyhow::Result<()> {
    loop {
        let host = match &request {
            Request::ListAccounts { host, .. } => host.clone(),
            _ => None,
        };
        match send(request)? {
            Reply::Done => return Ok(()),
            Reply::Failed { reason } => bail!("{reason}"),
            Reply::Accounts { accounts, next } => {
                show(&accounts).context("write the list")?;
                let Some(after) = next else { return Ok(()) };
                request = Request::ListAccounts {
                    host,
                    after: Some(after),
                };
            }
            Reply::Progress { .. } | Reply::BackedUp { .. } => bail!("this is no answer to a command about accounts"),
        }
    }
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
