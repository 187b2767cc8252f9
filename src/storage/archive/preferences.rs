//! What accounts want to have archived (XEP-0441).

use rusqlite::{Connection, OptionalExtension, params};

use super::super::accounts;
use super::super::rows::{failure, json};
use super::super::writer::Transaction;
use crate::domain::address::{AccountAddress, FullAddress};
use crate::domain::archive::{ArchivePreferences, ArchiveStandard};
use crate::domain::{Error, Result};

/// What the account has set; `None`: the standard of the service counts.
pub fn find_preferences(connection: &Connection, address: &AccountAddress) -> Result<Option<ArchivePreferences>> {
    let found: Option<(i64, String, String)> = connection
        .prepare_cached(
            "SELECT standard, always, never FROM archive_preferences \
             WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2)",
        )
        .and_then(|mut statement| {
            statement
                .query_row(params![address.host().as_str(), address.localpart().as_str()], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()
        })
        .map_err(failure)?;
    let Some((standard, always, never)) = found else {
        return Ok(None);
    };
    Ok(Some(ArchivePreferences {
        standard: match standard {
            0 => ArchiveStandard::Nothing,
            2 => ArchiveStandard::Contacts,
            _ => ArchiveStandard::Everything,
        },
        always: addresses(&always)?,
        never: addresses(&never)?,
    }))
}

/// Replaces what the account has set; `LimitReached` when its lists name more than `most` addresses together.
pub fn set_preferences(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    preferences: &ArchivePreferences,
    most: usize,
) -> Result<()> {
    if preferences.always.len() + preferences.never.len() > most {
        return Err(Error::LimitReached {
            what: "addresses in archive preferences",
            most: most as u64,
        });
    }
    let account = accounts::id_of(transaction, address)?;
    let standard = match preferences.standard {
        ArchiveStandard::Nothing => 0,
        ArchiveStandard::Everything => 1,
        ArchiveStandard::Contacts => 2,
    };
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO archive_preferences (account, standard, always, never) VALUES (?1, ?2, ?3, ?4)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                account,
                standard,
                texts(&preferences.always),
                texts(&preferences.never)
            ])
        })
        .map_err(failure)?;
    Ok(())
}

fn texts(addresses: &[FullAddress]) -> String {
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    json(texts.iter().map(String::as_str))
}

fn addresses(stored: &str) -> Result<Vec<FullAddress>> {
    let texts: Vec<String> = serde_json::from_str(stored).map_err(Error::internal)?;
    Ok(texts.iter().map(|text| FullAddress::from_stored(text)).collect())
}
