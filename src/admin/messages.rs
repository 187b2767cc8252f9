//! Messages to users, and messages that wait for them.

use super::AdminSession;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Host};
use crate::domain::message::{Announcement, Occasion, StandingMessage};

impl AdminSession {
    /// Sends a headline to every connected client of `host`.
    pub async fn broadcast(&self, host: &Host, message: Announcement) -> Result<()> {
        let record = self.record("sent a message to all connected users".to_owned());
        self.backend().broadcast(host, message, record).await
    }

    /// How many messages wait for the account; none for an unknown one.
    pub async fn count_unread_messages(&self, account: &AccountAddress) -> Result<u64> {
        self.backend().count_unread_messages(account).await
    }

    /// What everybody on the host is told on an occasion.
    pub async fn find_standing_message(&self, host: &Host, occasion: Occasion) -> Result<Option<StandingMessage>> {
        self.backend().find_standing_message(host, occasion).await
    }

    /// Lets everybody be told, also who was told something else.
    pub async fn set_standing_message(&self, host: &Host, occasion: Occasion, message: Announcement) -> Result<()> {
        let record = self.record(format!("set {}", name(occasion)));
        let backend = self.backend();
        backend.set_standing_message(host, occasion, message, record).await
    }

    /// Changes what is told to those who have not been told it.
    pub async fn edit_standing_message(&self, host: &Host, occasion: Occasion, message: Announcement) -> Result<()> {
        let record = self.record(format!("edited {}", name(occasion)));
        let backend = self.backend();
        backend.edit_standing_message(host, occasion, message, record).await
    }

    /// No error when there is none.
    pub async fn remove_standing_message(&self, host: &Host, occasion: Occasion) -> Result<()> {
        let record = self.record(format!("removed {}", name(occasion)));
        self.backend().remove_standing_message(host, occasion, record).await
    }
}

fn name(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Day => "the message of the day",
        Occasion::Welcome => "the welcome message",
    }
}
