//! Writing a list whose items arrive one after the other, so that no list is ever in memory as a whole.

use super::super::negotiate::Format;
use super::{Entity, json, legacy, xml};

/// The names around a list of entities that is a document of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityList {
    /// The XML root element.
    pub root: &'static str,
    /// The JSON key.
    pub key: &'static str,
}

/// A list document under construction. The memory it appends to may be sent and emptied between any two calls.
#[derive(Debug)]
pub struct ListWriter {
    format: Format,
    list: EntityList,
    items: u64,
    /// Legacy JSON: the first item, which stands alone unless a second one comes, and the name of its element.
    held: Vec<u8>,
    item_name: &'static str,
}

impl ListWriter {
    pub fn open(format: Format, list: EntityList, out: &mut Vec<u8>) -> Self {
        match format {
            Format::Xml | Format::XmlInAscii => {
                out.extend_from_slice(xml::DECLARATION);
                out.push(b'<');
                out.extend_from_slice(list.root.as_bytes());
            }
            Format::Json => {
                out.extend_from_slice(b"{\"");
                out.extend_from_slice(list.key.as_bytes());
                out.extend_from_slice(b"\":[");
            }
            Format::LegacyJson => {}
        }
        Self {
            format,
            list,
            items: 0,
            held: Vec::new(),
            item_name: "",
        }
    }

    pub fn item<E: Entity>(&mut self, entity: &E, out: &mut Vec<u8>) {
        let is_first = self.items == 0;
        self.items += 1;
        match self.format {
            Format::Xml | Format::XmlInAscii => {
                if is_first {
                    out.push(b'>');
                }
                xml::write(self.format, entity, out);
            }
            Format::Json => {
                if !is_first {
                    out.push(b',');
                }
                json::write(entity, out);
            }
            Format::LegacyJson if is_first => {
                self.item_name = entity.root();
                legacy::write(entity, &mut self.held);
            }
            Format::LegacyJson => {
                if self.items == 2 {
                    open_legacy(self.item_name, out);
                    out.push(b'[');
                    out.append(&mut self.held);
                }
                out.push(b',');
                legacy::write(entity, out);
            }
        }
    }

    pub fn close(mut self, out: &mut Vec<u8>) {
        match (self.format, self.items) {
            (Format::Xml | Format::XmlInAscii, 0) => out.extend_from_slice(b"/>"),
            (Format::Xml | Format::XmlInAscii, _) => {
                out.extend_from_slice(b"</");
                out.extend_from_slice(self.list.root.as_bytes());
                out.push(b'>');
            }
            (Format::LegacyJson, 0) => out.extend_from_slice(b"null"),
            (Format::LegacyJson, 1) => {
                open_legacy(self.item_name, out);
                out.append(&mut self.held);
                out.push(b'}');
            }
            (Format::Json | Format::LegacyJson, _) => out.extend_from_slice(b"]}"),
        }
    }
}

fn open_legacy(item: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"");
    out.extend_from_slice(item.as_bytes());
    out.extend_from_slice(b"\":");
}
