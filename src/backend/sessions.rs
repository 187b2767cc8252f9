//! Client sessions of the administered server.

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::address::{AccountAddress, Host};
use crate::domain::audit::AuditRecord;
use crate::domain::page::{Page, PageRequest};
use crate::domain::session::{Session, SessionCount};

#[async_trait]
pub trait Sessions: Send + Sync {
    /// Every session with a bound resource, by address, whatever its presence.
    async fn list_sessions(&self, host: &Host, page: PageRequest) -> Result<Page<Session>>;

    /// The sessions of an account that have sent initial presence, by address; none for an unknown account.
    async fn list_available_sessions(&self, account: &AccountAddress) -> Result<Vec<Session>>;

    /// Ends what `list_available_sessions` lists, each with the stream error `not-authorized`.
    async fn close_available_sessions(&self, account: &AccountAddress, record: Option<AuditRecord>) -> Result<()>;

    /// Authenticated sessions, anonymous ones included.
    async fn count_sessions(&self, host: &Host) -> Result<SessionCount>;

    /// All sessions of an account, by address, whatever their presence.
    async fn list_account_sessions(&self, account: &AccountAddress) -> Result<Vec<Session>>;

    /// Ends every session of the account, or the one with this resource. `NotFound` when there is none.
    async fn close_sessions(
        &self,
        account: &AccountAddress,
        resource: Option<&str>,
        record: Option<AuditRecord>,
    ) -> Result<()>;
}
