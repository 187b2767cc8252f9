//! With whom an account shares presence, in one reading: what both sides keep in their rosters, and what shared groups give.
//! Each side decides by its own roster who sees it, so an account sees a local contact only if that one lets it.

use rusqlite::{Connection, Row, named_params};

use super::rows::failure;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::presence::{PresenceContact, PresenceContacts};
use crate::domain::roster::Subscription;

/// Everybody with whom `owner` shares presence. Members of a group that everybody sees do not see those outside it.
pub fn find(connection: &Connection, owner: &AccountAddress) -> Result<PresenceContacts> {
    let mut statement = connection.prepare_cached(CONTACTS).map_err(failure)?;
    let rows = statement
        .query_map(
            named_params! {
                ":owner": owner.to_address().as_str(),
                ":host": owner.host().as_str(),
                ":localpart": owner.localpart().as_str(),
            },
            contact_from_row,
        )
        .map_err(failure)?;
    let mut contacts = Vec::new();
    for contact in rows {
        let contact = contact.map_err(failure)?;
        if contact.sees || contact.is_seen {
            contacts.push(contact);
        }
    }
    Ok(PresenceContacts {
        contacts,
        is_seen_by_host: is_seen_by_host(connection, owner)?,
    })
}

/// Contacts by address: whether a shared group lets the owner see the contact, and the contact the owner; what each keeps
/// of the other; whether the contact's host is one of this service and the owner's own.
const CONTACTS: &str = "WITH visible (id, is_member) AS ( \
         SELECT groups.id, 1 FROM group_members CROSS JOIN groups ON groups.id = group_members.\"group\" \
             WHERE address = :owner AND host = :host AND sharing IN (1, 2) \
         UNION ALL SELECT id, 0 FROM groups WHERE host = :host AND sharing = 2 AND NOT EXISTS ( \
             SELECT 1 FROM group_members WHERE \"group\" = id AND address = :owner)), \
     listed (contact, sees, is_seen) AS ( \
         SELECT contact, 0, 0 FROM roster_items \
             WHERE roster = (SELECT id FROM rosters WHERE host = :host AND localpart = :localpart) \
         UNION ALL SELECT address, 1, is_member FROM visible CROSS JOIN group_members ON \"group\" = visible.id \
             WHERE address <> :owner), \
     contacts (contact, sees, is_seen, contact_host, contact_localpart) AS ( \
         SELECT contact, max(sees), max(is_seen), substr(contact, instr(contact, '@') + 1), \
             substr(contact, 1, instr(contact, '@') - 1) FROM listed GROUP BY contact) \
     SELECT contacts.contact, contacts.sees, contacts.is_seen, ours.subscription, ours.overrides, \
         theirs.subscription, theirs.overrides, hosts.name IS NOT NULL, contact_host = :host \
     FROM contacts \
     LEFT JOIN roster_items AS ours \
         ON ours.roster = (SELECT id FROM rosters WHERE host = :host AND localpart = :localpart) \
         AND ours.contact = contacts.contact \
     LEFT JOIN rosters AS their_roster \
         ON their_roster.host = contact_host AND their_roster.localpart = contact_localpart \
     LEFT JOIN roster_items AS theirs ON theirs.roster = their_roster.id AND theirs.contact = :owner \
     LEFT JOIN hosts ON hosts.name = contact_host";

fn contact_from_row(row: &Row<'_>) -> rusqlite::Result<PresenceContact> {
    let (group_sees, group_is_seen): (bool, bool) = (row.get(1)?, row.get(2)?);
    let (ours, theirs) = (subscription(row, 3)?, subscription(row, 5)?);
    let (is_local, is_same_host): (bool, bool) = (row.get(7)?, row.get(8)?);
    // A group counts unless the subscription was set in spite of it.
    let decided = |group: bool, (subscription, overrides): (Subscription, bool), is: fn(Subscription) -> bool| {
        group && !overrides || is(subscription)
    };
    let wants = decided(group_sees, ours, Subscription::sees_contact);
    let may = !is_local || decided(group_sees && is_same_host, theirs, Subscription::is_seen_by_contact);
    Ok(PresenceContact {
        address: Address::from_stored(row.get::<_, String>(0)?),
        sees: wants && may,
        is_seen: decided(group_is_seen, ours, Subscription::is_seen_by_contact),
    })
}

/// A subscription, and whether it counts in spite of shared groups.
fn subscription(row: &Row<'_>, column: usize) -> rusqlite::Result<(Subscription, bool)> {
    let number: Option<i32> = row.get(column)?;
    let subscription = number.and_then(|number| Subscription::from_number(number).ok());
    let overrides: Option<bool> = row.get(column + 1)?;
    Ok((subscription.unwrap_or_default(), overrides.unwrap_or_default()))
}

