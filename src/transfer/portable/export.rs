//! Writes both files from a database that nobody changes.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, BufWriter},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{Files, stored};
use crate::{
    domain::{
        Error,
        address::{AccountAddress, Host},
        archive::NewArchivedMessage,
        offline::{NewOfflineMessage, OfflineMessage},
        progress::{Progress, Step},
        roster::KeptContact,
    },
    exchange::{
        lines::{self, MESSAGES, MessageLine},
        xep0227::{self, Writer},
    },
    scram::Hash,
    storage::{
        archive,
        copy::CopyError,
        installation,
        portable::{self, Person, Row, UPLOADS},
        snapshot::Snapshot,
        upload_files,
    },
    transfer::place::{PlaceError, check_free, folder_of, move_into_place, unfinished},
};

/// Why there is no export. What was begun of it has been removed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{} cannot be written: {cause}", path.display())]
    Unwritable { path: PathBuf, cause: io::Error },
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error("the database cannot be read: {0}")]
    Database(#[from] Error),
    #[error(transparent)]
    Files(#[from] CopyError),
}

/// Both files, being written.
struct Output {
    people: Writer<BufWriter<File>>,
    rows: BufWriter<File>,
    path: PathBuf,
    host: Option<Host>,
    failure: Option<ExportError>,
}

/// Writes the database at `database`, and uploaded files out of `data_dir`, to `path`.
pub fn export(database: &Path, data_dir: &Path, path: &Path, mut progress: Progress) -> Result<Files, ExportError> {
    let files = Files::at(path);
    let folder = folder_of(&files.people);
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |cause| ExportError::Unwritable { path, cause }
    };
    check_free(&files.people)?;
    check_free(&files.rows)?;
    check_free(&files.uploads)?;
    if files.people != path {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(unwritable(folder))?;
    }
    let unfinished = Files {
        people: unfinished(&files.people),
        rows: unfinished(&files.rows),
        uploads: unfinished(&files.uploads),
    };
    check_free(&unfinished.uploads)?;
    let written = write(
        database,
        &data_dir.join(upload_files::FOLDER),
        &unfinished,
        &mut progress,
    );
    if let Err(error) = written {
        drop(fs::remove_file(&unfinished.people));
        drop(fs::remove_file(&unfinished.rows));
        drop(fs::remove_dir_all(&unfinished.uploads));
        return Err(error);
    }
    if unfinished.uploads.exists() {
        move_into_place(&unfinished.uploads, &files.uploads)?;
    }
    move_into_place(&unfinished.rows, &files.rows)?;
    move_into_place(&unfinished.people, &files.people)?;
    Ok(files)
}

fn write(database: &Path, uploads: &Path, files: &Files, progress: &mut Progress) -> Result<(), ExportError> {
    let create = |path: &Path| {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        file.map(BufWriter::new).map_err(|cause| ExportError::Unwritable {
            path: path.to_owned(),
            cause,
        })
    };
    let unwritable = |cause| ExportError::Unwritable {
        path: files.people.clone(),
        cause,
    };
    let (people, rows) = (create(&files.people)?, create(&files.rows)?);
    let snapshot = Snapshot::open(database)?;
    let mut output = Output {
        people: Writer::new(people).map_err(unwritable)?,
        rows,
        path: files.people.clone(),
        host: None,
        failure: None,
    };
    let read = output.take_all(&snapshot, (uploads, &files.uploads), progress);
    if let Some(failure) = output.failure.take() {
        return Err(failure);
    }
    read?;
    let written = output.people.finish().and_then(|people| {
        let people = people.into_inner().map_err(io::IntoInnerError::into_error)?;
        let rows = output.rows.into_inner().map_err(io::IntoInnerError::into_error)?;
        people.sync_all()?;
        rows.sync_all()
    });
    written.map_err(unwritable)
}

impl Output {
    /// `uploads` is where files are taken from and where they go.
    fn take_all(&mut self, snapshot: &Snapshot, uploads: (&Path, &Path), progress: &mut Progress) -> Result<(), Error> {
        let total = snapshot.count_accounts()?;
        let mut hosts = installation::find(snapshot)?.hosts.into_iter().peekable();
        let mut done = 0;
        portable::people(snapshot, |person| {
            // Hosts without people are named as well: groups and rooms may be there.
            while let Some(host) = hosts.next_if(|host| host <= person.address.host()) {
                self.open_host(&host)?;
            }
            self.person(person)?;
            done += 1;
            let _goes_on = progress(Step {
                done: done.min(total),
                total,
            });
            Ok(())
        })?;
        for host in hosts {
            self.open_host(&host)?;
        }
        for table in portable::all_tables() {
            table.each(snapshot, |row| {
                if table.name == UPLOADS && !self.file(&row, uploads)? {
                    return Ok(());
                }
                self.row(table.name, &row)
            })?;
            if table.name == "room_archives" {
                archive::each(snapshot, |seq, message| self.message(seq, &message))?;
            }
        }
        let written = lines::write_end(&mut self.rows);
        self.check(written)
    }

    fn open_host(&mut self, host: &Host) -> Result<(), Error> {
        if self.host.as_ref() == Some(host) {
            return Ok(());
        }
        self.host = Some(host.clone());
        let written = self.people.host(host.as_str());
        self.check(written)
    }

