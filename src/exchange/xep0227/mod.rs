//! XEP-0227 1.1: people with their keys, rosters, vCards, offline messages, private XML, subscription requests and what
//! they published, in one document that other servers read as well. Not read: message archives, privacy lists, and files
//! that include others.

mod bounded;
mod forms;
mod part;
mod part_reader;
mod published;
mod reader;
mod writer;

pub use forms::{
    Form, contacts, keys_form, offline_form, offline_message, private_form, request, request_form, roster_form,
    scram_keys, vcard_form,
};
pub use part::{Part, PartKind};
pub use published::node_forms;
pub use reader::{Item, Reader, ReaderError};
pub use writer::Writer;

const SERVER_DATA: &str = "urn:xmpp:pie:0";
const PRIVATE: &str = "jabber:iq:private";
const DELAY: &str = "urn:xmpp:delay";
const STANZA_ID: &str = "urn:xmpp:sid:0";
pub const SCRAM: &str = "urn:xmpp:pie:0#scram";
pub const VCARD: &str = "vcard-temp";
