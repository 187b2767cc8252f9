//! Does what a request asks, in the name of the operating system's user who asked.

use super::{AccountRow, InvitationRow, Reply, Request};
use crate::{
    admin::AdminSession,
    domain::{
        Error, Result,
        account::{AccountChanges, AccountFilter, Lockout, NewAccount, OpenSessions, Password, Properties},
        address::{AccountAddress, Address, Host, Localpart},
        backup::BackupScope,
        invitation::{NewInvitation, Purpose},
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
            let host = named_or_primary(session, host.as_deref())?;
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
        Request::CreateInvitation {
            host,
            username,
            contact,
            uses,
            lifetime,
        } => {
            let inviter = contact.as_deref().map(account).transpose()?;
            let purpose = match (&host, &username) {
                (None, None) if inviter.is_some() => Purpose::Contact,
                _ => Purpose::Account {
                    host: named_or_primary(session, host.as_deref())?,
                    username: username.as_deref().map(Localpart::prepare).transpose()?,
                },
            };
            let new = NewInvitation {
                purpose,
                inviter,
                uses,
                lifetime,
            };
            let invited = session.create_invitation(new).await?;
            return Ok(Reply::Invited {
                uri: invited.link.uri,
                landing_url: invited.link.landing_url,
                expires: invited.expires.to_string(),
            });
        }
        Request::ListInvitations { after } => return list_invitations(session, after).await,
        Request::RevokeInvitation { number } => session.remove_invitation(number).await?,
        Request::BackUp { file, uploads } => {
            let path = exchange.file(&file)?;
            let scope = if uploads {
                BackupScope::Everything
            } else {
                BackupScope::DatabaseOnly
            };
            let files = session.back_up(&path, scope, progress).await?;
            return Ok(Reply::BackedUp { path, files });
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

async fn list_invitations(session: &AdminSession, after: Option<i64>) -> Result<Reply> {
    let page = session.list_invitations(PageRequest::after(after)).await?;
    let invitations = page.items.into_iter().map(|invitation| InvitationRow {
        number: invitation.number,
        to: match invitation.username {
            Some(username) => AccountAddress::new(username, invitation.host).to_string(),
            None => invitation.host.to_string(),
        },
        contact: invitation.inviter.map(|inviter| inviter.to_string()),
        uses: invitation.uses,
        expires: invitation.expires.to_string(),
    });
    Ok(Reply::Invitations {
        invitations: invitations.collect(),
        next: page.next,
    })
}

fn named_or_primary(session: &AdminSession, host: Option<&str>) -> Result<Host> {
    host.map_or_else(|| Ok(session.host().clone()), Host::prepare)
}

fn account(text: &str) -> Result<AccountAddress> {
    let address = Address::parse(text)?;
    address
        .account_on(&Host::from_stored(address.host()))
        .ok_or_else(|| Error::invalid("address", text, "write it as user@host"))
}
