//! Sessions of the embedded server. Without an XMPP engine nobody can connect, so there are none.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::Sessions;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Host};
use crate::domain::audit::AuditRecord;
use crate::domain::page::{Page, PageRequest};
use crate::domain::session::{Session, SessionCount};

#[async_trait]
impl Sessions for Embedded {
    async fn list_sessions(&self, _host: &Host, _page: PageRequest) -> Result<Page<Session>> {
        Ok(Page {
            items: Vec::new(),
            next: None,
        })
    }

    async fn list_available_sessions(&self, _account: &AccountAddress) -> Result<Vec<Session>> {
        Ok(Vec::new())
    }

    async fn close_available_sessions(&self, _account: &AccountAddress, _record: Option<AuditRecord>) -> Result<()> {
        Ok(())
    }

    async fn count_sessions(&self, _host: &Host) -> Result<SessionCount> {
        Ok(SessionCount::default())
    }
}
