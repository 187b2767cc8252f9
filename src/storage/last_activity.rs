//! When accounts were last here (XEP-0012). It is noted when their last session goes, many accounts in one job.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::rows::{failure, json, time};
use super::writer::Transaction;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address, FullAddress, Host, Localpart};
use crate::domain::presence::LastActivity;

pub fn find(connection: &Connection, address: &AccountAddress) -> Result<Option<LastActivity>> {
    connection
        .prepare_cached(
            "SELECT at, status FROM last_activity \
             WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2)",
        )
        .and_then(|mut statement| {
            statement
                .query_row([address.host().as_str(), address.localpart().as_str()], |row| {
                    Ok(LastActivity {
                        at: time(row.get(0)?),
                        status: row.get(1)?,
                    })
                })
                .optional()
        })
        .map_err(failure)
}

/// Notes when accounts went; those that do not exist any more are left out.
pub fn put(transaction: &mut Transaction<'_>, departures: &[(AccountAddress, LastActivity)]) -> Result<()> {
    for (address, last) in departures {
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO last_activity (account, at, status) \
                 SELECT id, ?3, ?4 FROM accounts WHERE host = ?1 AND localpart = ?2",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    address.host().as_str(),
                    address.localpart().as_str(),
                    last.at.as_millisecond(),
                    last.status,
                ])
            })
            .map_err(failure)?;
    }
    Ok(())
}

/// When an account logged in last, as far as that was noted.
pub fn find_login(connection: &Connection, address: &AccountAddress) -> Result<Option<Timestamp>> {
    connection
        .prepare_cached(
            "SELECT at FROM last_logins \
             WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2)",
        )
        .and_then(|mut statement| {
            statement
                .query_row([address.host().as_str(), address.localpart().as_str()], |row| {
                    Ok(time(row.get(0)?))
                })
                .optional()
        })
        .map_err(failure)
}

/// Notes when accounts logged in; those that do not exist any more are left out.
pub fn put_logins(transaction: &mut Transaction<'_>, logins: &[(AccountAddress, Timestamp)]) -> Result<()> {
    for (address, at) in logins {
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO last_logins (account, at) \
                 SELECT id, ?3 FROM accounts WHERE host = ?1 AND localpart = ?2",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    address.host().as_str(),
                    address.localpart().as_str(),
                    at.as_millisecond(),
                ])
            })
            .map_err(failure)?;
    }
    Ok(())
}

/// Those of `contacts` that have an account here which lets `viewer` see its presence, with their last departures.
pub fn list_visible(
    connection: &Connection,
    viewer: &FullAddress,
    contacts: &[Address],
) -> Result<Vec<(AccountAddress, Option<LastActivity>)>> {
    let viewer_host = viewer.bare.host();
    let host_with_resource = format!("{viewer_host}/{}", viewer.resource.as_deref().unwrap_or_default());
    connection
        .prepare_cached(VISIBLE)
        .and_then(|mut statement| {
            let rows = statement.query_map(
                named_params! {
                    ":contacts": json(contacts.iter().map(Address::as_str)),
                    ":viewer": viewer.bare.as_str(),
                    ":viewer_full": viewer.to_string(),
                    ":viewer_host": viewer_host,
                    ":viewer_host_with_resource": host_with_resource,
                },
                |row| {
                    let host = Host::from_stored(row.get::<_, String>(0)?);
                    let contact = AccountAddress::new(Localpart::from_stored(row.get::<_, String>(1)?), host);
                    let departure = match row.get::<_, Option<i64>>(2)? {
                        Some(at) => Some(LastActivity {
                            at: time(at),
                            status: row.get(3)?,
                        }),
                        None => None,
                    };
                    Ok((contact, departure))
                },
            )?;
            rows.collect()
        })
        .map_err(failure)
}

