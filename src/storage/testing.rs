//! What the tests of the tables share: a store in a folder of its own, and how a statement is carried out.

use jiff::Timestamp;
use rusqlite::{Connection, Params};

use super::writer::Transaction;
use super::{Options, Store, accounts, installation};
use crate::domain::Result;
use crate::domain::account::{Credentials, NewAccount, Password, Properties};
use crate::domain::address::{AccountAddress, Host, Localpart};
use crate::domain::room::RoomPlace;

/// A store with the host `example.org` and accounts on it.
pub struct TestStore {
    store: Store,
    folder: tempfile::TempDir,
}

pub fn host() -> Host {
    Host::from_stored("example.org")
}

pub fn account(name: &str) -> AccountAddress {
    AccountAddress::prepare(name, &host()).unwrap()
}

/// A time so many milliseconds after the beginning of the tests' own time.
pub fn moment(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + milliseconds).unwrap()
}

impl TestStore {
    pub async fn with_accounts(names: &'static [&'static str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("test.db"), &Options::default()).unwrap();
        let test = Self { store, folder };
        test.write(move |transaction| {
            installation::insert_host(transaction, &host(), moment(0))?;
            names.iter().try_for_each(|name| insert_account(transaction, name))
        })
        .await
        .unwrap();
        test
    }

    pub async fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.store.write(job).await
    }

    /// Reads; the test fails when that does.
    pub async fn read<T: Send + 'static>(&self, query: impl FnOnce(&Connection) -> Result<T> + Send + 'static) -> T {
        self.store.read(query).await.unwrap()
    }

    /// Closes the store and opens it again, as a restart does.
    pub async fn restarted(self) -> Self {
        self.store.close().await;
        let store = Store::open(self.store.path(), &Options::default()).unwrap();
        Self {
            store,
            folder: self.folder,
        }
    }

    pub fn store(&self) -> &Store {
        &self.store
    }
}

pub fn insert_account(transaction: &mut Transaction<'_>, name: &str) -> Result<()> {
    let new = NewAccount {
        address: account(name),
        password: Password::new("secret")?,
        name: None,
        email: None,
        properties: Properties::new(),
        administrator: false,
    };
    accounts::insert(transaction, &new, &Credentials::default(), moment(0))
}

/// A room of the host's first chat service.
pub fn insert_room(transaction: &Transaction<'_>, name: &str) -> RoomPlace {
    transaction
        .execute(
            "INSERT INTO rooms SELECT NULL, id, ?1, NULL, NULL, NULL, NULL, NULL, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, \
             '', '', 0, 0, 0 FROM room_services WHERE host <> ''",
            [name],
        )
        .unwrap();
    RoomPlace {
        host: host(),
        service: "conference".to_owned(),
        name: Localpart::from_stored(name),
    }
}

/// Asserts that SQLite finds the rows of a statement through indexes and in their order: no table is read from end to
/// end, and nothing is sorted. A virtual table, which `json_each` is, has no index.
pub fn assert_no_scan_and_no_sort(connection: &Connection, sql: &str, values: impl Params) {
    let steps = query_plan(connection, sql, values);
    assert!(!steps.is_empty());
    let is_bad = |step: &String| {
        // What a subquery gives is walked; how it finds that is a step of its own.
        let is_harmless = ["VIRTUAL TABLE", "CONSTANT ROW", "(subquery"]
            .iter()
            .any(|kind| step.contains(kind));
        let scans = step.starts_with("SCAN") && !is_harmless;
        scans || step.contains("TEMP B-TREE")
    };
    assert!(!steps.iter().any(is_bad), "{sql}\n{steps:#?}");
}

/// How SQLite carries out a statement, step by step.
pub fn query_plan(connection: &Connection, sql: &str, values: impl Params) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = statement.query_map(values, |row| row.get(3)).unwrap();
    steps.collect::<rusqlite::Result<_>>().unwrap()
}
