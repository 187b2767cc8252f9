//! Client sessions.

use super::AdminSession;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Host};
use crate::domain::page::{Page, PageRequest};
use crate::domain::session::{Session, SessionCount};

impl AdminSession {
    /// Every session with a bound resource, by address, whatever its presence.
    pub async fn list_sessions(&self, host: &Host, page: PageRequest) -> Result<Page<Session>> {
        self.backend().list_sessions(host, page).await
    }

    /// The sessions of an account that have sent initial presence, by address; none for an unknown account.
    pub async fn list_available_sessions(&self, account: &AccountAddress) -> Result<Vec<Session>> {
        self.backend().list_available_sessions(account).await
    }

    /// Ends what `list_available_sessions` lists; no error when there are none.
    pub async fn close_available_sessions(&self, account: &AccountAddress) -> Result<()> {
        let record = self.record(format!("closed the sessions of {account}"));
        self.backend().close_available_sessions(account, record).await
    }

    /// Authenticated sessions, anonymous ones included.
    pub async fn count_sessions(&self, host: &Host) -> Result<SessionCount> {
        self.backend().count_sessions(host).await
    }

    /// All sessions of an account, by address, whatever their presence.
    pub async fn list_account_sessions(&self, account: &AccountAddress) -> Result<Vec<Session>> {
        self.backend().list_account_sessions(account).await
    }

    /// Ends every session of an account, or the one with this resource. `NotFound` when there is none.
    pub async fn close_sessions(&self, account: &AccountAddress, resource: Option<&str>) -> Result<()> {
        let record = self.record(match resource {
            Some(resource) => format!("closed the session {account}/{resource}"),
            None => format!("closed the sessions of {account}"),
        });
        self.backend().close_sessions(account, resource, record).await
    }
}
