//! Rows under names that mean the same in every database: no row refers to another by a number. So they can be written
//! into a file and stored in another database.
//!
//! Accounts are exported with all that a common format has a form for (`people`); the rest of each table goes as rows.

mod people;
mod tables;

use rusqlite::Connection;
use rusqlite::types::{Null, ValueRef};
use serde_json::{Map, Value};

use super::rows::{failure, is_duplicate};
use super::writer::Transaction;
use crate::domain::{Error, Result};

pub use people::{Person, people};
pub use tables::{ACCOUNTS, Identity, Rule, Table, UPLOADS, all_tables};

/// Columns and their values: NULL, numbers and texts.
pub type Row = Map<String, Value>;

/// What happens when a row is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    Refuse,
    Keep,
    Replace,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    Yes,
    /// It, or what it belongs to, was there.
    Kept,
    /// There is a row like it, and that is not allowed.
    Refused,
}

impl Table {
    /// Shows every row of the table, except those that have a form of their own.
    pub fn each(&self, connection: &Connection, mut visit: impl FnMut(Row) -> Result<()>) -> Result<()> {
        let Some(select) = self.select else { return Ok(()) };
        let mut statement = connection.prepare(select).map_err(failure)?;
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut rows = statement.query([]).map_err(failure)?;
        while let Some(row) = rows.next().map_err(failure)? {
            let mut found = Row::new();
            for (place, name) in names.iter().enumerate() {
                found.insert(name.clone(), value(row.get_ref(place).map_err(failure)?)?);
            }
            visit(found)?;
        }
        Ok(())
    }

    /// Stores a row. `Invalid` when it has columns that the table does not have.
    pub fn put(&self, transaction: &mut Transaction<'_>, row: &Row, conflict: Conflict) -> Result<Stored> {
        let verb = match conflict {
            Conflict::Keep => "INSERT OR IGNORE",
            Conflict::Refuse | Conflict::Replace => "INSERT",
        };
        let mut sql = self.put.replacen("PUT", verb, 1);
        if conflict == Conflict::Replace {
            for clear in self.clear {
                execute(transaction, clear, row).map_err(failure)?;
            }
            sql.push_str(self.replace);
        }
        self.check_columns(transaction, &sql, row)?;
        if let Some(prepare) = self.prepare {
            execute(transaction, prepare, row).map_err(failure)?;
        }
        match execute(transaction, &sql, row) {
            Ok(0) if conflict == Conflict::Keep => Ok(Stored::Kept),
            Ok(_) => Ok(Stored::Yes),
            Err(cause) if is_duplicate(&cause) => Ok(Stored::Refused),
            Err(cause) => Err(failure(cause)),
        }
    }

    fn check_columns(&self, connection: &Connection, sql: &str, row: &Row) -> Result<()> {
        let statement = connection.prepare_cached(sql).map_err(failure)?;
        for (name, value) in row {
            let place = statement.parameter_index(&format!(":{name}")).map_err(failure)?;
            if place.is_none() {
                let reason = format!("the table {} does not have it", self.name);
                return Err(Error::invalid("column", name, reason));
            }
            if !matches!(value, Value::Null | Value::String(_)) && value.as_i64().is_none() {
                return Err(Error::invalid(
                    "value",
                    value.to_string(),
                    "it is neither null nor a number nor a text",
                ));
            }
        }
        Ok(())
    }
}

/// Runs a statement whose parameters are columns of the row; what the row does not have is NULL.
fn execute(connection: &Connection, sql: &str, row: &Row) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(sql)?;
    for place in 1..=statement.parameter_count() {
        let name = statement
            .parameter_name(place)
            .unwrap_or_default()
            .trim_start_matches(':')
            .to_owned();
        match row.get(&name) {
            Some(Value::String(text)) => statement.raw_bind_parameter(place, text)?,
            Some(Value::Number(number)) => statement.raw_bind_parameter(place, number.as_i64())?,
            _ => statement.raw_bind_parameter(place, Null)?,
        }
    }
    statement.raw_execute()
}

/// The table of this name.
pub fn find(name: &str) -> Option<&'static Table> {
    all_tables().find(|table| table.name == name)
}

fn value(value: ValueRef<'_>) -> Result<Value> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(number.into()),
        ValueRef::Text(text) => std::str::from_utf8(text).map(Value::from).map_err(Error::internal),
        ValueRef::Real(_) | ValueRef::Blob(_) => Err(Error::internal("a column that rows cannot hold")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::load::Load;

    /// Tables that nobody exports, and why.
    const LEFT_OUT: &[(&str, &str)] = &[
        ("login_tokens", "good with the key of this service alone"),
        ("capabilities", "a cache that fills itself"),
        (
            "invitations",
            "only hashes of their tokens are known, and they expire soon",
        ),
        ("roster_partings", "what a running service still does within seconds"),
    ];

    /// Tables that are exported under another name.
    const ELSEWHERE: &[(&str, &str)] = &[
        ("archives", "account_archives and room_archives"),
        ("archive_bodies", "archive_messages"),
        ("archive_entries", "archive_messages"),
        ("rosters", "roster_versions"),
    ];

    #[test]
    fn every_table_is_exported_or_left_out_for_a_reason() {
        let load = Load::rehearse().unwrap();
        let mut statement = load
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'")
            .unwrap();
        let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let names: BTreeSet<String> = names.map(Result::unwrap).collect();
        for name in &names {
            let listed = [LEFT_OUT, ELSEWHERE].concat().iter().any(|(table, _)| table == name);
            assert!(listed != super::find(name).is_some(), "{name}");
        }
        for (name, _) in [LEFT_OUT, ELSEWHERE].concat() {
            assert!(names.contains(name), "{name}");
        }
    }

    #[test]
    fn what_every_table_selects_it_can_store() {
        let load = Load::rehearse().unwrap();
        for table in super::all_tables() {
            let put = load.prepare(&table.put.replacen("PUT", "INSERT", 1)).unwrap();
            let Some(select) = table.select else { continue };
            for column in load.prepare(select).unwrap().column_names() {
                let parameter = put.parameter_index(&format!(":{column}")).unwrap();
                assert!(parameter.is_some(), "{} has no place for {column}", table.name);
            }
        }
    }
}
