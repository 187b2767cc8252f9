//! Groups of the administered server.

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::address::{Address, Host};
use crate::domain::audit::AuditRecord;
use crate::domain::group::{Group, GroupContent, GroupSummary};
use crate::domain::page::{Page, PageRequest};

#[async_trait]
pub trait Groups: Send + Sync {
    /// `AlreadyExists` when the name is taken.
    async fn create_group(&self, host: &Host, content: GroupContent, record: Option<AuditRecord>) -> Result<()>;

    async fn find_group(&self, host: &Host, name: &str) -> Result<Option<Group>>;

    async fn list_groups(&self, host: &Host, page: PageRequest) -> Result<Page<GroupSummary>>;

    /// The names of the groups in which `member` is member or admin.
    async fn list_groups_of(&self, host: &Host, member: &Address, page: PageRequest) -> Result<Page<String>>;

    /// Replaces all but the display name and the properties. `NotFound` when there is no such group.
    async fn change_group(&self, host: &Host, content: GroupContent, record: Option<AuditRecord>) -> Result<()>;

    /// Removes the group and what was given to it in rooms. `NotFound` when there is no such group.
    async fn remove_group(&self, host: &Host, name: &str, record: Option<AuditRecord>) -> Result<()>;

    /// Makes `member` a plain member of every one of these groups, creating those that are missing.
    async fn add_to_groups(
        &self,
        host: &Host,
        member: &Address,
        names: Vec<String>,
        record: Option<AuditRecord>,
    ) -> Result<()>;

    /// Takes `member` from the plain members; no error when it is none. `NotFound` when there is
    /// no such group.
    async fn remove_from_group(
        &self,
        host: &Host,
        member: &Address,
        name: &str,
        record: Option<AuditRecord>,
    ) -> Result<()>;

    /// Makes the groups of `member` exactly these, creating those that are missing. Admin ranks
    /// stay as they are.
    async fn set_groups_of(
        &self,
        host: &Host,
        member: &Address,
        names: Vec<String>,
        record: Option<AuditRecord>,
    ) -> Result<()>;
}
