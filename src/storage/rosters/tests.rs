use std::sync::{Arc, Mutex};

use rusqlite::params;

use super::*;
use crate::domain::account::AccountChanges;
use crate::domain::event::{Event, RosterCause};
use crate::domain::group::{GroupContent, Sharing};
use crate::domain::roster::{NewRosterItem, RosterChange, RosterItemChanges, RosterLimits, RosterSet, RosterVersion};
use crate::storage::testing::{TestStore, account, host, insert_account, moment};
use crate::storage::{Listener, account_moves, accounts, groups};

const LIMITS: RosterLimits = RosterLimits { contacts: 2, groups: 9 };

async fn set_contact(test: &TestStore, contact: &'static str, groups: &'static [&'static str]) -> Result<()> {
    test.write(move |transaction| {
        let contact = RosterSet {
            contact: Address::from_stored(contact),
            nickname: Some("N".into()),
            groups: groups.iter().map(ToString::to_string).collect(),
        };
        set(transaction, &account("jane"), &contact, &LIMITS)
    })
    .await
}

async fn remove_contact_of_jane(test: &TestStore, contact: &'static str) {
    test.write(move |transaction| {
        remove(
            transaction,
            &account("jane"),
            &Address::from_stored(contact),
            RosterCause::Client,
        )
    })
    .await
    .unwrap();
}

async fn version(test: &TestStore) -> RosterVersion {
    test.read(|connection| current_version(connection, &account("jane")))
        .await
}

/// What changed since a version: `+contact` and `-contact`; `None` when that is not known.
async fn since(test: &TestStore, known: RosterVersion) -> Option<Vec<String>> {
    let changes = test
        .read(move |connection| changes_since(connection, &account("jane"), known))
        .await?;
    let text = |change: &RosterChange| {
        let sign = if change.item.is_some() { '+' } else { '-' };
        format!("{sign}{}", change.contact.localpart().unwrap())
    };
    Some(changes.iter().map(text).collect())
}

async fn share(test: &TestStore, sharing: Sharing, members: &'static [&'static str]) {
    test.write(move |transaction| {
        let content = GroupContent {
            sharing,
            members: members.iter().map(|name| account(name).to_address()).collect(),
            ..GroupContent::empty("crew")
        };
        if groups::find(transaction, &host(), "crew")?.is_some() {
            groups::replace(transaction, &host(), &content)
        } else {
            groups::insert(transaction, &host(), &content)
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_known_version_is_brought_up_to_date_by_its_differences_in_their_order() {
    let test = TestStore::with_accounts(&["jane"]).await;
    set_contact(&test, "a@example.net", &[]).await.unwrap();
    let known = version(&test).await;
    assert_eq!(since(&test, known).await.unwrap(), [] as [&str; 0]);
    set_contact(&test, "b@example.net", &[]).await.unwrap();
    remove_contact_of_jane(&test, "a@example.net").await;
    assert_eq!(since(&test, known).await.unwrap(), ["+b", "-a"]);
    set_contact(&test, "a@example.net", &["again"]).await.unwrap();
    assert_eq!(since(&test, known).await.unwrap(), ["+b", "+a"]);
}

#[tokio::test]
async fn each_difference_carries_a_version_that_can_be_gone_on_from() {
    let test = TestStore::with_accounts(&["jane"]).await;
    set_contact(&test, "a@example.net", &[]).await.unwrap();
    let known = version(&test).await;
    for name in ["b", "c", "d"] {
        test.write(move |transaction| {
            transaction
                .execute(
                    "INSERT INTO roster_items (roster, contact, version) SELECT id, ?1, ?2 FROM rosters WHERE localpart = 'jane'",
                    params![format!("{name}@example.net"), known.personal + i64::from(name != "b") + 1],
                )
                .map_err(failure)?;
            let roster = versions::find_or_insert(transaction, &account("jane"))?;
            versions::advance(transaction, roster, &host(), known.personal + 2).map(drop)
        })
        .await
        .unwrap();
    }
    let changes = test
        .read(move |connection| changes_since(connection, &account("jane"), known))
        .await
        .unwrap();
    let reached: Vec<i64> = changes
        .iter()
        .map(|change| change.version.personal - known.personal)
        .collect();
    assert_eq!(reached, [1, 1, 2]);
    for change in &changes {
        assert!(since(&test, change.version).await.is_some());
    }
}

#[tokio::test]
async fn a_version_that_was_never_told_is_unknown() {
    let test = TestStore::with_accounts(&["jane"]).await;
    let empty = version(&test).await;
    assert_eq!(since(&test, empty).await.unwrap(), [] as [&str; 0]);
    set_contact(&test, "a@example.net", &[]).await.unwrap();
    let now = version(&test).await;
    assert_eq!(since(&test, empty).await, None);
    for (personal, shared) in [(-1, 0), (1, 0), (1, 1)] {
        let other = RosterVersion {
            personal: now.personal + personal,
            shared: now.shared + shared,
        };
        assert_eq!(since(&test, other).await, None, "{other}");
    }
}

#[tokio::test]
async fn when_too_many_removed_contacts_would_have_to_be_remembered_the_oldest_versions_are_unknown() {
    let test = TestStore::with_accounts(&["jane"]).await;
    set_contact(&test, "a@example.net", &[]).await.unwrap();
    let oldest = version(&test).await;
    test.write(|transaction| {
        for number in 0..600 {
            let contact = RosterSet {
                contact: Address::from_stored(format!("x{number}@example.net")),
                nickname: None,
                groups: Vec::new(),
            };
            set(transaction, &account("jane"), &contact, &LIMITS)?;
            remove(transaction, &account("jane"), &contact.contact, RosterCause::Client)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(since(&test, oldest).await, None);
    let recent = RosterVersion {
        personal: version(&test).await.personal - 10,
        ..oldest
    };
    assert_eq!(since(&test, recent).await.unwrap().len(), 5);
    let tombstones: i64 = test
        .read(|connection| {
            connection
                .query_row("SELECT count(*) FROM roster_tombstones", [], |row| row.get(0))
                .map_err(failure)
        })
        .await;
    assert_eq!(tombstones, 500);
}

#[tokio::test]
async fn whatever_a_shared_group_changes_makes_older_versions_unknown() {
    let test = TestStore::with_accounts(&["jane", "john", "mary"]).await;
    set_contact(&test, "a@example.net", &[]).await.unwrap();
    let mut known = version(&test).await;
    let mut has_moved = async |test: &TestStore, what: &str, expected: bool| {
        let now = version(test).await;
        assert_eq!(now != known, expected, "{what}");
        assert_eq!(since(test, known).await.is_none(), expected, "{what}");
        known = now;
    };
    share(&test, Sharing::Nobody, &["jane"]).await;
    has_moved(&test, "a group that is not shared", false).await;
    share(&test, Sharing::Members, &["jane"]).await;
    has_moved(&test, "sharing", true).await;
    share(&test, Sharing::Members, &["jane", "john"]).await;
    has_moved(&test, "joining", true).await;
    let name = |name: &'static str| {
        test.write(move |transaction| {
            let changes = AccountChanges {
                name: Some(Some("N".into())),
                ..AccountChanges::default()
            };
            accounts::change(transaction, &account(name), &changes, None, moment(0))
        })
    };
    name("john").await.unwrap();
    has_moved(&test, "another name of a member", true).await;
    name("mary").await.unwrap();
    has_moved(&test, "another name of somebody else", false).await;
    test.write(|transaction| account_moves::remove(transaction, &account("john"), &account("x").to_address()))
        .await
        .unwrap();
    has_moved(&test, "the end of a member", true).await;
    share(&test, Sharing::Nobody, &["jane"]).await;
    has_moved(&test, "the end of sharing", true).await;
    test.write(|transaction| groups::remove(transaction, &host(), "crew"))
        .await
        .unwrap();
    has_moved(&test, "the end of a group that is not shared", false).await;
}

#[tokio::test]
async fn a_member_that_gets_its_account_later_changes_the_rosters() {
    let test = TestStore::with_accounts(&["jane"]).await;
    share(&test, Sharing::Members, &["jane", "john"]).await;
    let known = version(&test).await;
    test.write(|transaction| insert_account(transaction, "john"))
        .await
        .unwrap();
    assert_eq!(since(&test, known).await, None);
}

#[tokio::test]
async fn what_clients_remember_of_an_account_that_is_made_anew_is_unknown() {
    let test = TestStore::with_accounts(&["jane"]).await;
    for with_contact in [false, true] {
        set_contact(&test, "a@example.net", &[]).await.unwrap();
        let known = version(&test).await;
        test.write(move |transaction| {
            account_moves::remove(transaction, &account("jane"), &account("x").to_address())?;
            insert_account(transaction, "jane")
        })
        .await
        .unwrap();
        if with_contact {
            set_contact(&test, "b@example.net", &[]).await.unwrap();
        }
        assert_eq!(since(&test, known).await, None);
    }
}

#[tokio::test]
async fn who_loses_or_renames_a_contact_is_told_with_a_new_version() {
    let test = TestStore::with_accounts(&["jane", "john", "mary"]).await;
    set_contact(&test, "john@example.org", &[]).await.unwrap();
    test.write(|transaction| {
        let new = NewRosterItem {
            contact: account("jane").to_address(),
            nickname: None,
            subscription: Subscription::Both,
            groups: Vec::new(),
        };
        insert(transaction, &account("john"), &new)
    })
    .await
    .unwrap();
    let known = version(&test).await;
    test.write(|transaction| {
        let (from, to, heir) = (account("john"), account("jim"), account("x").to_address());
        account_moves::rename(transaction, &from, &to, &AccountChanges::default(), &heir, moment(0))
    })
    .await
    .unwrap();
    assert_eq!(since(&test, known).await.unwrap(), ["+jim", "-john"]);
    let known = version(&test).await;
    test.write(|transaction| account_moves::remove(transaction, &account("jim"), &account("x").to_address()))
        .await
        .unwrap();
    assert_eq!(since(&test, known).await.unwrap(), ["-jim"]);
}

#[tokio::test]
async fn changes_of_an_administrator_and_of_a_client_are_told_alike() {
    let test = TestStore::with_accounts(&["jane"]).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let listener: Listener = Box::new(move |event| ears.lock().unwrap().push(event.clone()));
    test.store().listen(listener);
    set_contact(&test, "a@example.net", &["Friends"]).await.unwrap();
    test.write(|transaction| {
        let changes = RosterItemChanges {
            subscription: Some(Subscription::Both),
            ..RosterItemChanges::default()
        };
        change(
            transaction,
            &account("jane"),
            &Address::from_stored("a@example.net"),
            &changes,
        )
    })
    .await
    .unwrap();
    let now = version(&test).await;
    let heard = heard.lock().unwrap();
    let [
        Event::RosterItemChanged { version: first, .. },
        Event::RosterItemChanged {
            item, before, version, ..
        },
    ] = &heard[..]
    else {
        panic!("{heard:?}");
    };
    assert_eq!(
        (item.subscription, *before, *version),
        (Subscription::Both, Subscription::None, now)
    );
    assert_eq!(
        (item.nickname.as_deref(), &item.groups[..]),
        (Some("N"), &["Friends".to_owned()][..])
    );
    assert!(first.personal < version.personal);
}

#[tokio::test]
async fn a_full_roster_takes_no_new_contact_but_changes_of_the_others() {
    let test = TestStore::with_accounts(&["jane"]).await;
    for contact in ["a@example.net", "b@example.net", "a@example.net"] {
        set_contact(&test, contact, &[]).await.unwrap();
    }
    let refused = set_contact(&test, "c@example.net", &[]).await;
    assert!(matches!(
        refused,
        Err(Error::LimitReached {
            what: "contacts",
            most: 2
        })
    ));
}

#[tokio::test]
async fn a_client_keeps_a_contact_of_a_shared_group_in_it_and_its_own_groups_beside() {
    let test = TestStore::with_accounts(&["jane", "john"]).await;
    share(&test, Sharing::Members, &["jane", "john"]).await;
    let left_out = set_contact(&test, "john@example.org", &["Friends"]).await;
    assert!(matches!(left_out, Err(Error::SharedGroup { .. })));
    let put_in = set_contact(&test, "new@example.net", &["crew"]).await;
    assert!(matches!(put_in, Err(Error::SharedGroup { .. })));
    set_contact(&test, "john@example.org", &["crew", "Friends"])
        .await
        .unwrap();
    let find_john = || test.read(|connection| find(connection, &account("jane"), &account("john").to_address()));
    let item = find_john().await.unwrap();
    assert_eq!(
        (item.groups, item.shared_groups),
        (vec!["Friends".to_owned()], vec!["crew".to_owned()])
    );
    assert_eq!(item.subscription, Subscription::Both);
    share(&test, Sharing::Nobody, &["jane", "john"]).await;
    assert_eq!(find_john().await.unwrap().subscription, Subscription::None);
}
