//! Invitations of the administered server.

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::audit::AuditRecord;
use crate::domain::invitation::{Invitation, Invited, NewInvitation};
use crate::domain::page::{Page, PageRequest};

#[async_trait]
pub trait Invitations: Send + Sync {
    /// `NotAllowed` where nobody is invited, `AlreadyExists` when the username is taken, `LimitReached` when there are
    /// too many.
    async fn create_invitation(&self, new: NewInvitation, record: Option<AuditRecord>) -> Result<Invited>;

    /// Those that can be used, by number; pages continue after a number.
    async fn list_invitations(&self, page: PageRequest<i64>) -> Result<Page<Invitation, i64>>;

    /// `NotFound` when there is none of that number.
    async fn remove_invitation(&self, number: i64, record: Option<AuditRecord>) -> Result<()>;
}
