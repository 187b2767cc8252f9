//! Reads both files, or the document alone when it comes from another server.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use serde_json::Value;

use super::{Files, published, stored};
use crate::{
    data_dir::DataDir,
    domain::{
        Error,
        account::{Account, Credentials, Password, Properties},
        address::{AccountAddress, Host},
        progress::{Progress, Step},
        random::Random,
        vcard::VCard,
    },
    engine::xml::{Element, ns},
    exchange::{
        lines::{LineError, Lines, MESSAGES, MessageLine},
        xep0227::{self, Item, Part, PartKind, Reader, ReaderError},
    },
    scram::{self, Hash},
    storage::{
        accounts::{self, AccountRecord},
        archive,
        load::{put_contact, put_private_xml, put_subscription_request},
        offline,
        portable::{self, Conflict, Identity, Row, Rule, Stored, UPLOADS},
        upload_files, vcards,
    },
    transfer::loading::{Existing, ImportError, Loading, Site},
};

/// The kind under which things are staged whose data stays as it is.
const UNTOUCHED: &str = "untouched";

const ACCOUNTS: &str = "accounts";

/// Loads the files at `path`. Uploaded files go to `data_dir`; without it they are only looked for.
pub fn import(
    loading: &mut Loading,
    path: &Path,
    data_dir: Option<&DataDir>,
    site: &Site,
    random: &dyn Random,
    mut progress: Progress,
) -> Result<(), ImportError> {
    let files = Files::at(path);
    let uploads = data_dir.map(|data_dir| upload_files::of(&data_dir.database()));
    people(loading, &files, site, random, &mut progress)?;
    match File::open(&files.rows) {
        Ok(file) => rows(loading, &files, file, uploads.as_deref()),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(unreadable(&files.rows)(cause)),
    }
}

/// Removes uploaded files of the export at `path` from `data_dir` that its database does not know: nothing was imported,
/// or not their owners.
pub fn remove_unwanted(path: &Path, data_dir: &DataDir) -> io::Result<()> {
    let database = data_dir.database();
    upload_files::remove_unknown(&database, &Files::at(path).uploads, &upload_files::of(&database))
}

/// Somebody whose parts are being read.
struct Open {
    account: AccountRecord,
    parts: Vec<Part>,
}

fn people(
    loading: &mut Loading,
    files: &Files,
    site: &Site,
    random: &dyn Random,
    progress: &mut Progress,
) -> Result<(), ImportError> {
    let path = &*files.people;
    // What this program wrote beside the document is more exact.
    let has_rows = files.rows.exists();
    let wrong = |cause: ReaderError| ImportError::Document {
        path: path.to_owned(),
        cause,
    };
    let file = File::open(path).map_err(unreadable(path))?;
    let total = file.metadata().map_err(unreadable(path))?.len();
    let mut reader = Reader::new(BufReader::new(file));
    let (mut host, mut open) = (site.domain.clone(), None);
    while let Some(item) = reader.read().map_err(wrong)? {
        match item {
            Item::Host(name) => {
                close(loading, open.take())?;
                host = Host::prepare(&name)?;
                if !loading.hosts().contains(&host) {
                    return Err(ImportError::OtherDomain {
                        path: path.to_owned(),
                        domain: host,
                        served: site.domain.clone(),
                    });
                }
            }
            Item::User { name, password } => {
                close(loading, open.take())?;
                open = user(loading, &name, &host, password, site, random)?;
                let done = reader.position();
                let _goes_on = progress(Step { done, total });
            }
            Item::Part(part) if has_rows && part.kind == PartKind::Published => {}
            Item::Part(part) => match &mut open {
                Some(open) => open.take(part, loading),
                None => loading.summary.skip_of("parts of skipped accounts"),
            },
        }
    }
    close(loading, open)
}

/// A new account; none when it cannot or shall not be taken.
fn user(
    loading: &mut Loading,
    name: &str,
    host: &Host,
    password: Option<Password>,
    site: &Site,
    random: &dyn Random,
) -> Result<Option<Open>, ImportError> {
    let address = match AccountAddress::prepare(name, host) {
        Ok(address) => address,
        Err(error) => {
            loading.summary.skip(ACCOUNTS, name, error);
            return Ok(None);
        }
    };
    let shown = address.to_string();
    let exists = accounts::exists(&loading.load, &address)?;
    if !loading.wants(exists, ACCOUNTS, &shown)? {
        let key = [address.host().as_str(), address.localpart().as_str()];
        stage_untouched(loading, portable::ACCOUNTS, &key)?;
        return Ok(None);
    }
    let credentials = match password {
        Some(password) => scram::derive(&password, site.iterations, random),
        None => Credentials::default(),
    };
    let account = Account {
        address,
        name: None,
        email: None,
        properties: Properties::new(),
        created: loading.now,
        modified: loading.now,
        administrator: false,
    };
    Ok(Some(Open {
        account: AccountRecord {
            account,
            credentials,
            lockout: None,
        },
        parts: Vec::new(),
    }))
}

