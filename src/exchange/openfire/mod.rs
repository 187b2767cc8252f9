//! What the tables of an Openfire database mean here (Openfire 4.0 to 5.1, database version 24 to 38): a record of theirs
//! in, a value of the domain out. Which records belong together, and what is stored, is decided elsewhere.

mod groups;
mod messages;
mod passwords;
mod people;
mod properties;
mod record;
mod rooms;
mod tables;

pub use groups::{Membership, group, membership};
pub use messages::{HistoryEntry, PrivateXml, history_entry, offline_message, private_xml};
pub use passwords::{Password, Passwords};
pub use people::{Contact, Request, account, contact, last_activity, lockout, owner, vcard};
pub use properties::{Kept, property};
pub use record::Record;
pub use rooms::{affiliation, member, room, service};
pub use tables::{Table, find as find_table};
