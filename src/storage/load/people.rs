//! What accounts have besides keys and contacts, when it comes from elsewhere.

use jiff::Timestamp;
use rusqlite::params;

use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::storage::rows::failure;
use crate::storage::{Transaction, accounts};

/// Stores a request to see the presence of an account, in the place of the one that the sender has made already.
pub fn put_subscription_request(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    sender: &Address,
    stanza: &str,
    at: Timestamp,
) -> Result<()> {
    let account = accounts::id_of(transaction, address)?;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO subscription_requests (account, sender, at, stanza) VALUES (?1, ?2, ?3, ?4)",
        )
        .and_then(|mut statement| statement.execute(params![account, sender.as_str(), at.as_millisecond(), stanza]))
        .map_err(failure)?;
    Ok(())
}

/// Stores private XML, in the place of that with the same root.
pub fn put_private_xml(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    (namespace, name): (&str, &str),
    xml: &str,
) -> Result<()> {
    let account = accounts::id_of(transaction, address)?;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO private_xml (account, namespace, name, xml, bytes) \
             VALUES (?1, ?2, ?3, ?4, octet_length(?4))",
        )
        .and_then(|mut statement| statement.execute(params![account, namespace, name, xml]))
        .map_err(failure)?;
    Ok(())
}

/// Stores when the last session of an account went, and what it said.
pub fn put_last_activity(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    at: Timestamp,
    status: Option<&str>,
) -> Result<()> {
    let account = accounts::id_of(transaction, address)?;
    transaction
        .prepare_cached("INSERT OR REPLACE INTO last_activity (account, at, status) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![account, at.as_millisecond(), status]))
        .map_err(failure)?;
    Ok(())
}
