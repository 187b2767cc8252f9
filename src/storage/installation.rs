//! What the database knows of the installation it belongs to: its hosts, and settings that the service made itself.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::room_services;
use super::rows::failure;
use super::writer::Transaction;
use crate::domain::Result;
use crate::domain::address::Host;
use crate::domain::room::RoomService;
use crate::domain::secret::Secret;

const SECRET: &str = "openfire.secret";
const INITIAL_ADMIN: &str = "initial_admin";
const FIRST_START: &str = "first_start";
const SASL_KEY: &str = "sasl.key";
const ROOM_KEY: &str = "rooms.key";
const TRIAL: &str = "trial";

/// What is known so far.
#[derive(Debug, Default)]
pub struct Installation {
    /// In the order of their names; empty in a new database.
    pub hosts: Vec<Host>,
    /// The shared secret that the service made.
    pub secret: Option<Secret>,
    /// Whether the first start has made the account `admin`, or was about to.
    pub initial_admin: bool,
    /// Whether the first start came to its end.
    pub first_start_done: bool,
}

pub fn find(connection: &Connection) -> Result<Installation> {
    let mut installation = Installation::default();
    let mut hosts = connection
        .prepare("SELECT name FROM hosts WHERE name <> '' ORDER BY name")
        .map_err(failure)?;
    for name in hosts.query_map([], |row| row.get::<_, String>(0)).map_err(failure)? {
        installation.hosts.push(Host::from_stored(name.map_err(failure)?));
    }
    let mut settings = connection.prepare("SELECT key, value FROM settings").map_err(failure)?;
    let mut rows = settings.query([]).map_err(failure)?;
    while let Some(row) = rows.next().map_err(failure)? {
        match row.get_ref(0).and_then(|key| Ok(key.as_str()?)).map_err(failure)? {
            SECRET => installation.secret = Some(Secret::new(row.get::<_, String>(1).map_err(failure)?)),
            INITIAL_ADMIN => installation.initial_admin = true,
            FIRST_START => installation.first_start_done = true,
            _ => {}
        }
    }
    Ok(installation)
}

/// Adds a host with its first chat service; nothing happens when it is there.
pub fn insert_host(transaction: &mut Transaction<'_>, host: &Host, now: Timestamp) -> Result<()> {
    if insert_bare_host(transaction, host, now)? {
        room_services::insert(transaction, host, &RoomService::first())?;
    }
    Ok(())
}

/// Adds a host without any chat service; whether it was not there.
pub fn insert_bare_host(transaction: &Transaction<'_>, host: &Host, now: Timestamp) -> Result<bool> {
    let inserted = transaction
        .execute(
            "INSERT INTO hosts (name, created) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![host.as_str(), now.as_millisecond()],
        )
        .map_err(failure)?;
    Ok(inserted > 0)
}

/// Gives a host its first chat service unless it has one.
pub fn complete_host(transaction: &mut Transaction<'_>, host: &Host) -> Result<()> {
    let has_one = transaction
        .prepare_cached("SELECT 1 FROM room_services WHERE host = ?1")
        .and_then(|mut statement| statement.exists([host.as_str()]))
        .map_err(failure)?;
    if !has_one {
        room_services::insert(transaction, host, &RoomService::first())?;
    }
    Ok(())
}

/// Stores the shared secret that the service made.
pub fn insert_secret(transaction: &Transaction<'_>, secret: &Secret) -> Result<()> {
    insert_setting(transaction, SECRET, secret.expose())
}

/// The key behind the salts that accounts seem to have which do not exist: the stored one, or `fresh` from now on.
pub fn find_or_insert_sasl_key(transaction: &Transaction<'_>, fresh: &Secret) -> Result<Secret> {
    find_or_insert_key(transaction, SASL_KEY, fresh)
}

/// The key behind the ids of occupants of rooms: the stored one, or `fresh` from now on.
pub fn find_or_insert_room_key(transaction: &Transaction<'_>, fresh: &Secret) -> Result<Secret> {
    find_or_insert_key(transaction, ROOM_KEY, fresh)
}

fn find_or_insert_key(transaction: &Transaction<'_>, key: &str, fresh: &Secret) -> Result<Secret> {
    transaction
        .execute(
            "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![key, fresh.expose()],
        )
        .and_then(|_| {
            transaction.query_row("SELECT value FROM settings WHERE key = ?1", [key], |row| {
                row.get::<_, String>(0)
            })
        })
        .map(Secret::new)
        .map_err(failure)
}

/// Notes that the first start makes the account `admin`.
pub fn begin_initial_admin(transaction: &Transaction<'_>, now: Timestamp) -> Result<()> {
    insert_setting(transaction, INITIAL_ADMIN, &now.to_string())
}

/// Notes that the first start came to its end, and when.
pub fn finish_first_start(transaction: &Transaction<'_>, now: Timestamp) -> Result<()> {
    insert_setting(transaction, FIRST_START, &now.to_string())
}

/// Writes something, to find out whether anything can be written.
pub fn note_trial(transaction: &Transaction<'_>, now: Timestamp) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .and_then(|mut statement| statement.execute(params![TRIAL, now.to_string()]))
        .map_err(failure)?;
    Ok(())
}

fn insert_setting(transaction: &Transaction<'_>, key: &str, value: &str) -> Result<()> {
    transaction
        .execute("INSERT INTO settings (key, value) VALUES (?1, ?2)", params![key, value])
        .map_err(failure)?;
    Ok(())
}
