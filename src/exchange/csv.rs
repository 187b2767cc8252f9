//! Accounts as a table of comma-separated values (RFC 4180), one per line, under a header.
//!
//! Columns in any order: `username` and `password`, which must be there, `name`, `email`, `groups` (names between
//! semicolons), and `property:KEY` for each property.

use std::io::{self, Chain, Read};

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord, Terminator};

use crate::domain::{
    Error,
    account::{NewAccount, Password, Properties},
    address::{AccountAddress, Address, Host},
    group::check_name,
};

/// A line of the table.
#[derive(Debug, Clone)]
pub struct User {
    /// Where it begins in the file.
    pub line: u64,
    pub account: NewAccount,
    /// The groups that it joins.
    pub groups: Vec<String>,
}

/// What is wrong with the table, and where.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct CsvError {
    pub line: u64,
    pub reason: String,
}

/// The users of a table, one after the other.
pub struct Users<R> {
    reader: Reader<Quotes<R>>,
    columns: Vec<Column>,
    host: Host,
    record: StringRecord,
    /// Where `record` begins.
    line: u64,
    is_at_end: bool,
}

/// The input, with a line end behind its last line, and a look at its quotes: the parser takes what follows a quote
/// that is never closed for one long value.
struct Quotes<R> {
    input: Chain<R, &'static [u8]>,
    /// Whether a quote waits for another.
    is_open: bool,
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        for _ in buffer[..length].iter().filter(|byte| **byte == b'"') {
            self.is_open = !self.is_open;
        }
        Ok(length)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Username,
    Password,
    Name,
    Email,
    Groups,
    Property(String),
}

impl Column {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "username" => Self::Username,
            "password" => Self::Password,
            "name" => Self::Name,
            "email" => Self::Email,
            "groups" => Self::Groups,
            other => Self::Property(
                other
                    .strip_prefix("property:")
                    .filter(|key| !key.is_empty())?
                    .to_owned(),
            ),
        })
    }
}

impl<R: Read> Users<R> {
    /// Reads the header. Names without a domain are accounts of `host`.
    pub fn read(input: R, host: &Host) -> Result<Self, CsvError> {
        let input = Quotes {
            input: input.chain(b"\n"),
            is_open: false,
        };
        // With "\r\n" as the end of a line the parser would count that line only when it reads the next.
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(input);
        let mut users = Self {
            reader,
            columns: Vec::new(),
            host: host.clone(),
            record: StringRecord::new(),
            line: 1,
            is_at_end: false,
        };
        users.advance()?;
        users.columns = columns(values(&users.record)).map_err(|reason| users.wrong(reason))?;
        Ok(users)
    }

    /// Reads the next record that is not blank; `false` at the end.
    fn advance(&mut self) -> Result<bool, CsvError> {
        loop {
            let more = self
                .reader
                .read_record(&mut self.record)
                .map_err(|error| self.unreadable(&error))?;
            if !more {
                self.is_at_end = true;
                if !self.reader.get_ref().is_open {
                    return Ok(false);
                }
                // An open quote has swallowed the end of the last line, which was counted as a line of its own.
                self.line += 1;
                return Err(self.wrong("a quote is opened and never closed, here or further up"));
            }
            let breaks: usize = self.record.iter().map(|value| value.matches('\n').count()).sum();
            // The position is behind the end of the line.
            self.line = self.reader.position().line().saturating_sub(1 + breaks as u64);
            if self.record.len() > 1 || values(&self.record).any(|value| !value.is_empty()) {
                return Ok(true);
            }
        }
    }

    fn user(&self) -> Result<User, Error> {
        let mut address = None;
        let mut password = None;
        let (mut name, mut email) = (None, None);
        let mut groups = Vec::new();
        let mut properties = Properties::new();
        for (column, text) in self.columns.iter().zip(values(&self.record)) {
            match column {
                Column::Username => address = Some(self.address(text)?),
                Column::Password => password = Some(Password::new(text)?),
                Column::Name => name = Some(text.to_owned()),
                Column::Email => email = Some(text.to_owned()),
                Column::Groups => groups = group_names(text)?,
                Column::Property(_) if text.is_empty() => {}
                Column::Property(key) => drop(properties.insert(key.clone(), text.to_owned())),
            }
        }
        // The header has both columns, and every record has all columns.
        let missing = |field| Error::invalid(field, "", "it is missing");
        let account = NewAccount {
            address: address.ok_or_else(|| missing("username"))?,
            password: password.ok_or_else(|| missing("password"))?,
            name,
            email,
            properties,
            administrator: false,
        };
        Ok(User {
            line: self.line,
            account: account.checked()?,
            groups,
        })
    }

    fn address(&self, text: &str) -> Result<AccountAddress, Error> {
        if !text.contains('@') {
            return AccountAddress::prepare(text, &self.host);
        }
        let address = Address::parse(text)?;
        address
            .account_on(&Host::from_stored(address.host()))
            .ok_or_else(|| Error::invalid("username", text, "write it as user or as user@host"))
    }

