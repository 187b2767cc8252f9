//! What XEP-0227 has no form for: JSON, an object per line with the name of its table. Only this program reads it.

use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::{
    address::{AccountAddress, Address, FullAddress, Host, Localpart},
    archive::{ArchiveCopy, ArchiveOwner, NewArchivedMessage},
    room::RoomPlace,
};

/// The most bytes of a line.
const LONGEST: u64 = 32 * 1024 * 1024;

/// The table of archived messages, whose lines are [`MessageLine`]s.
pub const MESSAGES: &str = "archive_messages";

/// What stands in the last line for the name of a table: without it the file was cut.
const END: &str = "end";

/// What is wrong with a file, and where.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct LineError {
    pub line: u64,
    pub reason: String,
}

/// Writes a row.
pub fn write(output: &mut impl Write, table: &str, row: &Map<String, Value>) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        table: &'a str,
        #[serde(flatten)]
        row: &'a Map<String, Value>,
    }
    serde_json::to_writer(&mut *output, &Line { table, row })?;
    output.write_all(b"\n")
}

/// Writes that there are no more rows.
pub fn write_end(output: &mut impl Write) -> io::Result<()> {
    write(output, END, &Map::new())
}

/// Reads rows with the names of their tables, one after the other.
pub struct Lines<R> {
    input: R,
    line: u64,
    has_ended: bool,
}

/// The table that a row is of, and the row.
pub type NamedRow = (String, Map<String, Value>);

impl<R: BufRead> Lines<R> {
    pub fn new(input: R) -> Self {
        Self {
            input,
            line: 0,
            has_ended: false,
        }
    }

    /// The line that was read last.
    pub fn line(&self) -> u64 {
        self.line
    }

    pub fn wrong(&self, reason: impl Into<String>) -> LineError {
        LineError {
            line: self.line,
            reason: reason.into(),
        }
    }

    /// The next row; `None` at the end.
    pub fn read(&mut self) -> Result<Option<NamedRow>, LineError> {
        while let Some(mut row) = self.read_line()? {
            self.has_ended = false;
            match row.remove("table") {
                Some(Value::String(table)) if table == END => self.has_ended = true,
                Some(Value::String(table)) => return Ok(Some((table, row))),
                _ => return Err(self.wrong("the row does not say of which table it is")),
            }
        }
        if self.has_ended {
            return Ok(None);
        }
        Err(self.wrong("the file ends too early: this is not the whole of what was exported"))
    }

    fn read_line(&mut self) -> Result<Option<Map<String, Value>>, LineError> {
        let mut text = Vec::new();
        self.line += 1;
        let read = io::Read::take(&mut self.input, LONGEST).read_until(b'\n', &mut text);
        match read {
            Err(cause) => Err(self.wrong(cause.to_string())),
            Ok(0) => Ok(None),
            Ok(_) => serde_json::from_slice(&text)
                .map(Some)
                .map_err(|cause| self.wrong(format!("this is no row: {cause}"))),
        }
    }
}

/// A message with its place in every archive that has it.
#[derive(Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MessageLine {
    pub seq: i64,
    at: i64,
    stanza: String,
    copies: Vec<Copy>,
}

/// With `localpart` it is of an account, with `service` and `room` of a room.
#[derive(Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Copy {
    host: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    localpart: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    room: Option<String>,
    contact: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    address_visible: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
}

impl MessageLine {
    pub fn new(seq: i64, message: &NewArchivedMessage) -> Self {
        Self {
            seq,
            at: message.at.as_millisecond(),
            stanza: message.stanza.to_string(),
            copies: message.copies.iter().map(Copy::new).collect(),
        }
    }

    /// The message; what is wrong otherwise.
    pub fn message(self) -> Result<NewArchivedMessage, String> {
        let at = jiff::Timestamp::from_millisecond(self.at).map_err(|cause| cause.to_string())?;
        Ok(NewArchivedMessage {
            stanza: self.stanza.into(),
            at,
            copies: self.copies.into_iter().map(Copy::copy).collect::<Result<_, _>>()?,
        })
    }
}

impl Copy {
    fn new(copy: &ArchiveCopy) -> Self {
        let (host, localpart, service, room) = match &copy.owner {
            ArchiveOwner::Account(address) => (address.host(), Some(address.localpart()), None, None),
            ArchiveOwner::Room(place) => (&place.host, None, Some(place.service.clone()), Some(&place.name)),
        };
        let text = |localpart: &Localpart| localpart.as_str().to_owned();
        Self {
            host: host.as_str().to_owned(),
            localpart: localpart.map(text),
            service,
            room: room.map(text),
            contact: copy.contact.bare.as_str().to_owned(),
            resource: copy.contact.resource.as_deref().map(str::to_owned),
            address_visible: copy.address_visible,
            nickname: copy.nickname.as_deref().map(str::to_owned),
        }
    }

    fn copy(self) -> Result<ArchiveCopy, String> {
        let host = Host::from_stored(self.host);
        let owner = match (self.localpart, self.service, self.room) {
            (Some(localpart), None, None) => {
                ArchiveOwner::Account(AccountAddress::new(Localpart::from_stored(localpart), host))
            }
            (None, Some(service), Some(room)) => ArchiveOwner::Room(RoomPlace {
                host,
                service,
                name: Localpart::from_stored(room),
            }),
            _ => return Err("a copy of a message is neither of an account nor of a room".to_owned()),
        };
        Ok(ArchiveCopy {
            owner,
            contact: FullAddress {
                bare: Address::from_stored(self.contact),
                resource: self.resource.map(Into::into),
            },
            address_visible: self.address_visible,
            nickname: self.nickname.map(Into::into),
        })
    }
}