/// Whether `owner` is in a group that everybody on its host sees.
pub fn is_seen_by_host(connection: &Connection, owner: &AccountAddress) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM group_members CROSS JOIN groups ON groups.id = group_members.\"group\" \
             WHERE address = ?1 AND host = ?2 AND sharing = 2",
        )
        .and_then(|mut statement| statement.exists([owner.to_address().as_str(), owner.host().as_str()]))
        .map_err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::group::{GroupContent, Sharing};
    use crate::domain::roster::{NewRosterItem, RosterItemChanges};
    use crate::storage::testing::{TestStore, account, host, query_plan};
    use crate::storage::{groups, rosters};

    async fn keep(test: &TestStore, owner: &'static str, contact: &'static str, subscription: Subscription) {
        test.write(move |transaction| {
            let new = NewRosterItem {
                contact: Address::from_stored(contact),
                nickname: None,
                subscription,
                groups: Vec::new(),
            };
            rosters::insert(transaction, &account(owner), &new)
        })
        .await
        .unwrap();
    }

    async fn share(test: &TestStore, name: &'static str, sharing: Sharing, members: &'static [&'static str]) {
        test.write(move |transaction| {
            let content = GroupContent {
                sharing,
                members: members.iter().map(|member| Address::from_stored(*member)).collect(),
                ..GroupContent::empty(name)
            };
            groups::insert(transaction, &host(), &content)
        })
        .await
        .unwrap();
    }

    /// Contacts as `address>` where the owner sees it, `address<` where it sees the owner, `address<>` where both.
    async fn shown(test: &TestStore, owner: &'static str) -> Vec<String> {
        let found = test.read(move |connection| find(connection, &account(owner))).await;
        let mark = |is: bool, mark: &'static str| if is { mark } else { "" };
        let mut shown: Vec<String> = found
            .contacts
            .iter()
            .map(|contact| {
                format!(
                    "{}{}{}",
                    contact.address,
                    mark(contact.is_seen, "<"),
                    mark(contact.sees, ">")
                )
            })
            .collect();
        if found.is_seen_by_host {
            shown.push("host<".into());
        }
        shown
    }

    #[tokio::test]
    async fn each_side_decides_who_sees_it() {
        let test = TestStore::with_accounts(&["jane", "john", "mary"]).await;
        keep(&test, "jane", "john@example.org", Subscription::Both).await;
        keep(&test, "jane", "mary@example.org", Subscription::To).await;
        keep(&test, "jane", "none@example.org", Subscription::None).await;
        keep(&test, "mary", "jane@example.org", Subscription::From).await;
        assert_eq!(shown(&test, "jane").await, ["john@example.org<", "mary@example.org>"]);
        assert_eq!(shown(&test, "mary").await, ["jane@example.org<"]);
        assert_eq!(shown(&test, "john").await, [] as [&str; 0]);
    }

    #[tokio::test]
    async fn a_contact_elsewhere_is_seen_as_the_own_roster_says() {
        let test = TestStore::with_accounts(&["jane"]).await;
        keep(&test, "jane", "a@example.net", Subscription::To).await;
        keep(&test, "jane", "b@example.net", Subscription::Both).await;
        keep(&test, "jane", "c@example.net", Subscription::Remove).await;
        keep(&test, "jane", "example.net", Subscription::From).await;
        assert_eq!(
            shown(&test, "jane").await,
            ["a@example.net>", "b@example.net<>", "example.net<"]
        );
    }

    #[tokio::test]
    async fn members_of_a_shared_group_see_each_other_unless_a_subscription_was_set_against_it() {
        let test = TestStore::with_accounts(&["jane", "john", "mary"]).await;
        share(
            &test,
            "crew",
            Sharing::Members,
            &[
                "jane@example.org",
                "john@example.org",
                "mary@example.org",
                "far@example.net",
            ],
        )
        .await;
        share(
            &test,
            "private",
            Sharing::Nobody,
            &["jane@example.org", "other@example.org"],
        )
        .await;
        share(
            &test,
            "foreign",
            Sharing::Members,
            &["john@example.org", "other@example.org"],
        )
        .await;
        let everybody = ["far@example.net<>", "john@example.org<>", "mary@example.org<>"];
        assert_eq!(shown(&test, "jane").await, everybody);
        test.write(|transaction| {
            let changes = RosterItemChanges {
                subscription: Some(Subscription::To),
                ..RosterItemChanges::default()
            };
            rosters::change(
                transaction,
                &account("john"),
                &Address::from_stored("jane@example.org"),
                &changes,
            )
        })
        .await
        .unwrap();
        assert_eq!(
            shown(&test, "jane").await,
            ["far@example.net<>", "john@example.org<", "mary@example.org<>"]
        );
    }

    #[tokio::test]
    async fn a_group_shared_with_everybody_shows_its_members_to_the_host_and_not_the_host_to_them() {
        let test = TestStore::with_accounts(&["jane", "john", "mary"]).await;
        share(
            &test,
            "staff",
            Sharing::Everybody,
            &["jane@example.org", "john@example.org"],
        )
        .await;
        assert_eq!(shown(&test, "mary").await, ["jane@example.org>", "john@example.org>"]);
        assert_eq!(shown(&test, "jane").await, ["john@example.org<>", "host<"]);
    }

    #[tokio::test]
    async fn no_table_is_read_from_end_to_end() {
        let test = TestStore::with_accounts(&[]).await;
        test.read(|connection| {
            let values = named_params! { ":owner": "o", ":host": "h", ":localpart": "l" };
            for step in query_plan(connection, CONTACTS, values) {
                let is_table = ["roster_items", "group_members", "groups", "hosts", "ours", "theirs"]
                    .iter()
                    .any(|table| step.starts_with(&format!("SCAN {table}")));
                assert!(!is_table, "{step}");
            }
            Ok(())
        })
        .await;
    }
}
