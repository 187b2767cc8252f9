//! Addresses with which nobody on this server communicates, and exceptions from that.

use rusqlite::{Connection, params};

use super::rows::{failure, json};
use super::writer::Transaction;
use crate::domain::Result;
use crate::domain::address::FullAddress;
use crate::domain::event::Event;
use crate::domain::service::AddressList;

/// The addresses of a list, in their order.
pub fn list(connection: &Connection, list: AddressList) -> Result<Vec<FullAddress>> {
    connection
        .prepare_cached("SELECT address FROM service_addresses WHERE list = ?1 ORDER BY address")
        .and_then(|mut statement| {
            let rows = statement.query_map([number(list)], |row| {
                Ok(FullAddress::from_stored(row.get_ref(0)?.as_str()?))
            })?;
            rows.collect()
        })
        .map_err(failure)
}

/// Makes a list hold exactly these.
pub fn set(transaction: &mut Transaction<'_>, list: AddressList, addresses: &[FullAddress]) -> Result<()> {
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let texts = json(texts.iter().map(String::as_str));
    for sql in [
        "DELETE FROM service_addresses WHERE list = ?1 AND address NOT IN (SELECT value FROM json_each(?2))",
        "INSERT OR IGNORE INTO service_addresses (list, address) SELECT ?1, value FROM json_each(?2)",
    ] {
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params![number(list), texts]))
            .map_err(failure)?;
    }
    transaction.emit(Event::ServiceAddressesChanged {
        list,
        addresses: addresses.into(),
    });
    Ok(())
}

fn number(list: AddressList) -> i64 {
    match list {
        AddressList::Blocked => 0,
        AddressList::Allowed => 1,
    }
}