    /// Into the document what has a form there, the rest into the other file.
    fn person(&mut self, person: Person) -> Result<(), Error> {
        let owner = person.address;
        let Some(credentials) = person.credentials else {
            self.vcard(&owner, person.vcard)?;
            return self.contacts(&owner, person.roster);
        };
        let mut forms = Vec::new();
        for hash in [Hash::Sha1, Hash::Sha256] {
            forms.extend(hash.keys_of(&credentials).map(|keys| xep0227::keys_form(hash, keys)));
        }
        let (form, others) = xep0227::roster_form(person.roster);
        forms.extend(form);
        self.contacts(&owner, others)?;
        match person.vcard.as_deref().and_then(xep0227::vcard_form) {
            Some(form) => forms.push(form),
            None => self.vcard(&owner, person.vcard)?,
        }
        forms.extend(self.offline(&owner, person.offline)?);
        let (form, others) = xep0227::private_form(person.private.into_iter().collect());
        forms.extend(form);
        for ((namespace, name), xml) in others {
            self.row_of(
                &owner,
                "private_xml",
                json!({"namespace": namespace, "name": name, "xml": xml}),
            )?;
        }
        for request in person.requests {
            if let Some(form) = xep0227::request_form(&request, &owner) {
                forms.push(form);
                continue;
            }
            let (sender, at) = (request.sender.as_str(), request.at.as_millisecond());
            let row = json!({"sender": sender, "at": at, "stanza": request.stanza});
            self.row_of(&owner, "subscription_requests", row)?;
        }
        forms.extend(person.published.iter().flat_map(xep0227::node_forms));
        let forms = forms.iter().map(String::as_str);
        let written = self.people.user(owner.localpart().as_str(), forms);
        self.check(written)
    }

    /// All messages of somebody in one place, so that they stay in their order.
    fn offline(&mut self, owner: &AccountAddress, messages: Vec<OfflineMessage>) -> Result<Option<String>, Error> {
        let messages: Vec<_> = messages
            .into_iter()
            .map(|message| NewOfflineMessage {
                stanza: message.stanza.into(),
                at: message.at,
                archive_id: message.archive_id,
                holder: None,
            })
            .collect();
        if messages.is_empty() {
            return Ok(None);
        }
        let forms: Option<String> = messages
            .iter()
            .map(|message| xep0227::offline_form(message, owner))
            .collect();
        if let Some(forms) = forms {
            return Ok(Some(format!("<offline-messages>{forms}</offline-messages>")));
        }
        for message in messages {
            let at = message.at.as_millisecond();
            let row = json!({"at": at, "stanza": &*message.stanza, "archive_id": message.archive_id});
            self.row_of(owner, "offline_messages", row)?;
        }
        Ok(None)
    }

    /// Whether the file of such a row is in the export; one whose time was over meanwhile is not.
    fn file(&mut self, row: &Row, (from, to): (&Path, &Path)) -> Result<bool, Error> {
        let Some(file) = stored(row) else { return Ok(false) };
        upload_files::put(&file, &[from], to).map_err(|cause| self.fail(cause.into()))
    }

    fn vcard(&mut self, owner: &AccountAddress, vcard: Option<String>) -> Result<(), Error> {
        match vcard {
            Some(vcard) => self.row_of(owner, "vcards", json!({"vcard": vcard})),
            None => Ok(()),
        }
    }

    fn contacts(&mut self, owner: &AccountAddress, contacts: Vec<KeptContact>) -> Result<(), Error> {
        for kept in contacts {
            let item = &kept.item;
            let row = json!({
                "contact": item.contact.as_str(),
                "nickname": item.nickname,
                "subscription": item.subscription.number(),
                "ask": i32::from(kept.asked),
                "groups": json!(item.groups).to_string(),
                "overrides": i32::from(kept.overrides),
                "approved": i32::from(kept.approved),
            });
            self.row_of(owner, "roster_items", row)?;
        }
        Ok(())
    }

    fn message(&mut self, seq: i64, message: &NewArchivedMessage) -> Result<(), Error> {
        match serde_json::to_value(MessageLine::new(seq, message)) {
            Ok(Value::Object(row)) => self.row(MESSAGES, &row),
            _ => Err(Error::internal("an archived message that is no object")),
        }
    }

    fn row_of(&mut self, owner: &AccountAddress, table: &str, columns: Value) -> Result<(), Error> {
        let mut row = Row::new();
        row.insert("host".to_owned(), owner.host().as_str().into());
        row.insert("localpart".to_owned(), owner.localpart().as_str().into());
        if let Value::Object(columns) = columns {
            row.extend(columns);
        }
        self.row(table, &row)
    }

    fn row(&mut self, table: &str, row: &Row) -> Result<(), Error> {
        let written = lines::write(&mut self.rows, table, row);
        self.check(written)
    }

    fn check(&mut self, written: io::Result<()>) -> Result<(), Error> {
        written.map_err(|cause| {
            let path = self.path.clone();
            self.fail(ExportError::Unwritable { path, cause })
        })
    }

    /// Reading ends when nothing can be written; why is told afterwards.
    fn fail(&mut self, failure: ExportError) -> Error {
        self.failure = Some(failure);
        Error::unavailable("the export cannot be written")
    }
}
