//! What is asked and answered. No `Debug` on requests: they hold passwords.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Something to be done. Addresses are `user@host`, as the operator wrote them.
#[derive(Clone, Deserialize, Serialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    CreateAccount {
        address: String,
        password: String,
        name: Option<String>,
        email: Option<String>,
        /// May use the administration APIs with the password.
        admin: bool,
    },
    /// Accounts of the host after the localpart `after`, at most a page.
    ListAccounts {
        host: Option<String>,
        after: Option<String>,
    },
    SetPassword {
        address: String,
        password: String,
    },
    DeleteAccount {
        address: String,
    },
    LockAccount {
        address: String,
    },
    UnlockAccount {
        address: String,
    },
    /// A copy of the database into the new file of this name in `server.exchange_dir`.
    BackUp {
        file: String,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Done,
    /// A page of accounts; `next` is the `after` of the page behind it, `None` at the end.
    Accounts {
        accounts: Vec<AccountRow>,
        next: Option<String>,
    },
    /// How far it has come; another reply follows.
    Progress {
        done: u64,
        total: u64,
    },
    /// The copy is complete and on disk.
    BackedUp {
        path: PathBuf,
    },
    /// Why it was not done.
    Failed {
        reason: String,
    },
}

/// An account in a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct AccountRow {
    pub address: String,
    pub name: Option<String>,
    pub email: Option<String>,
}
