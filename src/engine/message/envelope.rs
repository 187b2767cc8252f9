//! A message between its sender and those who get it.

use std::sync::Arc;

use crate::domain::address::{AccountAddress, FullAddress};
use crate::engine::stanza::{MessageType, Stanza};

/// A message on its way to an account, and to the archive of the account that sent it.
#[derive(Clone)]
pub struct Message {
    pub stanza: Arc<Stanza>,
    /// Whom it goes to: as the stanza has it, unless it is rerouted.
    pub to: FullAddress,
    pub kind: MessageType,
    /// Whom it is for.
    pub account: AccountAddress,
    /// Who sent it, where that is an account of this server.
    pub sender: Option<AccountAddress>,
}
