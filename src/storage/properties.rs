//! Server properties.

use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{self, failure};
use super::writer::Transaction;
use crate::domain::access::without_administrator;
use crate::domain::address::Address;
use crate::domain::event::Event;
use crate::domain::page::{Page, PageRequest};
use crate::domain::property::{Property, StoredProperty};
use crate::domain::secret::Secret;
use crate::domain::setting::ADMINISTRATORS;
use crate::domain::{Error, Kind, Result};

/// Properties by key; not those of which only the deletion is remembered.
pub fn list(connection: &Connection, page: &PageRequest) -> Result<Page<Property>> {
    let bound = if page.after.is_some() { ">" } else { ">=" };
    let sql =
        format!("SELECT key, value FROM properties WHERE value IS NOT NULL AND key {bound} ?1 ORDER BY key LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
    let limit = rows::limit(page.limit);
    let rows = statement
        .query_map(params![page.after.as_deref().unwrap_or_default(), limit], |row| {
            Ok(Property {
                key: row.get(0)?,
                value: row.get(1)?,
            })
        })
        .map_err(failure)?;
    let weight = |property: &Property| property.key.len() + property.value.as_ref().map_or(0, String::len);
    rows::page(rows, page.limit, weight, |last| last.key.clone())
}

pub fn find(connection: &Connection, key: &str) -> Result<Option<StoredProperty>> {
    let value: Option<Option<String>> = connection
        .prepare_cached("SELECT value FROM properties WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
        .map_err(failure)?;
    Ok(value.map(|value| value.map_or(StoredProperty::Deleted, StoredProperty::Value)))
}

/// Makes or overwrites a property. `NotFound` when it is not stored and `must_exist` is set.
pub fn write(transaction: &mut Transaction<'_>, key: &str, value: &Secret, must_exist: bool) -> Result<()> {
    if must_exist {
        check_stored(transaction, key)?;
    }
    put(transaction, key, Some(value.expose()))?;
    transaction.emit(Event::PropertyChanged {
        key: key.to_owned(),
        value: value.clone(),
    });
    Ok(())
}

/// Removes the property and every one below it, and remembers the deletion of each of `remembered`.
/// `NotFound` when `key` is not stored and `must_exist` is set.
pub fn remove(transaction: &mut Transaction<'_>, key: &str, must_exist: bool, remembered: &[String]) -> Result<()> {
    if must_exist {
        check_stored(transaction, key)?;
    }
    // All keys below `a` lie between `a.` and `a/`, the next character.
    transaction
        .prepare_cached("DELETE FROM properties WHERE key = ?1 OR (key >= ?1 || '.' AND key < ?1 || '/')")
        .and_then(|mut statement| statement.execute([key]))
        .map_err(failure)?;
    for key in remembered {
        put(transaction, key, None)?;
    }
    transaction.emit(Event::PropertyRemoved { key: key.to_owned() });
    Ok(())
}

/// Takes an account that goes from the administrators. Those who follow the list hear of the account.
pub fn remove_administrator(transaction: &Transaction<'_>, leaving: &Address) -> Result<()> {
    let list = find(transaction, ADMINISTRATORS)?.and_then(StoredProperty::value);
    match list.and_then(|list| without_administrator(&list, leaving)) {
        Some(left) => put(transaction, ADMINISTRATORS, Some(&left)),
        None => Ok(()),
    }
}

fn check_stored(connection: &Connection, key: &str) -> Result<()> {
    match find(connection, key)? {
        Some(StoredProperty::Value(_)) => Ok(()),
        Some(StoredProperty::Deleted) | None => Err(Error::not_found(Kind::Property, key)),
    }
}

fn put(connection: &Connection, key: &str, value: Option<&str>) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO properties (key, value) VALUES (?1, ?2) ON CONFLICT (key) \
             DO UPDATE SET value = excluded.value WHERE value IS NOT excluded.value",
        )
        .and_then(|mut statement| statement.execute(params![key, value]))
        .map_err(failure)?;
    Ok(())
}
