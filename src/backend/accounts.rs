//! Accounts of the administered server.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::Result;
use crate::domain::account::{Account, AccountChanges, AccountFilter, Lockout, NewAccount, OpenSessions};
use crate::domain::address::{AccountAddress, Address, Host};
use crate::domain::audit::AuditRecord;
use crate::domain::kept::Kept;
use crate::domain::page::{Page, PageRequest};

#[async_trait]
pub trait Accounts: Send + Sync {
    /// `AlreadyExists` when the address is taken.
    async fn create_account(&self, new: NewAccount, record: Option<AuditRecord>) -> Result<()>;

    /// Creates all, or none and the error of the first that cannot be created.
    async fn create_accounts(&self, new: Vec<NewAccount>, record: Vec<AuditRecord>) -> Result<()>;

    async fn find_account(&self, address: &AccountAddress) -> Result<Option<Arc<Kept<Account>>>>;

    async fn list_accounts(&self, host: &Host, filter: &AccountFilter, page: PageRequest) -> Result<Page<Account>>;

    /// `NotFound` when there is no such account.
    async fn change_account(
        &self,
        address: &AccountAddress,
        changes: AccountChanges,
        record: Option<AuditRecord>,
    ) -> Result<()>;

    /// Moves an account to a free address of the same host, all or nothing: keys, date of creation, roster (also the
    /// entries of local contacts), vCard and group memberships come along, an admin of a group as a member; room
    /// affiliations go to `heir` where a room would have no owner, and are lost else; a lockout ends. `changes` are applied to the
    /// moved account. `NotFound`, or `AlreadyExists` when the new address is taken.
    async fn rename_account(
        &self,
        from: &AccountAddress,
        to: &AccountAddress,
        changes: AccountChanges,
        heir: &Address,
        record: Option<AuditRecord>,
    ) -> Result<()>;

    /// Removes the account with all that is kept for it; its address leaves groups, rosters and rooms. A room whose
    /// only owner it was gets `heir`. `NotFound` when there is no such account.
    async fn remove_account(&self, address: &AccountAddress, heir: &Address, record: Option<AuditRecord>)
    -> Result<()>;

    /// Locks the account; its sessions end. `NotFound` when there is no such account.
    async fn lock_account(
        &self,
        address: &AccountAddress,
        lockout: Lockout,
        sessions: OpenSessions,
        record: Option<AuditRecord>,
    ) -> Result<()>;

    /// Takes a lockout back; no error when there is none.
    async fn unlock_account(&self, address: &AccountAddress, record: Option<AuditRecord>) -> Result<()>;

    /// Whether this is the account's password and the account is not locked. Costs the same for one that does not exist
    /// or is locked. `Unavailable` when too many passwords are being checked.
    async fn verify_password(&self, address: &AccountAddress, password: &str) -> Result<bool>;

    /// Costs what [`Accounts::verify_password`] costs, for an account whose password does not count.
    async fn refuse_password(&self, password: &str) -> Result<()>;

    /// How many accounts the host has.
    async fn count_accounts(&self, host: &Host) -> Result<u64>;

    /// How many of them cannot log in now.
    async fn count_locked_accounts(&self, host: &Host) -> Result<u64>;

    /// When a client of the account logged in last; `None`: never, as far as is known.
    async fn find_last_login(&self, address: &AccountAddress) -> Result<Option<Timestamp>>;

    /// Makes accounts administrators, and takes that back from others: all of it or nothing. `NotFound` for an account
    /// that does not exist.
    async fn change_administrators(
        &self,
        made: &[AccountAddress],
        unmade: &[AccountAddress],
        record: Option<AuditRecord>,
    ) -> Result<()>;
}
