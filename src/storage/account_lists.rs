//! Lists of accounts, a bounded page at a time.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::accounts::account_from_row;
use super::rows::{self, amount, failure};
use crate::domain::Result;
use crate::domain::account::{Account, AccountFilter};
use crate::domain::address::Host;
use crate::domain::page::{GrowingPage, Page, PageRequest};

/// What an account without properties takes in memory, at most.
const ACCOUNT_BYTES: usize = 1024;

/// The condition of an account that is locked at the time `?4`.
const LOCKED: &str = "EXISTS (SELECT 1 FROM lockouts WHERE account = accounts.id \
                      AND coalesce(\"from\" <= ?4, 1) AND coalesce(?4 < until, 1))";

/// How many accounts a host has.
pub fn count(connection: &Connection, host: &Host) -> Result<u64> {
    connection
        .prepare_cached("SELECT count(*) FROM accounts WHERE host = ?1")
        .and_then(|mut statement| statement.query_row([host.as_str()], |row| amount(row, 0)))
        .map_err(failure)
}

/// How many of them cannot log in at that time.
pub fn count_locked(connection: &Connection, host: &Host, at: Timestamp) -> Result<u64> {
    connection
        .prepare_cached(
            "SELECT count(*) FROM lockouts JOIN accounts ON accounts.id = account \
             WHERE host = ?1 AND coalesce(\"from\" <= ?2, 1) AND coalesce(?2 < until, 1)",
        )
        .and_then(|mut statement| {
            statement.query_row(params![host.as_str(), at.as_millisecond()], |row| amount(row, 0))
        })
        .map_err(failure)
}

/// A page of accounts: by localpart, or in the order of creation when filtered by a property.
pub fn list(connection: &Connection, host: &Host, filter: &AccountFilter, page: &PageRequest) -> Result<Page<Account>> {
    const COLUMNS: &str = "id, localpart, name, email, created, modified, administrator";
    let limit = rows::limit(page.limit);
    let after = page.after.as_deref().unwrap_or_default();
    let by_id = matches!(filter, AccountFilter::Property { .. });
    let rows = match filter {
        AccountFilter::All => select(
            connection,
            host,
            &format!(
                "SELECT {COLUMNS} FROM accounts WHERE host = ?1 AND localpart > ?2 \
                 ORDER BY localpart LIMIT ?3"
            ),
            page.limit,
            params![host.as_str(), after, limit],
        )?,
        AccountFilter::Containing(text) => select(
            connection,
            host,
            &format!(
                "SELECT {COLUMNS} FROM accounts WHERE host = ?1 AND localpart > ?2 \
                 AND instr(localpart, ?4) > 0 ORDER BY localpart LIMIT ?3"
            ),
            page.limit,
            params![host.as_str(), after, limit, text],
        )?,
        AccountFilter::Locked(at) => select(
            connection,
            host,
            &format!(
                "SELECT {COLUMNS} FROM accounts WHERE host = ?1 AND localpart > ?2 AND {LOCKED} \
                 ORDER BY localpart LIMIT ?3"
            ),
            page.limit,
            params![host.as_str(), after, limit, at.as_millisecond()],
        )?,
        AccountFilter::Administrators => select(
            connection,
            host,
            &format!(
                "SELECT {COLUMNS} FROM accounts WHERE host = ?1 AND localpart > ?2 AND administrator = 1 \
                 ORDER BY localpart LIMIT ?3"
            ),
            page.limit,
            params![host.as_str(), after, limit],
        )?,
        AccountFilter::Property { key, value } => select(
            connection,
            host,
            &format!(
                "SELECT {COLUMNS} FROM account_properties AS filter \
                 JOIN accounts ON accounts.id = filter.account \
                 WHERE host = ?1 AND filter.account > ?2 AND filter.key = ?4 \
                 AND (?5 IS NULL OR filter.value = ?5) ORDER BY filter.account LIMIT ?3"
            ),
            page.limit,
            params![host.as_str(), after.parse::<i64>().unwrap_or(0), limit, key, value],
        )?,
    };
    let page = rows.finish(|(id, account)| {
        if by_id {
            id.to_string()
        } else {
            account.address.localpart().as_str().to_owned()
        }
    });
    Ok(page.map(|(_, account)| account))
}

/// Reads one page of accounts with the properties of all of them in the same statement. A subquery with a limit gives its
/// rows in its own order and the join keeps it; to order them once more, SQLite would have to hold all of them.
fn select(
    connection: &Connection,
    host: &Host,
    accounts: &str,
    limit: usize,
    values: impl rusqlite::Params,
) -> Result<GrowingPage<(i64, Account)>> {
    let sql = format!(
        "SELECT page.*, property.key, property.value FROM ({accounts}) AS page \
         LEFT JOIN account_properties AS property ON property.account = page.id"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
    let rows = statement.query(values).map_err(failure)?;
    let start = |row: &Row<'_>| account_from_row(row, host);
    rows::page_of_lists(rows, limit, ACCOUNT_BYTES, start, |row, account: &mut Account| {
        let Some(key) = row.get::<_, Option<String>>(7)? else {
            return Ok(0);
        };
        let value: String = row.get(8)?;
        let bytes = key.len() + value.len();
        account.properties.insert(key, value);
        Ok(bytes)
    })
}
