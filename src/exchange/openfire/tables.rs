//! The tables that are read, with the columns that they have in Openfire 5.1: for dumps that do not name columns.

use super::super::sql::{DumpError, Row};
use super::record::Record;

/// A table whose records are of use.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// In lower case.
    pub name: &'static str,
    /// The column by which records are looked up.
    pub key: &'static str,
    columns: &'static [&'static str],
}

impl Table {
    /// The row with the names of its columns.
    pub fn record(&self, row: Row) -> Result<Record, DumpError> {
        let wrong = |reason: String| DumpError { line: row.line, reason };
        let count = row.values.len();
        let columns: Vec<&str> = match &row.columns {
            Some(columns) => columns.iter().map(String::as_str).collect(),
            // The last columns of a room came one after the other, and none of them is of use.
            None if self.name == "ofmucroom" && count + 1 == self.columns.len() => self.columns[..count].to_vec(),
            None => self.columns.to_vec(),
        };
        if columns.len() != count {
            let (name, expected) = (self.name, columns.len());
            return Err(wrong(format!(
                "a row of {name} has {count} values for {expected} columns; make the dump with the definitions of the \
                 tables or with the names of columns"
            )));
        }
        let named = columns.into_iter().zip(row.values);
        Ok(named
            .filter_map(|(column, value)| Some((column.to_owned(), value?)))
            .collect())
    }
}

/// The table of this name in lower case, if it is of use.
pub fn find(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

const fn table(name: &'static str, key: &'static str, columns: &'static [&'static str]) -> Table {
    Table { name, key, columns }
}

const TABLES: &[Table] = &[
    table(
        "ofuser",
        "username",
        &[
            "username",
            "storedkey",
            "serverkey",
            "salt",
            "iterations",
            "plainpassword",
            "encryptedpassword",
            "name",
            "email",
            "creationdate",
            "modificationdate",
        ],
    ),
    table("ofuserprop", "username", &["username", "name", "propvalue"]),
    table("ofuserflag", "username", &["username", "name", "starttime", "endtime"]),
    table(
        "ofroster",
        "username",
        &["rosterid", "username", "jid", "sub", "ask", "recv", "nick", "stanza"],
    ),
    table("ofrostergroups", "rosterid", &["rosterid", "rank", "groupname"]),
    table("ofvcard", "username", &["username", "vcard"]),
    table("ofgroup", "groupname", &["groupname", "description"]),
    table("ofgroupprop", "groupname", &["groupname", "name", "propvalue"]),
    table("ofgroupuser", "groupname", &["groupname", "username", "administrator"]),
    table("ofproperty", "name", &["name", "propvalue", "encrypted", "iv"]),
    table(
        "ofoffline",
        "username",
        &["username", "messageid", "creationdate", "messagesize", "stanza"],
    ),
    table(
        "ofprivate",
        "username",
        &["username", "name", "namespace", "privatedata"],
    ),
    table("ofprivacylist", "username", &["username", "name", "isdefault", "list"]),
    table(
        "ofpresence",
        "username",
        &["username", "offlinepresence", "offlinedate"],
    ),
    table(
        "ofmucservice",
        "serviceid",
        &["serviceid", "subdomain", "description", "ishidden"],
    ),
    table(
        "ofmucroom",
        "roomid",
        &[
            "serviceid",
            "roomid",
            "creationdate",
            "modificationdate",
            "name",
            "naturalname",
            "description",
            "lockeddate",
            "emptydate",
            "canchangesubject",
            "maxusers",
            "publicroom",
            "moderated",
            "membersonly",
            "caninvite",
            "roompassword",
            "candiscoverjid",
            "logenabled",
            "retireondeletion",
            "preservehistondel",
            "subject",
            "rolestobroadcast",
            "usereservednick",
            "canchangenick",
            "canregister",
            "allowpm",
            "fmucenabled",
            "fmucoutboundnode",
            "fmucoutboundmode",
            "fmucinboundnodes",
            "fmucoutboundjoin",
        ],
    ),
    table("ofmucroomprop", "roomid", &["roomid", "name", "propvalue"]),
    table("ofmucaffiliation", "roomid", &["roomid", "jid", "affiliation"]),
    table(
        "ofmucmember",
        "roomid",
        &[
            "roomid",
            "jid",
            "nickname",
            "firstname",
            "lastname",
            "url",
            "email",
            "faqentry",
        ],
    ),
    table(
        "ofmucconversationlog",
        "roomid",
        &[
            "roomid",
            "messageid",
            "sender",
            "nickname",
            "logtime",
            "subject",
            "body",
            "stanza",
        ],
    ),
    table(
        "ofsecurityauditlog",
        "msgid",
        &["msgid", "username", "entrystamp", "summary", "node", "details"],
    ),
];
