//! Messages that everybody on a host is told once: at a login, or when the account is made.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::rows::{failure, json, time};
use super::writer::Transaction;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Host};
use crate::domain::event::Event;
use crate::domain::message::{Announcement, Occasion, StandingMessage};

/// All of them, with their hosts.
pub fn list(connection: &Connection) -> Result<Vec<(Host, Occasion, StandingMessage)>> {
    let mut statement = connection
        .prepare("SELECT host, kind, \"set\", body FROM standing_messages")
        .map_err(failure)?;
    let rows = statement
        .query_map([], |row| {
            Ok((
                Host::from_stored(row.get::<_, String>(0)?),
                occasion(row.get(1)?),
                StandingMessage {
                    set: time(row.get(2)?),
                    body: row.get(3)?,
                },
            ))
        })
        .map_err(failure)?;
    rows.collect::<rusqlite::Result<_>>().map_err(failure)
}

/// Sets a message, which everybody is told, also who was told another one.
pub fn set(
    transaction: &mut Transaction<'_>,
    host: &Host,
    occasion: Occasion,
    message: &Announcement,
    now: Timestamp,
) -> Result<()> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO standing_messages (host, kind, \"set\", body) VALUES (?1, ?2, ?3, ?4)")
        .and_then(|mut statement| {
            statement.execute(params![
                host.as_str(),
                number(occasion),
                now.as_millisecond(),
                message.body()
            ])
        })
        .map_err(failure)?;
    transaction.emit(Event::StandingMessageSet {
        host: host.clone(),
        occasion,
        message: StandingMessage {
            set: now,
            body: message.body().to_owned(),
        },
    });
    Ok(())
}

/// Changes the text of a message, or sets it if there is none; who was told it is not told again.
pub fn edit(
    transaction: &mut Transaction<'_>,
    host: &Host,
    occasion: Occasion,
    message: &Announcement,
    now: Timestamp,
) -> Result<()> {
    let changed = transaction
        .prepare_cached("UPDATE standing_messages SET body = ?3 WHERE host = ?1 AND kind = ?2")
        .and_then(|mut statement| statement.execute(params![host.as_str(), number(occasion), message.body()]))
        .map_err(failure)?;
    if changed == 0 {
        return set(transaction, host, occasion, message, now);
    }
    transaction.emit(Event::StandingMessageEdited {
        host: host.clone(),
        occasion,
        body: message.body().to_owned(),
    });
    Ok(())
}

/// Removes a message; no error when there is none.
pub fn remove(transaction: &mut Transaction<'_>, host: &Host, occasion: Occasion) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM standing_messages WHERE host = ?1 AND kind = ?2")
        .and_then(|mut statement| statement.execute(params![host.as_str(), number(occasion)]))
        .map_err(failure)?;
    transaction.emit(Event::StandingMessageRemoved {
        host: host.clone(),
        occasion,
    });
    Ok(())
}

/// Notes that an account is told the message that was set then. `false`: it was told before, or is gone.
pub fn note_receipt(transaction: &Transaction<'_>, account: &AccountAddress, set: Timestamp) -> Result<bool> {
    let noted = transaction
        .prepare_cached(
            "INSERT INTO standing_message_receipts (account, \"set\") \
             SELECT id, ?3 FROM accounts WHERE host = ?1 AND localpart = ?2 \
             ON CONFLICT DO UPDATE SET \"set\" = excluded.\"set\" WHERE \"set\" <> excluded.\"set\"",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                account.host().as_str(),
                account.localpart().as_str(),
                set.as_millisecond()
            ])
        })
        .map_err(failure)?;
    Ok(noted > 0)
}

/// The same for several accounts of a host.
pub fn note_receipts(
    transaction: &Transaction<'_>,
    host: &Host,
    accounts: &[AccountAddress],
    set: Timestamp,
) -> Result<()> {
    let names = json(accounts.iter().map(|account| account.localpart().as_str()));
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO standing_message_receipts (account, \"set\") \
             SELECT id, ?3 FROM json_each(?2) AS name JOIN accounts ON host = ?1 AND localpart = name.value",
        )
        .and_then(|mut statement| statement.execute(params![host.as_str(), names, set.as_millisecond()]))
        .map_err(failure)?;
    Ok(())
}

fn number(occasion: Occasion) -> i64 {
    match occasion {
        Occasion::Day => 0,
        Occasion::Welcome => 1,
    }
}

fn occasion(number: i64) -> Occasion {
    if number == 0 { Occasion::Day } else { Occasion::Welcome }
}
