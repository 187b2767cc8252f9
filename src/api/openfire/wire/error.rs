//! The entity of a service error (§7.1).

use crate::api::openfire::output::{Entity, FieldWriter};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorEntity {
    /// What the error is about. Absent only where a request did not name it.
    pub resource: Option<String>,
    pub message: String,
    /// The symbolic name that clients switch on.
    pub exception: &'static str,
}

impl Entity for ErrorEntity {
    const ALPHABETICAL: bool = true;

    fn root(&self) -> &'static str {
        "error"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.optional_text("resource", self.resource.as_deref());
        out.text("message", &self.message);
        out.text("exception", self.exception);
    }
}