impl Open {
    /// Keys belong to the account itself; the rest is stored behind it.
    fn take(&mut self, part: Part, loading: &mut Loading) {
        if part.kind != PartKind::Own || !part.element.is("scram-credentials", xep0227::SCRAM) {
            self.parts.push(part);
            return;
        }
        let address = &self.account.account.address;
        match xep0227::scram_keys(&part.element) {
            Ok(Some((Hash::Sha1, keys))) => self.account.credentials.sha1 = Some(keys),
            Ok(Some((Hash::Sha256, keys))) => self.account.credentials.sha256 = Some(keys),
            Ok(None) => {
                let mechanism = part.element.attr("mechanism").unwrap_or_default();
                loading
                    .summary
                    .skip("keys", address, format!("{mechanism:?} is not used here"));
            }
            Err(error) => loading.summary.skip("keys", address, error),
        }
    }
}

/// Stores somebody who was read to the end.
fn close(loading: &mut Loading, open: Option<Open>) -> Result<(), ImportError> {
    let Some(Open { account, parts }) = open else {
        return Ok(());
    };
    loading.load.write(|transaction| accounts::put(transaction, &account))?;
    loading.summary.take(ACCOUNTS);
    let owner = account.account.address;
    for part in parts {
        if let Err(error) = take_part(loading, &owner, part) {
            if matches!(error, Error::Unavailable { .. } | Error::Internal(_)) {
                return Err(error.into());
            }
            loading.summary.skip("parts of accounts", &owner, error);
        }
    }
    Ok(())
}

fn take_part(loading: &mut Loading, owner: &AccountAddress, part: Part) -> Result<(), Error> {
    let Part { kind, element, text } = part;
    let now = loading.now;
    match kind {
        PartKind::Offline => {
            let message = xep0227::offline_message(element, owner, now)?;
            let messages = [message];
            loading
                .load
                .write(|transaction| offline::import(transaction, owner, &messages))?;
            loading.summary.take("offline messages");
        }
        PartKind::Private => {
            let key = (element.ns(), element.name());
            loading
                .load
                .write(|transaction| put_private_xml(transaction, owner, key, &text))?;
            loading.summary.take("private XML");
        }
        PartKind::Published => {
            loading
                .load
                .write(|transaction| published::put(transaction, owner, &element, now))?;
            loading.summary.take("published nodes and items");
        }
        PartKind::Own if element.is("query", ns::ROSTER) => take_contacts(loading, owner, &element)?,
        PartKind::Own if element.is("vCard", xep0227::VCARD) => {
            let vcard = VCard::from_well_formed(text)?;
            loading
                .load
                .write(|transaction| vcards::put(transaction, owner, &vcard))?;
            loading.summary.take("vCards");
        }
        PartKind::Own if element.is("presence", ns::JABBER_CLIENT) => {
            let request = xep0227::request(element, now)?;
            loading.load.write(|transaction| {
                put_subscription_request(transaction, owner, &request.sender, &request.stanza, request.at)
            })?;
            loading.summary.take("subscription requests");
        }
        PartKind::Own => {
            let what = format!("{} in {:?} is not read", element.name(), element.ns());
            return Err(Error::invalid("part", element.name(), what));
        }
        PartKind::Unread => loading.summary.skip_of("parts of archives"),
    }
    Ok(())
}

fn take_contacts(loading: &mut Loading, owner: &AccountAddress, query: &Element) -> Result<(), Error> {
    for contact in xep0227::contacts(query) {
        match contact {
            Ok(contact) => {
                loading
                    .load
                    .write(|transaction| put_contact(transaction, owner, &contact))?;
                loading.summary.take("contacts");
            }
            Err(error) => loading.summary.skip("contacts", owner, error),
        }
    }
    Ok(())
}

