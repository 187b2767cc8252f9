//! What a stream brought and its parser has not read yet.

/// Bytes with line ends as XML wants them: CR LF and a lone CR are LF (XML 1.0 §2.11). `rxml` does the same, but
/// not for a CR in an attribute.
#[derive(Debug, Default)]
pub(super) struct Input {
    bytes: Vec<u8>,
    read: usize,
    /// The last byte pushed was a CR, and an LF stands for it.
    after_cr: bool,
}

impl Input {
    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        self.bytes.drain(..self.read);
        self.read = 0;
        if self.after_cr && !bytes.is_empty() {
            self.after_cr = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(at) = bytes.iter().position(|&byte| byte == b'\r') {
            self.bytes.extend_from_slice(&bytes[..at]);
            self.bytes.push(b'\n');
            bytes = &bytes[at + 1..];
            self.after_cr = bytes.is_empty();
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.read..]
    }

    /// At most `length` of the bytes.
    pub(super) fn first(&self, length: usize) -> &[u8] {
        let rest = self.rest();
        &rest[..rest.len().min(length)]
    }

    pub(super) fn consume(&mut self, length: usize) {
        self.read += length;
    }

    /// Whether there was any.
    pub(super) fn skip_whitespace(&mut self) -> bool {
        let rest = self.rest();
        let found = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n'));
        let length = found.unwrap_or(rest.len());
        self.consume(length);
        length > 0
    }

    pub(super) fn release(&mut self) {
        self.bytes.drain(..self.read);
        self.read = 0;
        self.bytes.shrink_to_fit();
    }
}
