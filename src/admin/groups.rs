//! Groups and who is in them.

use super::AdminSession;
use crate::domain::Result;
use crate::domain::address::{Address, Host};
use crate::domain::group::{Group, GroupContent, GroupSummary};
use crate::domain::page::{Page, PageRequest};

impl AdminSession {
    /// `AlreadyExists` when the name is taken.
    pub async fn create_group(&self, host: &Host, content: GroupContent) -> Result<()> {
        let record = self.record(format!("created group {}", content.name));
        self.backend().create_group(host, content, record).await
    }

    pub async fn find_group(&self, host: &Host, name: &str) -> Result<Option<Group>> {
        self.backend().find_group(host, name).await
    }

    pub async fn list_groups(&self, host: &Host, page: PageRequest) -> Result<Page<GroupSummary>> {
        self.backend().list_groups(host, page).await
    }

    /// The names of the groups in which `member`, local or remote, is member or admin.
    pub async fn list_groups_of(&self, host: &Host, member: &Address, page: PageRequest) -> Result<Page<String>> {
        self.backend().list_groups_of(host, member, page).await
    }

    /// Replaces all but the display name and the properties. `NotFound` when there is no such group.
    pub async fn change_group(&self, host: &Host, content: GroupContent) -> Result<()> {
        let record = self.record(format!("changed group {}", content.name));
        self.backend().change_group(host, content, record).await
    }

    /// Removes the group and what was given to it in rooms. `NotFound` when there is no such group.
    pub async fn remove_group(&self, host: &Host, name: &str) -> Result<()> {
        let record = self.record(format!("removed group {name}"));
        self.backend().remove_group(host, name, record).await
    }

    /// Makes `member` a plain member of all these groups, an admin of them included. Missing groups
    /// are created without description, shared with nobody.
    pub async fn add_to_groups(&self, host: &Host, member: &Address, names: Vec<String>) -> Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let record = self.record(format!("added {member} to the groups {}", names.join(", ")));
        self.backend().add_to_groups(host, member, names, record).await
    }

    /// Takes `member` from the plain members; an admin stays, and it is no error when it is neither.
    /// `NotFound` when there is no such group.
    pub async fn remove_from_group(&self, host: &Host, member: &Address, name: &str) -> Result<()> {
        let record = self.record(format!("removed {member} from the group {name}"));
        self.backend().remove_from_group(host, member, name, record).await
    }

    /// Makes the groups of `member` exactly these: missing groups are created, and others are left.
    /// Admin ranks stay as they are.
    pub async fn set_groups_of(&self, host: &Host, member: &Address, names: Vec<String>) -> Result<()> {
        let record = self.record(format!("set the groups of {member} to: {}", names.join(", ")));
        self.backend().set_groups_of(host, member, names, record).await
    }
}
