//! One thing that belongs to a person: as an element, and as the text that stands in the document.

use crate::engine::xml::Element;

#[derive(Debug)]
pub struct Part {
    pub kind: PartKind,
    pub element: Element,
    /// As it stands in the document, without comments, and with the namespaces that are declared around it.
    pub text: String,
}

/// Where a part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// Directly below the user.
    Own,
    /// Among the offline messages.
    Offline,
    /// Among the private XML.
    Private,
    /// Among what was published, and how its nodes are configured.
    Published,
    /// Where nothing is of use; neither element nor text are kept.
    Unread,
}
