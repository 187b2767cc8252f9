use std::sync::{Arc, Mutex};

use super::*;
use crate::domain::account::AccountChanges;
use crate::domain::event::Event;
use crate::domain::roster::{NewRosterItem, Subscription};
use crate::domain::secret::Secret;
use crate::storage::clearing::clear_some;
use crate::storage::testing::{TestStore, account, insert_account, moment};
use crate::storage::{Listener, account_moves, properties, rosters};

/// Accounts that are contacts of jane and have her as theirs, and as many others that only have her.
const MANY: i64 = 1200;

async fn filled() -> TestStore {
    let test = TestStore::with_accounts(&["jane"]).await;
    test.write(|transaction| {
        for sql in [
            "INSERT INTO accounts (host, localpart, created, modified) SELECT 'example.org', 'u' || n, 0, 0 FROM numbers",
            "INSERT INTO rosters (host, localpart) SELECT 'example.org', 'u' || n FROM numbers",
            "INSERT INTO rosters (host, localpart) SELECT 'example.net', 'far' || n FROM numbers",
            "INSERT INTO roster_items (roster, contact, nickname, subscription) \
             SELECT rosters.id, 'jane@example.org', 'J' || localpart, 3 FROM rosters, (SELECT 1 FROM numbers LIMIT 1)",
            "INSERT INTO rosters (host, localpart) SELECT 'example.org', 'jane' FROM numbers LIMIT 1",
            "INSERT INTO roster_items (roster, contact, subscription) \
             SELECT last_insert_rowid(), 'u' || n || '@example.org', 3 FROM numbers",
        ] {
            let numbers = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT 1200) ";
            transaction.execute(&format!("{numbers}{sql}"), []).map_err(failure)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(keeping(&test, "jane").await, 2 * MANY);
    test
}

/// How many rosters have the account as a contact.
async fn keeping(test: &TestStore, name: &'static str) -> i64 {
    test.read(move |connection| {
        connection
            .query_row(
                "SELECT count(*) FROM roster_items WHERE contact = ?1 || '@example.org'",
                [name],
                |row| row.get(0),
            )
            .map_err(failure)
    })
    .await
}

async fn rename(test: &TestStore, from: &'static str, to: &'static str) {
    test.write(move |transaction| {
        let heir = Address::from_stored("admin@example.org");
        let changes = AccountChanges::default();
        account_moves::rename(transaction, &account(from), &account(to), &changes, &heir, moment(0))
    })
    .await
    .unwrap();
}

async fn remove(test: &TestStore, name: &'static str) {
    test.write(move |transaction| {
        account_moves::remove(transaction, &account(name), &Address::from_stored("admin@example.org"))
    })
    .await
    .unwrap();
}

async fn clear(test: &TestStore) {
    while test.write(clear_some).await.unwrap() {}
}

/// Does two slices, with a change of somebody else after each and a restart after that.
async fn interrupted(mut test: TestStore) -> TestStore {
    for number in 0..2 {
        assert!(test.write(clear_some).await.unwrap());
        test.write(move |transaction| properties::write(transaction, "key", &Secret::new(number.to_string()), false))
            .await
            .unwrap();
        test = test.restarted().await;
    }
    test
}

/// What each contact is told: `what owner contact`.
fn listen(test: &TestStore) -> Arc<Mutex<Vec<String>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let listener: Listener = Box::new(move |event| {
        let text = match event {
            Event::RosterItemChanged { owner, item, .. } => {
                format!("{} has {} {:?}", owner.localpart(), item.contact, item.subscription)
            }
            Event::RosterItemRemoved { owner, contact, .. } => format!("{} lost {contact}", owner.localpart()),
            Event::SubscriptionStanza {
                recipient,
                sender,
                kind,
                ..
            } => format!("{} hears {sender} {kind:?}", recipient.localpart()),
            _ => return,
        };
        ears.lock().unwrap().push(text);
    });
    test.store().listen(listener);
    heard
}

/// Asserts that everybody heard these of jane, and each once. `u1` and `far1` stand for all. Who lost the contact before
/// the subscriptions ended does not see how it changes.
fn assert_heard(heard: &Mutex<Vec<String>>, expected: &[&str]) {
    let mut heard = heard.lock().unwrap().clone();
    heard.retain(|line| !line.starts_with("jane ") && !line.contains(" has jane@"));
    heard.sort();
    let all = |line: &&str| {
        let (name, rest) = line.split_once("1 ").unwrap();
        let (name, rest) = (name.to_owned(), rest.to_owned());
        (1..=MANY).map(move |number| format!("{name}{number} {rest}"))
    };
    let mut expected: Vec<String> = expected.iter().flat_map(all).collect();
    expected.sort();
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn very_many_contacts_get_the_new_name_a_few_at_a_time_and_a_restart_goes_on() {
    let test = filled().await;
    rename(&test, "jane", "joan").await;
    assert!(keeping(&test, "jane").await > MANY);
    let test = interrupted(test).await;
    assert!(keeping(&test, "jane").await > 0);
    clear(&test).await;
    assert_eq!(keeping(&test, "jane").await, 0);
    assert_eq!(keeping(&test, "joan").await, MANY);
    let kept = test
        .read(|connection| rosters::find(connection, &account("u1200"), &account("joan").to_address()))
        .await
        .unwrap();
    assert_eq!(kept.nickname.as_deref(), Some("Ju1200"));
    assert_eq!(kept.subscription, Subscription::Both);
}

#[tokio::test]
async fn very_many_contacts_lose_who_is_removed_a_few_at_a_time_and_a_restart_goes_on() {
    let test = filled().await;
    remove(&test, "jane").await;
    assert!(keeping(&test, "jane").await > MANY);
    let test = interrupted(test).await;
    assert!(keeping(&test, "jane").await > 0);
    clear(&test).await;
    assert_eq!(keeping(&test, "jane").await, 0);
    let left: i64 = test
        .read(|connection| {
            let sql = "SELECT (SELECT count(*) FROM roster_partings) + (SELECT count(*) FROM rosters WHERE host = '')";
            connection.query_row(sql, [], |row| row.get(0)).map_err(failure)
        })
        .await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn everybody_of_very_many_is_told_once_of_another_name() {
    let test = filled().await;
    let heard = listen(&test);
    rename(&test, "jane", "joan").await;
    clear(&test).await;
    assert_heard(
        &heard,
        &[
            "u1 has joan@example.org Both",
            "u1 hears jane@example.org Unsubscribe",
            "u1 hears jane@example.org Unsubscribed",
            "u1 lost jane@example.org",
            "far1 lost jane@example.org",
        ],
    );
}

#[tokio::test]
async fn everybody_of_very_many_is_told_once_of_a_removal() {
    let test = filled().await;
    let heard = listen(&test);
    remove(&test, "jane").await;
    clear(&test).await;
    assert_heard(
        &heard,
        &[
            "u1 hears jane@example.org Unsubscribe",
            "u1 hears jane@example.org Unsubscribed",
            "u1 lost jane@example.org",
            "far1 lost jane@example.org",
        ],
    );
}

#[tokio::test]
async fn who_gets_a_third_name_before_all_know_the_second_has_that_with_everybody() {
    let test = filled().await;
    rename(&test, "jane", "joan").await;
    rename(&test, "joan", "june").await;
    clear(&test).await;
    assert_eq!(keeping(&test, "jane").await + keeping(&test, "joan").await, 0);
    assert_eq!(keeping(&test, "june").await, MANY);
}

#[tokio::test]
async fn who_goes_before_all_know_the_new_name_is_gone_with_everybody() {
    let test = filled().await;
    rename(&test, "jane", "joan").await;
    remove(&test, "joan").await;
    clear(&test).await;
    assert_eq!(keeping(&test, "jane").await + keeping(&test, "joan").await, 0);
}

#[tokio::test]
async fn who_is_made_anew_meanwhile_keeps_the_contacts_that_it_makes() {
    let test = filled().await;
    remove(&test, "jane").await;
    test.write(|transaction| {
        insert_account(transaction, "jane")?;
        insert_account(transaction, "john")?;
        let new = NewRosterItem {
            contact: account("jane").to_address(),
            nickname: None,
            subscription: Subscription::Both,
            groups: Vec::new(),
        };
        rosters::insert(transaction, &account("john"), &new)
    })
    .await
    .unwrap();
    clear(&test).await;
    assert_eq!(keeping(&test, "jane").await, 1);
}
