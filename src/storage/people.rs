//! Looking for people among the accounts.

use rusqlite::{Connection, params};

use super::rows::failure;
use crate::domain::Result;
use crate::domain::address::Host;
use crate::domain::search::{Person, PersonFilter};

/// Those whom `filter` finds on a host, by name, at most `most`.
pub fn find(connection: &Connection, host: &Host, filter: &PersonFilter, most: usize) -> Result<Vec<Person>> {
    let mut statement = connection
        .prepare_cached("SELECT localpart, name, email FROM accounts WHERE host = ?1 ORDER BY localpart")
        .map_err(failure)?;
    let mut rows = statement.query(params![host.as_str()]).map_err(failure)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        let person = (|| {
            Ok(Person {
                localpart: row.get(0)?,
                name: row.get(1)?,
                email: row.get(2)?,
            })
        })()
        .map_err(failure)?;
        if filter.matches(&person) {
            found.push(person);
            if found.len() == most {
                break;
            }
        }
    }
    Ok(found)
}
