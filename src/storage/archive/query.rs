//! Reading archives: filters become bounds of the numbers of messages, so that every query walks one index in its order.

use std::ops::Range;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::super::rows::{self, amount, failure, time};
use super::ids::{PublicIds, missing};
use super::{end_of, find_id, first_of};
use crate::domain::Result;
use crate::domain::address::{Address, FullAddress};
use crate::domain::archive::{
    ArchiveEnd, ArchiveEnds, ArchiveFilter, ArchiveOwner, ArchivePage, ArchivePosition, ArchivedMessage,
};

/// A page of at most `limit` messages, and of fewer when they are large. `NotFound` when the query names a message that
/// the archive does not have.
pub fn list(
    connection: &Connection,
    owner: &ArchiveOwner,
    filter: &ArchiveFilter,
    position: &ArchivePosition,
    limit: usize,
) -> Result<ArchivePage> {
    let Some(archive) = Archive::find(connection, owner)? else {
        return no_archive(filter, position);
    };
    let mut bounds = archive.bounds(connection, filter)?;
    let is_backward = match position {
        ArchivePosition::After(id) => {
            if let Some(id) = id {
                bounds.start = bounds.start.max(archive.locate(connection, id)? + 1);
            }
            false
        }
        ArchivePosition::Before(id) => {
            if let Some(id) = id {
                bounds.end = bounds.end.min(archive.locate(connection, id)?);
            }
            true
        }
    };
    let selection = archive.selection(connection, filter, bounds)?;
    // One more than wanted tells whether the page is the last one.
    let (sql, values) = selection.page(is_backward, limit.saturating_add(1));
    let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
    let found = statement
        .query_map(params_from_iter(values), |row| archive.message_from_row(row))
        .map_err(failure)?;
    let page = rows::page(found, limit.saturating_add(1), |message| message.stanza.len(), |_| ())?;
    let mut messages = page.items;
    let complete = page.next.is_none();
    if messages.len() > limit {
        messages.truncate(limit);
    }
    if is_backward {
        messages.reverse();
    }
    Ok(ArchivePage { messages, complete })
}

/// How many messages meet the filter, counted up to `most`. It reads as many rows of an index, none of the messages.
pub fn count(connection: &Connection, owner: &ArchiveOwner, filter: &ArchiveFilter, most: usize) -> Result<u64> {
    let Some(archive) = Archive::find(connection, owner)? else {
        return no_archive(filter, &ArchivePosition::After(None)).map(|_| 0);
    };
    let bounds = archive.bounds(connection, filter)?;
    let (sql, values) = archive.selection(connection, filter, bounds)?.count(most);
    connection
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.query_row(params_from_iter(values), |row| amount(row, 0)))
        .map_err(failure)
}

/// The oldest and the newest message; `None` when there is none.
pub fn find_ends(connection: &Connection, owner: &ArchiveOwner) -> Result<Option<ArchiveEnds>> {
    let filter = ArchiveFilter::default();
    let end = |position| -> Result<Option<ArchiveEnd>> {
        let page = list(connection, owner, &filter, &position, 1)?;
        let message = page.messages.into_iter().next();
        Ok(message.map(|message| ArchiveEnd {
            id: message.id,
            at: message.at,
        }))
    };
    let first = end(ArchivePosition::After(None))?;
    let last = end(ArchivePosition::Before(None))?;
    Ok(first.zip(last).map(|(first, last)| ArchiveEnds { first, last }))
}

/// What is read of an archive that nobody has written to: nothing, and no id is known.
fn no_archive(filter: &ArchiveFilter, position: &ArchivePosition) -> Result<ArchivePage> {
    let (ArchivePosition::After(at) | ArchivePosition::Before(at)) = position;
    let named = filter
        .ids
        .iter()
        .flatten()
        .chain(&filter.after)
        .chain(&filter.before)
        .chain(at);
    match named.into_iter().next() {
        Some(id) => Err(missing(id)),
        None => Ok(ArchivePage {
            messages: Vec::new(),
            complete: true,
        }),
    }
}

