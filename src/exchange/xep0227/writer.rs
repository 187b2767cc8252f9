//! Writes a document: hosts, their people, and the forms of what belongs to each.

use std::io::{self, Write};

use super::SERVER_DATA;
use crate::engine::xml::escape_attribute;

/// A document that is being written.
pub struct Writer<W> {
    output: W,
    host_is_open: bool,
}

impl<W: Write> Writer<W> {
    pub fn new(mut output: W) -> io::Result<Self> {
        write!(
            output,
            "<?xml version='1.0' encoding='UTF-8'?>\n<server-data xmlns='{SERVER_DATA}'>\n"
        )?;
        Ok(Self {
            output,
            host_is_open: false,
        })
    }

    /// The people behind it are of this host.
    pub fn host(&mut self, host: &str) -> io::Result<()> {
        self.close_host()?;
        self.output.write_all(b"<host jid='")?;
        self.escaped(host)?;
        self.host_is_open = true;
        self.output.write_all(b"'>\n")
    }

    /// A person with all that belongs to them.
    pub fn user<'f>(&mut self, name: &str, forms: impl IntoIterator<Item = &'f str>) -> io::Result<()> {
        self.output.write_all(b"<user name='")?;
        self.escaped(name)?;
        self.output.write_all(b"'>\n")?;
        for form in forms {
            self.output.write_all(form.as_bytes())?;
            self.output.write_all(b"\n")?;
        }
        self.output.write_all(b"</user>\n")
    }

    /// Ends the document.
    pub fn finish(mut self) -> io::Result<W> {
        self.close_host()?;
        self.output.write_all(b"</server-data>\n")?;
        self.output.flush()?;
        Ok(self.output)
    }

    fn close_host(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.host_is_open) {
            self.output.write_all(b"</host>\n")?;
        }
        Ok(())
    }

    fn escaped(&mut self, text: &str) -> io::Result<()> {
        let mut bytes = Vec::new();
        escape_attribute(text, &mut bytes);
        self.output.write_all(&bytes)
    }
}