    fn wrong(&self, reason: impl Into<String>) -> CsvError {
        CsvError {
            line: self.line,
            reason: reason.into(),
        }
    }

    fn unreadable(&self, error: &csv::Error) -> CsvError {
        match error.kind() {
            ErrorKind::Utf8 { .. } => CsvError {
                line: self.reader.position().line().saturating_sub(1),
                reason: "this is not UTF-8: save the table as UTF-8".to_owned(),
            },
            _ => self.wrong(error.to_string()),
        }
    }
}

impl<R: Read> Iterator for Users<R> {
    type Item = Result<User, CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_at_end {
            return None;
        }
        match self.advance() {
            Ok(false) => None,
            Ok(true) if self.record.len() != self.columns.len() => {
                let (found, expected) = (self.record.len(), self.columns.len());
                Some(Err(self.wrong(format!(
                    "there are {found} values where the header has {expected}"
                ))))
            }
            Ok(true) => Some(self.user().map_err(|error| self.wrong(error.to_string()))),
            Err(error) => Some(Err(error)),
        }
    }
}

/// The values of a record, without what is left of "\r\n" behind the last one.
fn values(record: &StringRecord) -> impl Iterator<Item = &str> {
    let last = record.len().saturating_sub(1);
    record
        .iter()
        .enumerate()
        .map(move |(place, value)| match value.strip_suffix('\r') {
            Some(value_alone) if place == last => value_alone,
            _ => value,
        })
}

fn columns<'a>(header: impl Iterator<Item = &'a str>) -> Result<Vec<Column>, String> {
    let mut columns = Vec::new();
    for name in header {
        let column = Column::from_name(name).ok_or_else(|| {
            format!(
                "there is no column {name:?}: the header names username, password, name, email, groups and property:KEY, \
                 separated by commas"
            )
        })?;
        if columns.contains(&column) {
            return Err(format!("the column {name:?} is there twice"));
        }
        columns.push(column);
    }
    for (column, name) in [(Column::Username, "username"), (Column::Password, "password")] {
        if !columns.contains(&column) {
            return Err(format!("the header has no column {name:?}"));
        }
    }
    Ok(columns)
}

/// The names between semicolons; blanks around them do not count.
fn group_names(text: &str) -> Result<Vec<String>, Error> {
    let names = text.split(';').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| check_name(name).map(|()| name.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<User>, CsvError> {
        Users::read(text.as_bytes(), &Host::from_stored("example.org"))?.collect()
    }

    #[test]
    fn a_table_is_read_by_its_header() {
        let text = "\u{feff}email,username,groups,password,name,property:floor\r\n\
                    ,Kim,,\"two\r\nlines, and \"\"quotes\"\"\",,\r\n\
                    lee@example.com,lee@example.net, staff ;a group,pw-ü,\"Doe, Lee\",3\r\n";
        let users = read(text).unwrap();
        let [kim, lee] = &users[..] else { panic!("{users:?}") };
        assert_eq!(
            (kim.line, kim.account.address.to_string()),
            (2, "kim@example.org".to_owned())
        );
        assert_eq!(kim.account.password.expose(), "two\r\nlines, and \"quotes\"");
        assert_eq!((&kim.account.name, &kim.account.email), (&None, &None));
        assert!(kim.account.properties.is_empty() && kim.groups.is_empty());
        assert_eq!(
            (lee.line, lee.account.address.to_string()),
            (4, "lee@example.net".to_owned())
        );
        assert_eq!(lee.account.name.as_deref(), Some("Doe, Lee"));
        assert_eq!(lee.account.properties["floor"], "3");
        assert_eq!(lee.groups, ["staff", "a group"]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, part) in [
            ("", 1, "username"),
            ("username,name\n", 1, "password"),
            ("username;password\n", 1, "commas"),
            ("username,password,phone\n", 1, "phone"),
            ("username,password,property:\n", 1, "property:"),
            ("username,password,username\n", 1, "twice"),
            ("username,password\nkim,x\n\nlee\n", 4, "1 values"),
            ("username,password\nkim,x\nlee,\n", 3, "password"),
            ("username,password\r\nkim,x\r\n\r\nlee,\r\n", 4, "password"),
            ("username,password\nkim,\"x\n", 2, "quote"),
            ("username,password\nkim,x\nlee,\"y\n", 3, "quote"),
            ("username,password\na b,x\n", 2, "localpart"),
            ("username,password\n@example.org,x\n", 2, "address"),
            ("username,password,groups\nkim,x,staff;  ;\n\nlee,x,", 0, ""),
        ] {
            match read(text) {
                Err(error) => assert!(error.line == line && error.reason.contains(part), "{text:?}: {error}"),
                Ok(users) => assert_eq!(line, 0, "{text:?}: {users:?}"),
            }
        }
        let mut latin = b"username,password\nkim,pw-".to_vec();
        latin.push(0xfc);
        let mut users = Users::read(&latin[..], &Host::from_stored("example.org")).unwrap();
        let error = users.next().unwrap().unwrap_err();
        assert!(error.line == 2 && error.reason.contains("UTF-8"), "{error}");
    }
}