struct Archive {
    id: i64,
    ids: PublicIds,
}

impl Archive {
    fn find(connection: &Connection, owner: &ArchiveOwner) -> Result<Option<Self>> {
        let Some(id) = find_id(connection, owner)? else {
            return Ok(None);
        };
        let ids = PublicIds::load(connection)?;
        Ok(Some(Self { id, ids }))
    }

    /// The number of a message that is there.
    fn locate(&self, connection: &Connection, id: &str) -> Result<i64> {
        let seq = self.ids.decode(self.id, id)?;
        let exists = connection
            .prepare_cached("SELECT 1 FROM archive_entries WHERE archive = ?1 AND seq = ?2")
            .and_then(|mut statement| statement.exists([self.id, seq]))
            .map_err(failure)?;
        if exists { Ok(seq) } else { Err(missing(id)) }
    }

    /// The numbers that times and ids of the filter leave.
    fn bounds(&self, connection: &Connection, filter: &ArchiveFilter) -> Result<Range<i64>> {
        let mut bounds = i64::MIN..i64::MAX;
        if let Some(start) = filter.start {
            bounds.start = first_of(start);
        }
        if let Some(end) = filter.end {
            bounds.end = end_of(end);
        }
        if let Some(after) = &filter.after {
            bounds.start = bounds.start.max(self.locate(connection, after)? + 1);
        }
        if let Some(before) = &filter.before {
            bounds.end = bounds.end.min(self.locate(connection, before)?);
        }
        Ok(bounds)
    }

    fn selection<'filter>(
        &self,
        connection: &Connection,
        filter: &'filter ArchiveFilter,
        bounds: Range<i64>,
    ) -> Result<Selection<'filter>> {
        let mut numbers = None;
        if let Some(ids) = &filter.ids {
            let mut found = ids
                .iter()
                .map(|id| self.locate(connection, id))
                .collect::<Result<Vec<_>>>()?;
            found.sort_unstable();
            found.dedup();
            numbers = Some(found);
        }
        Ok(Selection {
            archive: self.id,
            bounds,
            with: filter.with.as_ref(),
            only_visible: filter.only_visible,
            nickname: filter.nickname.as_deref(),
            numbers,
        })
    }

    fn message_from_row(&self, row: &Row<'_>) -> rusqlite::Result<ArchivedMessage> {
        Ok(ArchivedMessage {
            id: self.ids.encode(self.id, row.get(0)?),
            contact: FullAddress {
                bare: Address::from_stored(row.get::<_, String>(1)?),
                resource: row.get::<_, Option<String>>(2)?.map(Into::into),
            },
            address_visible: row.get(3)?,
            at: time(row.get(4)?),
            stanza: row.get(5)?,
            nickname: row.get::<_, Option<String>>(6)?.map(Into::into),
        })
    }
}

/// Which entries of an archive are wanted.
struct Selection<'filter> {
    archive: i64,
    bounds: Range<i64>,
    with: Option<&'filter FullAddress>,
    only_visible: bool,
    nickname: Option<&'filter str>,
    /// Only these, in ascending order.
    numbers: Option<Vec<i64>>,
}

