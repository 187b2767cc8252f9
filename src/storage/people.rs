//! Looking for people among the accounts.

use rusqlite::{Connection, params};

use super::rows::failure;
use crate::domain::Result;
use crate::domain::address::Host;
use crate::domain::search::{Person, PersonFilter};

/// What a look at some accounts of a host has brought.
#[derive(Debug)]
pub struct Looked {
    pub found: Vec<Person>,
    /// The last account that was looked at, behind which the next look begins; `None`: there are no more.
    pub last: Option<String>,
}

/// Looks at `most` accounts of a host, in the order of their names, from behind `after`, for those whom `filter` finds.
pub fn look(
    connection: &Connection,
    host: &Host,
    filter: &PersonFilter,
    after: Option<&str>,
    most: usize,
) -> Result<Looked> {
    let mut statement = connection
        .prepare_cached(
            "SELECT localpart, name, email FROM accounts WHERE host = ?1 AND localpart > ?2 ORDER BY localpart LIMIT ?3",
        )
        .map_err(failure)?;
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let people = statement
        .query_map(params![host.as_str(), after.unwrap_or_default(), limit], |row| {
            Ok(Person {
                localpart: row.get(0)?,
                name: row.get(1)?,
                email: row.get(2)?,
            })
        })
        .and_then(Iterator::collect::<rusqlite::Result<Vec<Person>>>)
        .map_err(failure)?;
    let is_full = people.len() == most;
    let last = people.last().filter(|_| is_full).map(|person| person.localpart.clone());
    let found = people.into_iter().filter(|person| filter.matches(person)).collect();
    Ok(Looked { found, last })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestStore, host};

    #[tokio::test]
    async fn accounts_are_looked_at_a_few_at_a_time() {
        let test = TestStore::with_accounts(&["anna", "hannah", "jane", "joanna", "john"]).await;
        let filter = PersonFilter {
            nick: Some("anna".to_owned()),
            ..PersonFilter::default()
        };
        let (mut found, mut after, mut looks) = (Vec::new(), None, 0);
        loop {
            let (filter, from) = (filter.clone(), after.take());
            let looked = test
                .read(move |connection| look(connection, &host(), &filter, from.as_deref(), 2))
                .await;
            looks += 1;
            assert!(looked.found.len() <= 2);
            found.extend(looked.found.into_iter().map(|person| person.localpart));
            match looked.last {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        assert_eq!(found, ["anna", "hannah", "joanna"]);
        assert_eq!(looks, 3);
    }
}
