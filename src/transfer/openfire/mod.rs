//! Moving in from Openfire: a dump of its database becomes accounts, rosters, groups, rooms and messages here.
//!
//! The dump is read once into a temporary table, because it has its tables in no useful order; then they are taken in
//! that in which they need each other.

mod groups;
mod people;
mod properties;
mod rooms;

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufReader, Read},
    ops::ControlFlow,
    path::Path,
    rc::Rc,
};

use super::loading::{ImportError, Loading, Site};
use crate::{
    domain::{
        Error,
        address::Host,
        progress::{Progress, Step},
        random::Random,
    },
    exchange::{
        openfire::{Record, find_table},
        sql::{Dump, DumpError},
    },
};

/// Bytes of a dump that are read at a time, and by whose look its dialect is told.
const BUFFER: usize = 256 * 1024;

/// Records that are taken from the temporary table at a time.
const PAGE: usize = 256;

/// Loads the dump at `path`.
pub fn import(
    loading: &mut Loading,
    path: &Path,
    site: &Site,
    random: &dyn Random,
    mut progress: Progress,
) -> Result<(), ImportError> {
    stage(loading, path, &mut progress)?;
    let host = host(loading, path, site)?;
    let total = loading.load.count_staged(None)?;
    let mut move_in = MoveIn {
        loading,
        host,
        progress,
        done: 0,
        total,
    };
    properties::take(&mut move_in)?;
    people::take(&mut move_in, site, random)?;
    groups::take(&mut move_in)?;
    rooms::take(&mut move_in)?;
    move_in.name_what_stays("ofprivacylist", "privacy lists do not exist here")?;
    move_in.name_what_stays("ofsecurityauditlog", "the audit log of the other server stays there")
}

/// What the parts share.
struct MoveIn<'a> {
    loading: &'a mut Loading,
    /// The host whose people they are.
    host: Host,
    progress: Progress,
    done: u64,
    total: u64,
}

impl MoveIn<'_> {
    /// Takes every record of a table.
    fn each(
        &mut self,
        table: &str,
        mut take: impl FnMut(&mut Self, Record) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let mut after = 0;
        loop {
            let page = self.loading.load.staged(table, after, PAGE)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            self.done += page.len() as u64;
            for (_, row) in &page {
                take(self, record(row)?)?;
            }
            let step = Step {
                done: self.done.min(self.total),
                total: self.total,
            };
            // An import that nobody waits for is killed, which leaves nothing either.
            let _goes_on: ControlFlow<()> = (self.progress)(step);
        }
    }

    /// The records of a table with this key.
    fn records(&self, table: &str, key: &str) -> Result<Vec<Record>, ImportError> {
        let rows = self.loading.load.staged_of(table, key)?;
        rows.iter().map(|row| record(row)).collect()
    }

    /// One line for a table that is left where it is.
    fn name_what_stays(&mut self, table: &'static str, reason: &str) -> Result<(), ImportError> {
        let count = self.loading.load.count_staged(Some(table))?;
        if count > 0 {
            self.loading
                .summary
                .skip("tables", table, format!("{count} records: {reason}"));
        }
        Ok(())
    }
}

fn record(row: &str) -> Result<Record, ImportError> {
    serde_json::from_str(row).map_err(|cause| ImportError::Database(Error::internal(cause)))
}

/// Reads the dump into the temporary table.
fn stage(loading: &Loading, path: &Path, progress: &mut Progress) -> Result<(), ImportError> {
    let unreadable = |cause: io::Error| ImportError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let wrong = |cause: DumpError| ImportError::Dump {
        path: path.to_owned(),
        cause,
    };
    let file = File::open(path).map_err(unreadable)?;
    let total = file.metadata().map_err(unreadable)?.len();
    let read = Rc::new(Cell::new(0));
    let counted = Counted {
        file,
        read: Rc::clone(&read),
    };
    let mut shown = 0;
    let mut taken = 0_u64;
    for row in Dump::new(BufReader::with_capacity(BUFFER, counted)).map_err(wrong)? {
        let row = row.map_err(wrong)?;
        let Some(table) = find_table(&row.table) else { continue };
        let record = table.record(row).map_err(wrong)?;
        let text = serde_json::to_string(&record).map_err(Error::internal)?;
        loading.load.stage(table.name, record.required(table.key), &text)?;
        taken += 1;
        if read.get() != shown {
            shown = read.get();
            let _goes_on: ControlFlow<()> = progress(Step { done: shown, total });
        }
    }
    if taken == 0 {
        return Err(ImportError::NoOpenfire { path: path.to_owned() });
    }
    Ok(())
}

/// The host that the dump is of; it must be one of this service.
fn host(loading: &Loading, path: &Path, site: &Site) -> Result<Host, ImportError> {
    let Some(row) = loading.load.first_staged_of("ofproperty", "xmpp.domain")? else {
        return Ok(site.domain.clone());
    };
    let record = record(&row)?;
    let domain = Host::prepare(record.required("propvalue"))?;
    if loading.hosts().contains(&domain) {
        return Ok(domain);
    }
    Err(ImportError::OtherDomain {
        path: path.to_owned(),
        domain,
        served: site.domain.clone(),
    })
}

/// A file and how much of it was read.
struct Counted {
    file: File,
    read: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.read.set(self.read.get() + length as u64);
        Ok(length)
    }
}
