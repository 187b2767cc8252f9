//! XML as XMPP uses it: element trees, a parser that takes a stream in pieces, and a writer (RFC 6120 §4 and §11,
//! RFC 7395 for single elements). Knows no stanza and no socket; received bytes never reach the writer.

mod bindings;
mod element;
mod frame;
mod input;
mod limits;
mod name;
pub mod ns;
mod parser;
mod tree;
mod writer;

pub use element::{Element, Node};
pub use frame::{Fault, Frame, StreamHeader};
pub use limits::Limits;
pub use name::{Name, Namespace};
pub use parser::{StreamParser, parse_element};
pub use writer::{Scope, escape_attribute, escape_text, write_content, write_element};

#[cfg(test)]
mod tests;
