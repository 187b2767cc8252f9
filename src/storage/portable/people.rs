//! Accounts with what the common format has a form for.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, Params, Row};

use crate::domain::Result;
use crate::domain::account::{Credentials, ScramKeys};
use crate::domain::address::{AccountAddress, Address, Host, Localpart};
use crate::domain::offline::OfflineMessage;
use crate::domain::pubsub::NodeContent;
use crate::domain::roster::{KeptContact, NewRosterItem, Subscription};
use crate::domain::subscription::SubscriptionRequest;
use crate::storage::pubsub::{affiliations, items, nodes, subscriptions};
use crate::storage::rows::{failure, time};

/// Somebody with an account, or whose roster or vCard is kept without one.
#[derive(Debug)]
pub struct Person {
    pub address: AccountAddress,
    /// `None`: there is no account.
    pub credentials: Option<Credentials>,
    pub roster: Vec<KeptContact>,
    pub vcard: Option<String>,
    /// In their order.
    pub offline: Vec<OfflineMessage>,
    /// By namespace and name of the root.
    pub private: BTreeMap<(String, String), String>,
    pub requests: Vec<SubscriptionRequest>,
    /// What they published at nodes of their own.
    pub published: Vec<NodeContent>,
}

/// Shows everybody, host by host in the order of the accounts, then those without an account. What belongs to one is in
/// memory at a time; it is looked up by index, and there is no network between.
pub fn people(connection: &Connection, mut visit: impl FnMut(Person) -> Result<()>) -> Result<()> {
    let mut accounts = connection
        .prepare(
            "SELECT host, localpart, id, sha1_salt, sha1_iterations, sha1_stored_key, sha1_server_key, \
             sha256_salt, sha256_iterations, sha256_stored_key, sha256_server_key FROM accounts ORDER BY host, id",
        )
        .map_err(failure)?;
    let mut rows = accounts.query([]).map_err(failure)?;
    while let Some(row) = rows.next().map_err(failure)? {
        let (address, id, credentials) = account(row).map_err(failure)?;
        let mut person = person(connection, address)?;
        person.credentials = Some(credentials);
        person.offline = all(connection, OFFLINE, [id], |row| {
            Ok(OfflineMessage {
                id: row.get(0)?,
                at: time(row.get(1)?),
                stanza: row.get(2)?,
                archive_id: row.get(3)?,
            })
        })?;
        person.private = all(connection, PRIVATE, [id], |row| {
            Ok(((row.get(0)?, row.get(1)?), row.get(2)?))
        })?;
        person.requests = all(connection, REQUESTS, [id], |row| {
            Ok(SubscriptionRequest {
                sender: Address::from_stored(row.get::<_, String>(0)?),
                at: time(row.get(1)?),
                stanza: row.get(2)?,
            })
        })?;
        person.published = published(connection, &person.address)?;
        visit(person)?;
    }
    let mut others = connection.prepare(WITHOUT_ACCOUNT).map_err(failure)?;
    let mut rows = others.query([]).map_err(failure)?;
    while let Some(row) = rows.next().map_err(failure)? {
        visit(person(connection, address(row).map_err(failure)?)?)?;
    }
    Ok(())
}

const OFFLINE: &str = "SELECT id, at, stanza, archive_id FROM offline_messages WHERE account = ?1 ORDER BY id";
const PRIVATE: &str = "SELECT namespace, name, xml FROM private_xml WHERE account = ?1";
const REQUESTS: &str = "SELECT sender, at, stanza FROM subscription_requests WHERE account = ?1 ORDER BY sender";
const ROSTER: &str = "SELECT contact, nickname, subscription, groups, ask, approved, overrides FROM roster_items \
     WHERE roster = (SELECT id FROM rosters WHERE host = ?1 AND localpart = ?2) ORDER BY contact";
const VCARD: &str = "SELECT vcard FROM vcards WHERE host = ?1 AND localpart = ?2";
const WITHOUT_ACCOUNT: &str = "SELECT host, localpart FROM ( \
         SELECT host, localpart FROM rosters \
             WHERE EXISTS (SELECT 1 FROM roster_items WHERE roster = rosters.id) \
         UNION SELECT host, localpart FROM vcards) AS owner \
     WHERE NOT EXISTS (SELECT 1 FROM accounts \
         WHERE accounts.host = owner.host AND accounts.localpart = owner.localpart) ORDER BY host, localpart";

/// Roster and vCard, which need no account.
fn person(connection: &Connection, address: AccountAddress) -> Result<Person> {
    let (host, localpart) = (address.host().as_str(), address.localpart().as_str());
    let roster: Vec<(KeptContact, String)> = all(connection, ROSTER, [host, localpart], |row| {
        let contact = KeptContact {
            item: NewRosterItem {
                contact: Address::from_stored(row.get::<_, String>(0)?),
                nickname: row.get(1)?,
                subscription: Subscription::from_number(row.get(2)?).unwrap_or_default(),
                groups: Vec::new(),
            },
            asked: row.get(4)?,
            approved: row.get(5)?,
            overrides: row.get(6)?,
        };
        Ok((contact, row.get(3)?))
    })?;
    let roster = roster.into_iter().map(|(mut contact, groups)| {
        contact.item.groups = serde_json::from_str(&groups).map_err(crate::domain::Error::internal)?;
        Ok(contact)
    });
    let roster = roster.collect::<Result<_>>()?;
    let vcard: Vec<String> = all(connection, VCARD, [host, localpart], |row| row.get(0))?;
    Ok(Person {
        roster,
        vcard: vcard.into_iter().next(),
        address,
        credentials: None,
        offline: Vec::new(),
        private: BTreeMap::new(),
        requests: Vec::new(),
        published: Vec::new(),
    })
}

fn published(connection: &Connection, owner: &AccountAddress) -> Result<Vec<NodeContent>> {
    let found = nodes::list(connection, &owner.to_address(), None, usize::MAX)?;
    let contents = found.into_iter().map(|node| {
        Ok(NodeContent {
            affiliations: affiliations::list(connection, &node)?,
            subscriptions: subscriptions::list(connection, &node)?,
            // At that time nothing was too old.
            items: items::list_last(connection, &node, usize::MAX, Timestamp::UNIX_EPOCH)?,
            node,
        })
    });
    contents.collect()
}

fn account(row: &Row<'_>) -> rusqlite::Result<(AccountAddress, i64, Credentials)> {
    let credentials = Credentials {
        sha1: keys(row, 3)?,
        sha256: keys(row, 7)?,
    };
    Ok((address(row)?, row.get(2)?, credentials))
}

fn address(row: &Row<'_>) -> rusqlite::Result<AccountAddress> {
    let host = Host::from_stored(row.get::<_, String>(0)?);
    Ok(AccountAddress::new(
        Localpart::from_stored(row.get::<_, String>(1)?),
        host,
    ))
}

fn keys(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<ScramKeys>> {
    let Some(salt) = row.get(first)? else { return Ok(None) };
    Ok(Some(ScramKeys {
        salt,
        iterations: row.get(first + 1)?,
        stored_key: row.get(first + 2)?,
        server_key: row.get(first + 3)?,
    }))
}

fn all<T, C: FromIterator<T>>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<C> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_map(values, read)?.collect())
        .map_err(failure)
}
