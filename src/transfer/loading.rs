//! What all imports share: the database of a service that does not run, the hosts that it serves, and the rule for what
//! is there already.

use std::path::PathBuf;

use jiff::Timestamp;

use super::summary::Summary;
use crate::{
    data_dir::DataDir,
    domain::{self, address::Host, audit::AuditRecord},
    exchange::{csv::CsvError, lines::LineError, sql::DumpError, xep0227::ReaderError},
    storage::{
        OpenError, audit,
        copy::CopyError,
        installation,
        load::{self, Load},
    },
};

/// What becomes of something that is in the database and in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Nothing is imported.
    Refuse,
    /// It stays as it is.
    Keep,
    /// It becomes what the file says.
    Replace,
}

/// The service that data is loaded for, as it is configured.
#[derive(Clone, Debug)]
pub struct Site {
    pub domain: Host,
    /// Further ones.
    pub hosts: Vec<Host>,
    /// PBKDF2 rounds of keys that are made.
    pub iterations: u32,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(
        "server.domain = \"{domain}\": the database belongs to {known}; set server.domain to that, or name another \
         server.data_dir"
    )]
    Domain { domain: Host, known: String },
    #[error(
        "the database is of an older version: start the service once, which keeps a copy; or import without --dry-run"
    )]
    Outdated,
    #[error("{} cannot be read: {cause}", path.display())]
    Unreadable { path: PathBuf, cause: std::io::Error },
    #[error("{}, {cause}", path.display())]
    Csv { path: PathBuf, cause: CsvError },
    #[error("{}, {cause}", path.display())]
    Dump { path: PathBuf, cause: DumpError },
    #[error("{}, {cause}", path.display())]
    Document { path: PathBuf, cause: ReaderError },
    #[error("{}, {cause}", path.display())]
    Lines { path: PathBuf, cause: LineError },
    #[error("{} has no rows of the tables of Openfire; name its .script, or a dump with INSERT statements", path.display())]
    NoOpenfire { path: PathBuf },
    #[error(
        "{} is of the domain {domain}, and this service serves {served}: set server.domain = \"{domain}\", or add it to \
         server.hosts",
        path.display()
    )]
    OtherDomain { path: PathBuf, domain: Host, served: Host },
    #[error("{name} exists already; --existing=keep leaves what exists, --existing=replace takes it from the file")]
    Exists { name: String },
    #[error("nothing was stored: {0}")]
    Database(#[from] domain::Error),
    #[error(transparent)]
    Files(#[from] CopyError),
}

/// An import in progress. Dropped without `finish` it leaves nothing.
pub struct Loading {
    pub load: Load,
    pub existing: Existing,
    pub summary: Summary,
    pub now: Timestamp,
    /// Nothing has been in the database before.
    pub is_new: bool,
    hosts: Vec<Host>,
}

impl Loading {
    /// Begins an import into the database of `data_dir`; without one, into an empty one that nobody keeps.
    pub fn begin(
        data_dir: Option<&DataDir>,
        site: &Site,
        existing: Existing,
        summary: Summary,
        now: Timestamp,
    ) -> Result<Self, ImportError> {
        let load = match data_dir {
            Some(data_dir) => Load::begin(&data_dir.database())?,
            None => Load::rehearse()?,
        };
        let known = installation::find(&load)?.hosts;
        if !known.is_empty() && !known.contains(&site.domain) {
            return Err(ImportError::Domain {
                domain: site.domain.clone(),
                known: known.iter().map(Host::as_str).collect::<Vec<_>>().join(", "),
            });
        }
        let configured = std::iter::once(&site.domain).chain(&site.hosts);
        let (is_new, mut hosts) = (known.is_empty(), known);
        for host in configured {
            if load.write(|transaction| installation::insert_bare_host(transaction, host, now))? {
                hosts.push(host.clone());
            }
        }
        Ok(Self {
            load,
            existing,
            summary,
            now,
            is_new,
            hosts,
        })
    }

    /// The hosts that the service serves.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// Whether something shall be taken from the file; `is_there` tells whether it is in the database.
    pub fn wants(&mut self, is_there: bool, nouns: &'static str, name: &str) -> Result<bool, ImportError> {
        if !is_there {
            return Ok(true);
        }
        match self.existing {
            Existing::Refuse => Err(ImportError::Exists { name: name.to_owned() }),
            Existing::Replace => Ok(true),
            Existing::Keep => {
                self.summary.skip(nouns, name, "exists already");
                Ok(false)
            }
        }
    }

    /// Makes everything durable, with `record` in the audit log; without one, throws everything away.
    pub fn finish(self, record: Option<AuditRecord>) -> Result<Summary, ImportError> {
        for host in &self.hosts {
            self.load
                .write(|transaction| installation::complete_host(transaction, host))?;
        }
        if let Some(record) = record {
            self.load
                .write(|transaction| audit::insert(transaction, Some(&record)))?;
            self.load.commit()?;
        }
        Ok(self.summary)
    }
}

/// Refuses a trial run that would have to change the schema.
pub fn check_schema(data_dir: &DataDir) -> Result<(), ImportError> {
    if load::is_outdated(&data_dir.database())? {
        return Err(ImportError::Outdated);
    }
    Ok(())
}
