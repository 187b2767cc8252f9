//! Sessions of the embedded server: those of the XMPP engine.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;

use super::Embedded;
use crate::backend::Sessions;
use crate::domain::address::{AccountAddress, FullAddress, Host};
use crate::domain::audit::AuditRecord;
use crate::domain::page::{Page, PageRequest};
use crate::domain::session::{Session, SessionCount, SessionStatus};
use crate::domain::{Error, Kind, Result};
use crate::engine::session::{self as live, Ending};
use crate::engine::stream_error::StreamError;

impl Embedded {
    fn available_sessions(&self, account: &AccountAddress) -> Vec<Arc<live::Session>> {
        let mut sessions = self.engine.registry().sessions(&account.to_address());
        sessions.retain(|session| session.state().shown.available);
        sessions
    }
}

#[async_trait]
impl Sessions for Embedded {
    async fn list_sessions(&self, host: &Host, page: PageRequest) -> Result<Page<Session>> {
        let after = page.after.as_deref().map(FullAddress::parse).transpose()?;
        let found = self.engine.registry().list(host, after.as_ref(), page.limit);
        let shown = found.iter().map(|session| shown(session)).collect();
        Ok(Page::from_rows(shown, page.limit, |session: &Session| {
            session.address.clone()
        }))
    }

    async fn list_available_sessions(&self, account: &AccountAddress) -> Result<Vec<Session>> {
        let sessions = self.available_sessions(account);
        Ok(sessions.iter().map(|session| shown(session)).collect())
    }

    async fn close_available_sessions(&self, account: &AccountAddress, record: Option<AuditRecord>) -> Result<()> {
        let sessions = self.available_sessions(account);
        if sessions.is_empty() {
            return Ok(());
        }
        self.note(record).await?;
        for session in sessions {
            self.engine.end(&session, Ending::Error(StreamError::NotAuthorized));
        }
        Ok(())
    }

    async fn list_account_sessions(&self, account: &AccountAddress) -> Result<Vec<Session>> {
        let sessions = self.engine.registry().sessions(&account.to_address());
        Ok(sessions.iter().map(|session| shown(session)).collect())
    }

    async fn close_sessions(
        &self,
        account: &AccountAddress,
        resource: Option<&str>,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let mut sessions = self.engine.registry().sessions(&account.to_address());
        sessions.retain(|session| resource.is_none_or(|resource| session.resource() == resource));
        if sessions.is_empty() {
            return Err(Error::not_found(Kind::Session, account.to_string()));
        }
        self.note(record).await?;
        for session in sessions {
            self.engine.end(&session, Ending::Error(StreamError::NotAuthorized));
        }
        Ok(())
    }

    async fn count_sessions(&self, host: &Host) -> Result<SessionCount> {
        let local = self.engine.registry().count(host) as u64;
        Ok(SessionCount { local, cluster: local })
    }
}

fn shown(session: &live::Session) -> Session {
    let facts = session.facts();
    // A session that waits to be resumed has no connection.
    let peer = session.outbox().is_attached().then(|| facts.peer.ip());
    let presence = session.state().shown.clone();
    Session {
        address: session.address().to_string(),
        localpart: session.account().map(|account| account.localpart().as_str().to_owned()),
        resource: session.resource().to_owned(),
        status: SessionStatus::Authenticated,
        presence,
        peer,
        // Others are not looked up: the answer would wait for a stranger's server.
        peer_name: peer.filter(IpAddr::is_loopback).map(|_| "localhost".to_owned()),
        created: facts.connected,
        last_active: session.last_active(),
        secure: facts.tls_version.is_some(),
    }
}
