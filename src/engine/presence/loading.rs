//! The contacts of an account that comes online, from the database.

use super::super::Engine;
use super::super::registry::OnlineAccount;
use super::super::session::Session;
use crate::domain::Result;
use crate::domain::presence::PresenceContacts;
use crate::storage::presence_contacts;

/// Reads the contacts of the session's account unless they are known.
pub async fn load(engine: &Engine, account: &OnlineAccount, session: &Session) -> Result<()> {
    let _turn = account.loading().await;
    {
        let mut contacts = account.contacts();
        if contacts.are_loaded() {
            return Ok(());
        }
        contacts.begin_loading();
    }
    let mut read = PresenceContacts::default();
    if let Some(owner) = session.account().cloned() {
        read = engine
            .store()
            .read(move |connection| presence_contacts::find(connection, &owner))
            .await?;
    }
    account.contacts().finish_loading(read);
    Ok(())
}
