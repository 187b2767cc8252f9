//! Who may run commands: an administrator, whose client has logged in to the XMPP server.

use crate::admin::{Admin, Caller, Door};
use crate::domain::Result;
use crate::domain::address::AccountAddress;

/// The caller that `account` is; `None`: it may not administer. It is asked anew for every step of a command.
pub async fn caller(admin: &Admin, account: &AccountAddress, node: &str) -> Result<Option<Caller>> {
    if !admin.is_administrator(account).await? {
        return Ok(None);
    }
    let door = Door::Xmpp {
        command: node.to_owned(),
    };
    Ok(Some(Caller::administrator(account, door)))
}