/// A contact's own roster decides, its shared groups included, and its block list.
const VISIBLE: &str = "SELECT accounts.host, accounts.localpart, at, status \
     FROM json_each(:contacts) AS asked \
     CROSS JOIN accounts ON accounts.host = substr(asked.value, instr(asked.value, '@') + 1) \
         AND accounts.localpart = substr(asked.value, 1, instr(asked.value, '@') - 1) \
     LEFT JOIN last_activity ON last_activity.account = accounts.id \
     LEFT JOIN rosters ON rosters.host = accounts.host AND rosters.localpart = accounts.localpart \
     LEFT JOIN roster_items AS item ON item.roster = rosters.id AND item.contact = :viewer \
     WHERE (item.subscription IN (2, 3) OR item.overrides IS NOT 1 AND EXISTS ( \
             SELECT 1 FROM group_members AS ours CROSS JOIN groups ON groups.id = ours.\"group\" \
             WHERE ours.address = :viewer AND groups.host = accounts.host AND (sharing = 2 OR sharing = 1 AND EXISTS ( \
                 SELECT 1 FROM group_members AS theirs \
                 WHERE theirs.\"group\" = groups.id AND theirs.address = asked.value)))) \
         AND NOT EXISTS (SELECT 1 FROM blocked_addresses WHERE blocked_addresses.account = accounts.id \
             AND address IN (:viewer, :viewer_full, :viewer_host, :viewer_host_with_resource))";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::group::{GroupContent, Sharing};
    use crate::domain::roster::{NewRosterItem, Subscription};
    use crate::storage::testing::{TestStore, account, assert_no_scan_and_no_sort, host, moment};
    use crate::storage::{blocked, groups, rosters};

    #[tokio::test]
    async fn the_last_departure_of_each_account_is_known() {
        let test = TestStore::with_accounts(&["jane", "john"]).await;
        let went = |at, status: Option<&str>| LastActivity {
            at: moment(at),
            status: status.map(str::to_owned),
        };
        for departures in [
            vec![
                ("jane", went(1, Some("bye"))),
                ("john", went(2, None)),
                ("nobody", went(3, None)),
            ],
            vec![("jane", went(4, None))],
        ] {
            test.write(move |transaction| {
                let departures: Vec<_> = departures
                    .iter()
                    .map(|(name, last)| (account(name), last.clone()))
                    .collect();
                put(transaction, &departures)
            })
            .await
            .unwrap();
        }
        for (name, expected) in [
            ("jane", Some(went(4, None))),
            ("john", Some(went(2, None))),
            ("nobody", None),
        ] {
            assert_eq!(
                test.read(move |connection| find(connection, &account(name))).await,
                expected
            );
        }
    }

    fn full(name: &str) -> FullAddress {
        FullAddress::parse(&format!("{name}@example.org/r")).unwrap()
    }

    async fn visible(store: &TestStore, viewer: &str) -> Vec<String> {
        let viewer = full(viewer);
        let found = store
            .read(move |connection| {
                let asked = ["ann", "bob", "cid", "dan", "nobody"].map(|name| account(name).to_address());
                list_visible(connection, &viewer, &asked)
            })
            .await;
        found
            .into_iter()
            .map(|(contact, _)| contact.localpart().to_string())
            .collect()
    }

    #[tokio::test]
    async fn only_those_see_a_departure_who_may_see_the_presence() {
        let store = TestStore::with_accounts(&["ann", "bob", "cid", "dan", "eve"]).await;
        store
            .write(|transaction| {
                for (owner, subscription) in [
                    ("ann", Subscription::From),
                    ("bob", Subscription::To),
                    ("cid", Subscription::Both),
                ] {
                    let new = NewRosterItem {
                        contact: account("eve").to_address(),
                        nickname: None,
                        subscription,
                        groups: Vec::new(),
                    };
                    rosters::insert(transaction, &account(owner), &new)?;
                }
                blocked::block(transaction, &account("cid"), &[full("eve")], 9)?;
                let group = GroupContent {
                    sharing: Sharing::Members,
                    members: vec![account("dan").to_address(), account("eve").to_address()],
                    ..GroupContent::empty("g")
                };
                groups::insert(transaction, &host(), &group)
            })
            .await
            .unwrap();
        assert_eq!(visible(&store, "eve").await, ["ann", "dan"]);
        assert_eq!(visible(&store, "stranger").await, [""; 0]);
        store
            .read(|connection| {
                let values = named_params! {
                    ":contacts": "[]", ":viewer": "", ":viewer_full": "", ":viewer_host": "",
                    ":viewer_host_with_resource": "",
                };
                assert_no_scan_and_no_sort(connection, VISIBLE, values);
                Ok(())
            })
            .await;
    }
}
