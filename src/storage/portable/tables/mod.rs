//! How the rows of each table are read and stored.

mod archives;
mod groups;
mod people;
mod pubsub;
mod rooms;
mod service;

/// When the rows of a table are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// What is there already decides as the caller says.
    AsAsked,
    /// What is there already stays.
    IfMissing,
    /// They say more about something that was stored before.
    Always,
    /// They belong to the installation: only in a new database.
    Installation,
}

/// Columns that name a thing, and the kind of the thing.
pub type Identity = (&'static str, &'static [&'static str]);

/// A table, or those rows of one that have no other form.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    /// Every row. Without it the rows are given by who found that they have no other form.
    pub(super) select: Option<&'static str>,
    /// Stores a row; the parameters have the names of the columns. `PUT` stands for the kind of `INSERT`.
    pub(super) put: &'static str,
    /// Goes before that: makes what the row needs.
    pub(super) prepare: Option<&'static str>,
    /// Behind `put` when a row that is there shall become this one.
    pub(super) replace: &'static str,
    /// What goes before that: the rows that belonged to the former one.
    pub(super) clear: &'static [&'static str],
    pub rule: Rule,
    /// What a row is, where others belong to it.
    pub identity: Option<Identity>,
    /// What a row belongs to: when that is left as it is, so is the row.
    pub belongs_to: Option<Identity>,
}

pub const ACCOUNTS: &str = "accounts";
/// Each row has a file.
pub const UPLOADS: &str = "uploads";
const GROUPS: &str = "groups";
const ROOMS: &str = "rooms";
const NODES: &str = "pubsub_nodes";

/// Of an account, in every table that has it.
const OF_ACCOUNT: Option<Identity> = Some((ACCOUNTS, &["host", "localpart"]));
const OF_GROUP: Option<Identity> = Some((GROUPS, &["host", "group_name"]));
const OF_NODE: Option<Identity> = Some((NODES, &["service", "node"]));
const OF_ROOM: Option<Identity> = Some((ROOMS, &["host", "service", "room"]));

const NEW: Table = Table {
    name: "",
    select: None,
    put: "",
    prepare: None,
    replace: "",
    clear: &[],
    rule: Rule::AsAsked,
    identity: None,
    belongs_to: None,
};

/// Every table, in the order in which they need each other.
pub fn all_tables() -> impl Iterator<Item = &'static Table> {
    [
        service::FIRST,
        people::TABLES,
        groups::TABLES,
        rooms::TABLES,
        archives::TABLES,
        pubsub::TABLES,
        service::LAST,
    ]
    .into_iter()
    .flatten()
}
