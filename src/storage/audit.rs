//! The security audit log.

use jiff::Timestamp;
use rusqlite::{Connection, ToSql, params};

use super::rows::{self, failure, time};
use super::writer::Transaction;
use crate::domain::Result;
use crate::domain::audit::{AuditEntry, AuditFilter, AuditRecord};
use crate::domain::page::{Page, PageRequest};

/// Writes an entry in the transaction of the change it tells of. No entry is wanted for what a
/// demonstration is made of.
pub fn insert(transaction: &Transaction<'_>, record: Option<&AuditRecord>) -> Result<()> {
    let Some(record) = record else {
        return Ok(());
    };
    transaction
        .prepare_cached("INSERT INTO audit_log (at, username, summary, details, node) VALUES (?1, ?2, ?3, ?4, ?5)")
        .and_then(|mut statement| {
            statement.execute(params![
                record.at.as_millisecond(),
                record.username,
                record.summary,
                record.details,
                record.node,
            ])
        })
        .map_err(failure)?;
    Ok(())
}

/// How far the numbers of the oldest and the newest entry are apart: how many there are, as far as none were removed from
/// between.
pub fn span(connection: &Connection) -> Result<u64> {
    let sql = "SELECT coalesce((SELECT max(id) FROM audit_log) - (SELECT min(id) FROM audit_log) + 1, 0)";
    let span = connection.query_row(sql, [], |row| row.get(0)).map(i64::unsigned_abs);
    span.map_err(failure)
}

/// Entries, newest first; pages continue after the number of an entry.
pub fn list(connection: &Connection, filter: &AuditFilter, page: &PageRequest<i64>) -> Result<Page<AuditEntry, i64>> {
    let mut sql = String::from("SELECT id, at, username, summary, details, node FROM audit_log WHERE 1");
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    if let Some(username) = &filter.username {
        sql.push_str(" AND username = ?");
        values.push(Box::new(username.clone()));
    }
    if let Some(oldest) = filter.oldest {
        sql.push_str(" AND at >= ?");
        values.push(Box::new(oldest.as_millisecond()));
    }
    if let Some(newest) = filter.newest {
        sql.push_str(" AND at <= ?");
        values.push(Box::new(newest.as_millisecond()));
    }
    // What the offset leaves out comes before the first page.
    let offset = match page.after {
        Some(after) => {
            sql.push_str(" AND id < ?");
            values.push(Box::new(after));
            0
        }
        None => i64::try_from(filter.offset).unwrap_or(i64::MAX),
    };
    sql.push_str(" ORDER BY id DESC LIMIT ? OFFSET ?");
    values.push(Box::new(rows::limit(page.limit)));
    values.push(Box::new(offset));
    let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
    let rows = statement
        .query_map(rusqlite::params_from_iter(values), |row| {
            Ok(AuditEntry {
                id: row.get(0)?,
                record: AuditRecord {
                    at: time(row.get(1)?),
                    username: row.get(2)?,
                    summary: row.get(3)?,
                    details: row.get(4)?,
                    node: row.get(5)?,
                },
            })
        })
        .map_err(failure)?;
    let items = rows.collect::<rusqlite::Result<Vec<_>>>().map_err(failure)?;
    Ok(Page::from_rows(items, page.limit, |last| last.id))
}

/// Removes entries that were made before `oldest`, the oldest first, at most `most` of them.
pub fn remove_old(transaction: &Transaction<'_>, oldest: Timestamp, most: usize) -> Result<usize> {
    transaction
        .prepare_cached(
            "DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE at < ?1 ORDER BY at LIMIT ?2)",
        )
        .and_then(|mut statement| {
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            statement.execute(params![oldest.as_millisecond(), most])
        })
        .map_err(failure)
}
