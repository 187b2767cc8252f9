//! What the table files share: SQLite's failures and stored values as the domain's, pages of rows, and limits.

use jiff::Timestamp;
use rusqlite::{ErrorCode, Row, Rows, ffi};

use crate::domain::page::{GrowingPage, Page};
use crate::domain::{Error, Result};

/// A failure of the database as the domain sees it: temporary ones are `Unavailable`.
pub fn failure(cause: rusqlite::Error) -> Error {
    let temporary = matches!(
        cause.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::CannotOpen
        )
    );
    if temporary {
        tracing::error!(%cause, "the database failed");
        return Error::unavailable("the database cannot do this now");
    }
    Error::internal(cause)
}

/// Whether a statement failed because the row exists already.
pub fn is_duplicate(cause: &rusqlite::Error) -> bool {
    matches!(
        extended_code(cause),
        Some(ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
    )
}

/// Whether a statement failed because the row it refers to is not there.
pub fn is_orphan(cause: &rusqlite::Error) -> bool {
    extended_code(cause) == Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY)
}

fn extended_code(cause: &rusqlite::Error) -> Option<i32> {
    cause.sqlite_error().map(|error| error.extended_code)
}

/// A stored time. What is out of range was never stored by this program and shows as the epoch.
pub fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// How many rows are wanted, as SQLite counts.
pub fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// A page of `rows`, each of which takes so many bytes as `weight` says. What does not fit is not read.
pub fn page<T, K>(
    rows: impl Iterator<Item = rusqlite::Result<T>>,
    limit: usize,
    weight: impl Fn(&T) -> usize,
    key: impl FnOnce(&T) -> K,
) -> Result<Page<T, K>> {
    let mut page = GrowingPage::new(limit);
    for row in rows {
        let row = row.map_err(failure)?;
        let bytes = weight(&row);
        page.push(row, bytes);
        if page.is_full() {
            break;
        }
    }
    Ok(page.finish(key))
}

/// A page of rows that are themselves lists: each comes once per entry of its list, with its number in the first column,
/// and takes `weight` bytes besides. `start` reads such a row, `grow` puts an entry into it and says what that takes.
pub fn page_of_lists<T>(
    mut rows: Rows<'_>,
    limit: usize,
    weight: usize,
    start: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    grow: impl Fn(&Row<'_>, &mut T) -> rusqlite::Result<usize>,
) -> Result<GrowingPage<(i64, T)>> {
    let mut page: GrowingPage<(i64, T)> = GrowingPage::new(limit);
    let mut last = None;
    while let Some(row) = rows.next().map_err(failure)? {
        let id = row.get(0).map_err(failure)?;
        if last != Some(id) {
            if page.is_full() {
                break;
            }
            page.push((id, start(row).map_err(failure)?), weight);
            last = Some(id);
        }
        page.grow_last(|(_, list)| grow(row, list)).map_err(failure)?;
    }
    Ok(page)
}

/// A stored count or size; it is never below zero.
pub fn amount(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

/// A list of texts as JSON: how lists are stored in a column and handed to `json_each`.
pub fn json<'text>(texts: impl Iterator<Item = &'text str>) -> String {
    texts.collect::<serde_json::Value>().to_string()
}

/// The same for row ids.
pub fn numbers(ids: &[i64]) -> String {
    ids.iter().copied().collect::<serde_json::Value>().to_string()
}
