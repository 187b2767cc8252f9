//! What is asked and answered. No `Debug` on requests: they hold passwords.

use std::{path::PathBuf, time::Duration};

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
    /// An invitation to make an account on the host, or to be the contact of an account.
    CreateInvitation {
        host: Option<String>,
        username: Option<String>,
        contact: Option<String>,
        uses: u32,
        /// `None`: as long as is usual.
        lifetime: Option<Duration>,
    },
    /// Invitations after the one with the number `after`, at most a page.
    ListInvitations {
        after: Option<i64>,
    },
    RevokeInvitation {
        number: i64,
    },
    /// A copy of the database into the new file of this name in `server.exchange_dir`, and uploaded files into the
    /// folder `FILE.uploads` beside it.
    BackUp {
        file: String,
        #[serde(default)]
        uploads: bool,
    },
}

/// What came of it. No `Debug` either: a link holds a token.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Done,
    /// A page of accounts; `next` is the `after` of the page behind it, `None` at the end.
    Accounts {
        accounts: Vec<AccountRow>,
        next: Option<String>,
    },
    /// What is passed on to whoever is invited.
    Invited {
        uri: String,
        landing_url: Option<String>,
        expires: String,
    },
    /// A page of invitations; `next` as above.
    Invitations {
        invitations: Vec<InvitationRow>,
        next: Option<i64>,
    },
    /// How far it has come; another reply follows.
    Progress {
        done: u64,
        total: u64,
    },
    /// The copy is complete and on disk.
    BackedUp {
        path: PathBuf,
        /// Uploaded files beside it.
        #[serde(default)]
        files: u64,
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

/// An invitation in a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct InvitationRow {
    pub number: i64,
    /// The account that it makes, or the host on which it makes one.
    pub to: String,
    /// Whose contact the newcomer becomes.
    pub contact: Option<String>,
    /// How many may still come.
    pub uses: u32,
    pub expires: String,
}
