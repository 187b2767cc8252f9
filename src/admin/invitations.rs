//! Invitations of newcomers.

use super::AdminSession;
use crate::domain::Result;
use crate::domain::invitation::{Invitation, Invited, NewInvitation, Purpose};
use crate::domain::page::{Page, PageRequest};

impl AdminSession {
    /// `NotAllowed` where nobody is invited, `AlreadyExists` when the username is taken, `LimitReached` when there are
    /// too many.
    pub async fn create_invitation(&self, new: NewInvitation) -> Result<Invited> {
        let record = self.record(format!("invited {}", described(&new)));
        self.backend().create_invitation(new, record).await
    }

    /// Those that can be used, by number.
    pub async fn list_invitations(&self, page: PageRequest<i64>) -> Result<Page<Invitation, i64>> {
        self.backend().list_invitations(page).await
    }

    /// Takes an invitation back. `NotFound` when there is none of that number.
    pub async fn remove_invitation(&self, number: i64) -> Result<()> {
        let record = self.record(format!("took invitation {number} back"));
        self.backend().remove_invitation(number, record).await
    }
}

fn described(new: &NewInvitation) -> String {
    let whom = match &new.purpose {
        Purpose::Account {
            host,
            username: Some(name),
        } => format!("{name}@{host}"),
        Purpose::Account { host, username: None } => format!("{} to {host}", new.uses),
        Purpose::Contact => format!("{} contacts", new.uses),
    };
    match &new.inviter {
        Some(inviter) => format!("{whom} in the name of {inviter}"),
        None => whom,
    }
}
