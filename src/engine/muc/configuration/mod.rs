//! The configuration of a room as a form (XEP-0045 §10.1.3, §16.5.3): what it shows, and what a submitted one changes.
//! A field that is left out changes nothing; the lists of owners and admins are whole lists.

mod changes;
mod form;
mod names;
#[cfg(test)]
mod tests;

pub use changes::Changes;
pub use form::form;
