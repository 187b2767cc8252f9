//! The archive, through its functions.

mod queries;
mod removal;
mod storing;

use std::sync::Arc;

use super::*;
use crate::domain::account::AccountChanges;
use crate::domain::address::{FullAddress, Localpart};
use crate::domain::archive::{
    ArchiveFilter, ArchivePage, ArchivePosition, ArchivePreferences, ArchiveStandard, ArchivedMessage,
};
use crate::domain::room::RoomPlace;
use crate::storage::testing::{TestStore, account, host, insert_room, moment};
use crate::storage::{Listener, account_moves};

fn owner(name: &str) -> ArchiveOwner {
    ArchiveOwner::Account(account(name))
}

fn copy(name: &str, contact: &str) -> ArchiveCopy {
    ArchiveCopy {
        owner: owner(name),
        contact: full(contact),
        address_visible: true,
        nickname: None,
    }
}

fn message(text: &str, at: i64, copies: &[(&str, &str)]) -> NewArchivedMessage {
    NewArchivedMessage {
        stanza: text.into(),
        at: moment(at),
        copies: copies.iter().map(|(name, contact)| copy(name, contact)).collect(),
    }
}

async fn insert_all(test: &TestStore, messages: Vec<NewArchivedMessage>) -> Vec<Vec<Option<String>>> {
    let messages = Arc::new(messages);
    test.write(move |transaction| messages.iter().map(|message| insert(transaction, message)).collect())
        .await
        .unwrap()
}

/// An archive of jane's with a message each second: `0` to `9`, to john and mary by turns, from two resources of mary's.
async fn ten_messages() -> (TestStore, Vec<String>) {
    let test = TestStore::with_accounts(&["jane", "john"]).await;
    let contacts = [
        "john@example.org/desk",
        "mary@example.net/desk",
        "john@example.org/phone",
        "mary@example.net/phone",
    ];
    let messages = (0..10)
        .map(|number: i64| {
            let contact = contacts[usize::try_from(number).unwrap() % contacts.len()];
            message(&number.to_string(), number * 1000, &[("jane", contact)])
        })
        .collect();
    let ids = insert_all(&test, messages)
        .await
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    (test, ids)
}

async fn listed(
    test: &TestStore,
    filter: ArchiveFilter,
    position: ArchivePosition,
    limit: usize,
) -> Result<ArchivePage> {
    test.write(move |transaction| list(transaction, &owner("jane"), &filter, &position, limit))
        .await
}

fn first() -> ArchivePosition {
    ArchivePosition::After(None)
}

fn filter(set: impl FnOnce(&mut ArchiveFilter)) -> ArchiveFilter {
    let mut filter = ArchiveFilter::default();
    set(&mut filter);
    filter
}

fn full(address: &str) -> FullAddress {
    FullAddress::parse(address).unwrap()
}

fn texts(page: &ArchivePage) -> String {
    page.messages.iter().map(|message| message.stanza.as_str()).collect()
}

async fn rows_of(test: &TestStore, table: &'static str) -> i64 {
    test.read(move |connection| {
        connection
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
            .map_err(failure)
    })
    .await
}
