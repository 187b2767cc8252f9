//! Does what a request asks, in the name of the operating system's user who asked.

use super::{AccountRow, Reply, Request};
use crate::{
    admin::AdminSession,
    domain::{
        Error, Result,
        account::{AccountChanges, AccountFilter, Lockout, NewAccount, OpenSessions, Password, Properties},
        address::{AccountAddress, Address, Host},
        page::PageRequest,
        progress::Progress,
    },
    exchange_dir::ExchangeDir,
};

/// The answer to `request`; what failed is an answer too. `progress` hears of what takes long.
pub async fn perform(session: &AdminSession, exchange: &ExchangeDir, request: Request, progress: Progress) -> Reply {
    match answer(session, exchange, request, progress).await {
        Ok(reply) => reply,
        Err(Error::Internal(cause)) => {
            tracing::error!(%cause, "a command failed");
            Reply::Failed {
                reason: format!("internal failure: {cause}"),
            }
        }
        Err(error) => Reply::Failed {
            reason: error.to_string(),
        },
    }
}

async fn answer(session: &AdminSession, exchange: &ExchangeDir, request: Request, progress: Progress) -> Result<Reply> {
    match request {
        Request::CreateAccount {
            address,
            password,
            name,
            email,
            admin,
        } => {
            let address = account(&address)?;
            let password = Password::new(password)?;
            let new = NewAccount {
                address,
                password,
                name,
                email,
                properties: Properties::new(),
                administrator: admin,
            };
            session.create_account(new).await?;
        }
        Request::ListAccounts { host, after } => {
            let host = host
                .as_deref()
                .map_or_else(|| Ok(session.host().clone()), Host::prepare)?;
            return list(session, &host, after).await;
        }
        Request::SetPassword { address, password } => {
            let changes = AccountChanges {
                password: Some(Password::new(password)?),
                ..AccountChanges::default()
            };
            session.change_account(&account(&address)?, changes).await?;
        }
        Request::DeleteAccount { address } => session.remove_account(&account(&address)?).await?,
        Request::LockAccount { address } => {
            session
                .lock_account(&account(&address)?, Lockout::default(), OpenSessions::End)
                .await?;
        }
        Request::UnlockAccount { address } => session.unlock_account(&account(&address)?).await?,
        Request::BackUp { file } => {
            let path = exchange.file(&file)?;
            session.back_up(&path, progress).await?;
            return Ok(Reply::BackedUp { path });
        }
    }
    Ok(Reply::Done)
}

async fn list(session: &AdminSession, host: &Host, after: Option<String>) -> Result<Reply> {
    let page = session
        .list_accounts(host, &AccountFilter::All, PageRequest::after(after))
        .await?;
    let accounts = page.items.into_iter().map(|account| AccountRow {
        address: account.address.to_string(),
        name: account.name,
        email: account.email,
    });
    Ok(Reply::Accounts {
        accounts: accounts.collect(),
        next: page.next,
    })
}

fn account(text: &str) -> Result<AccountAddress> {
    let address = Address::parse(text)?;
    address
        .account_on(&Host::from_stored(address.host()))
        .ok_or_else(|| Error::invalid("address", text, "write it as user@host"))
}