/// Stores the rows beside the document.
fn rows(loading: &mut Loading, files: &Files, file: File, uploads: Option<&Path>) -> Result<(), ImportError> {
    let path = &*files.rows;
    let wrong = |cause: LineError| ImportError::Lines {
        path: path.to_owned(),
        cause,
    };
    let mut lines = Lines::new(BufReader::new(file));
    while let Some((table, row)) = lines.read().map_err(wrong)? {
        let stored = match &*table {
            MESSAGES => message(loading, row),
            UPLOADS => upload(loading, &row, &files.uploads, uploads),
            _ => self::row(loading, &table, &row),
        };
        stored.map_err(|error| match error {
            ImportError::Database(cause @ (Error::Invalid { .. } | Error::NotFound { .. })) => {
                wrong(lines.wrong(cause.to_string()))
            }
            other => other,
        })?;
    }
    Ok(())
}

fn row(loading: &mut Loading, table: &str, row: &Row) -> Result<(), ImportError> {
    let unknown = || Error::invalid("table", table, "this version does not have it");
    let table = portable::find(table).ok_or_else(unknown)?;
    if table.rule == Rule::Installation && !loading.is_new || is_untouched(loading, table.belongs_to, row)? {
        loading.summary.skip_of("rows that belong to what stays");
        return Ok(());
    }
    let conflict = match (table.rule, loading.existing) {
        (Rule::IfMissing, _) | (_, Existing::Keep) => Conflict::Keep,
        (_, Existing::Replace) => Conflict::Replace,
        (_, Existing::Refuse) => Conflict::Refuse,
    };
    let stored = loading
        .load
        .write(|transaction| table.put(transaction, row, conflict))?;
    let Some(identity) = table.identity else {
        loading.summary.take("further rows");
        return Ok(());
    };
    let key = key(identity, row);
    match stored {
        Stored::Yes => loading.summary.take(table.name),
        Stored::Refused => return Err(ImportError::Exists { name: key.join(" ") }),
        Stored::Kept => {
            let key: Vec<&str> = key.iter().map(String::as_str).collect();
            stage_untouched(loading, identity.0, &key)?;
            loading.summary.skip(table.name, key.join(" "), "exists already");
        }
    }
    Ok(())
}

/// A row of an uploaded file, with the file.
fn upload(loading: &mut Loading, row: &Row, from: &Path, to: Option<&Path>) -> Result<(), ImportError> {
    let file = stored(row).ok_or_else(|| Error::invalid("uploaded file", "", "it has no id or no size"))?;
    let is_there = match to {
        Some(to) => upload_files::put(&file, &[from], to)?,
        None => upload_files::is_in(&file, &[from]).map_err(unreadable(from))?,
    };
    if is_there {
        return self::row(loading, UPLOADS, row);
    }
    let reason = format!("it is not in {}", from.display());
    loading.summary.skip("uploaded files", file.id, reason);
    Ok(())
}

fn message(loading: &mut Loading, row: Row) -> Result<(), ImportError> {
    let unreadable = |reason: String| Error::invalid("archived message", "", reason);
    let line: MessageLine =
        serde_json::from_value(Value::Object(row)).map_err(|cause| unreadable(cause.to_string()))?;
    let seq = line.seq;
    let message = line.message().map_err(unreadable)?;
    let is_new = loading
        .load
        .write(|transaction| archive::restore(transaction, seq, &message))?;
    if is_new {
        loading.summary.take("archived messages");
    }
    Ok(())
}

/// The columns that name what a row is or belongs to.
fn key((_, columns): Identity, row: &Row) -> Vec<String> {
    let text = |column: &&str| row.get(*column).and_then(Value::as_str).unwrap_or_default().to_owned();
    columns.iter().map(text).collect()
}

fn is_untouched(loading: &Loading, what: Option<Identity>, row: &Row) -> Result<bool, Error> {
    let Some(identity) = what else { return Ok(false) };
    let name = staged_name(identity.0, &key(identity, row));
    Ok(loading.load.first_staged_of(UNTOUCHED, &name)?.is_some())
}

fn stage_untouched(loading: &Loading, kind: &str, key: &[&str]) -> Result<(), Error> {
    let key: Vec<String> = key.iter().map(|part| (*part).to_owned()).collect();
    loading.load.stage(UNTOUCHED, &staged_name(kind, &key), "")
}

/// One text for a kind and a key; no part of a key holds a line end.
fn staged_name(kind: &str, key: &[String]) -> String {
    format!("{kind}\n{}", key.join("\n"))
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> ImportError {
    let path = path.to_owned();
    move |cause| ImportError::Unreadable { path, cause }
}