impl Selection<'_> {
    /// The messages in the order of the query.
    fn page(&self, is_backward: bool, limit: usize) -> (String, Vec<Value>) {
        let (tables, conditions, mut values) = self.entries(is_backward);
        values.push(rows::limit(limit).into());
        // Named messages come in the order of their list, all others in that of an index.
        let order = match (&self.numbers, is_backward) {
            (Some(_), _) => "",
            (None, false) => "ORDER BY entry.seq",
            (None, true) => "ORDER BY entry.seq DESC",
        };
        let sql = format!(
            "SELECT entry.seq, entry.contact, entry.resource, entry.address_visible, body.at, body.stanza, entry.nickname \
             FROM {tables} CROSS JOIN archive_bodies AS body ON body.seq = entry.seq WHERE {conditions} {order} LIMIT ?"
        );
        (sql, values)
    }

    fn count(&self, most: usize) -> (String, Vec<Value>) {
        let (tables, conditions, mut values) = self.entries(false);
        values.push(rows::limit(most).into());
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {tables} WHERE {conditions} LIMIT ?)");
        (sql, values)
    }

    /// The tables and conditions that give the entries, and the values for both.
    fn entries(&self, is_backward: bool) -> (&'static str, String, Vec<Value>) {
        let mut conditions = String::from("entry.archive = ? AND entry.seq >= ? AND entry.seq < ?");
        let mut values: Vec<Value> = vec![self.archive.into(), self.bounds.start.into(), self.bounds.end.into()];
        let mut tables = "archive_entries AS entry";
        if let Some(numbers) = &self.numbers {
            tables = "json_each(?) AS wanted CROSS JOIN archive_entries AS entry ON entry.seq = wanted.value";
            let mut numbers = numbers.clone();
            if is_backward {
                numbers.reverse();
            }
            values.insert(0, rows::numbers(&numbers).into());
        }
        if let Some(with) = self.with {
            if self.numbers.is_none() {
                // SQLite knows too little of the entries to see that few are of one contact.
                tables = "archive_entries AS entry INDEXED BY archive_entries_by_contact";
            }
            conditions.push_str(" AND entry.contact = ?");
            values.push(with.bare.as_str().to_owned().into());
            if let Some(resource) = &with.resource {
                conditions.push_str(" AND entry.resource = ?");
                values.push(resource.to_string().into());
            }
        }
        if let Some(nickname) = self.nickname {
            if self.numbers.is_none() {
                tables = "archive_entries AS entry INDEXED BY archive_entries_by_nickname";
            }
            conditions.push_str(" AND entry.nickname = ?");
            values.push(nickname.to_owned().into());
        }
        if self.only_visible {
            conditions.push_str(" AND entry.address_visible");
        }
        (tables, conditions, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestStore, assert_no_scan_and_no_sort, query_plan};

    #[tokio::test]
    async fn every_query_walks_an_index_in_its_order() {
        let test = TestStore::with_accounts(&[]).await;
        for (with, nickname, numbers, index) in [
            (None, None, None, "PRIMARY KEY (archive=? AND seq>? AND seq<?)"),
            (
                None,
                Some("Janie"),
                None,
                "archive_entries_by_nickname (archive=? AND nickname=? AND seq>? AND seq<?)",
            ),
            (None, Some("Janie"), Some(vec![1, 2]), "seq=?)"),
            (
                Some("jane@example.org"),
                None,
                None,
                "archive_entries_by_contact (archive=? AND contact=? AND seq>? AND seq<?)",
            ),
            (
                Some("jane@example.org/phone"),
                None,
                None,
                "archive_entries_by_contact (archive=? AND contact=? AND seq>? AND seq<?)",
            ),
            (None, None, Some(vec![1, 2]), "PRIMARY KEY (archive=? AND seq=?)"),
            (Some("jane@example.org"), None, Some(vec![1, 2]), "seq=?)"),
        ] {
            let with = with.map(|with| FullAddress::parse(with).unwrap());
            test.read(move |connection| {
                let selection = Selection {
                    archive: 1,
                    bounds: 5..9,
                    with: with.as_ref(),
                    only_visible: with.is_some(),
                    nickname,
                    numbers,
                };
                for (sql, values) in [selection.page(false, 10), selection.page(true, 10), selection.count(10)] {
                    assert_no_scan_and_no_sort(connection, &sql, params_from_iter(values.clone()));
                    let plan = query_plan(connection, &sql, params_from_iter(values));
                    assert!(plan.iter().any(|step| step.contains(index)), "{sql}\n{plan:#?}");
                }
                Ok(())
            })
            .await;
        }
    }
}
