//! Groups of the embedded server.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::Groups;
use crate::domain::Result;
use crate::domain::address::{Address, Host};
use crate::domain::audit::AuditRecord;
use crate::domain::group::{Group, GroupContent, GroupSummary, check_name};
use crate::domain::page::{Page, PageRequest};
use crate::domain::room::default_owner;
use crate::storage::{group_members, groups, room_departures};

#[async_trait]
impl Groups for Embedded {
    async fn create_group(&self, host: &Host, content: GroupContent, record: Option<AuditRecord>) -> Result<()> {
        let (host, content) = (host.clone(), content.checked()?);
        self.change(record, move |transaction| groups::insert(transaction, &host, &content))
            .await
    }

    async fn find_group(&self, host: &Host, name: &str) -> Result<Option<Group>> {
        let (host, name) = (host.clone(), name.to_owned());
        self.store
            .read(move |connection| groups::find(connection, &host, &name))
            .await
    }

    async fn list_groups(&self, host: &Host, page: PageRequest) -> Result<Page<GroupSummary>> {
        let host = host.clone();
        self.store
            .read(move |connection| groups::list(connection, &host, &page))
            .await
    }

    async fn list_groups_of(&self, host: &Host, member: &Address, page: PageRequest) -> Result<Page<String>> {
        let (host, member) = (host.clone(), member.clone());
        self.store
            .read(move |connection| group_members::list_of(connection, &host, &member, &page))
            .await
    }

    async fn change_group(&self, host: &Host, content: GroupContent, record: Option<AuditRecord>) -> Result<()> {
        let (host, content) = (host.clone(), content.checked()?);
        self.change(record, move |transaction| groups::replace(transaction, &host, &content))
            .await
    }

    async fn remove_group(&self, host: &Host, name: &str, record: Option<AuditRecord>) -> Result<()> {
        let (host, name) = (host.clone(), name.to_owned());
        self.change(record, move |transaction| {
            groups::remove(transaction, &host, &name)?;
            room_departures::remove_group(transaction, &host, &name, &default_owner(&host))
        })
        .await
    }

    async fn add_to_groups(
        &self,
        host: &Host,
        member: &Address,
        names: Vec<String>,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        names.iter().try_for_each(|name| check_name(name))?;
        let (host, member) = (host.clone(), member.clone());
        self.change(record, move |transaction| {
            group_members::add(transaction, &host, &member, &names)
        })
        .await
    }

    async fn remove_from_group(
        &self,
        host: &Host,
        member: &Address,
        name: &str,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let (host, member, name) = (host.clone(), member.clone(), name.to_owned());
        self.change(record, move |transaction| {
            group_members::remove(transaction, &host, &member, &name)
        })
        .await
    }

    async fn set_groups_of(
        &self,
        host: &Host,
        member: &Address,
        names: Vec<String>,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        names.iter().try_for_each(|name| check_name(name))?;
        let (host, member) = (host.clone(), member.clone());
        self.change(record, move |transaction| {
            group_members::set_groups_of(transaction, &host, &member, &names)
        })
        .await
    }
}
