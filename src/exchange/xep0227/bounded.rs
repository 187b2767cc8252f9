//! Input of which only so much is taken at a time: the parser would keep one text, comment or tag of any length in memory.

use std::io::{self, BufRead, Read};

#[derive(Debug)]
pub struct Bounded<R> {
    input: R,
    most: usize,
    left: usize,
}

impl<R> Bounded<R> {
    pub fn new(input: R, most: usize) -> Self {
        Self {
            input,
            most,
            left: most,
        }
    }

    /// From here on as much may be taken as at the beginning.
    pub fn renew(&mut self) {
        self.left = self.most;
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(buffer.len());
        buffer[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let available = self.input.fill_buf()?;
        if self.left == 0 && !available.is_empty() {
            let reason = format!("a text, a comment or a tag is longer than {} bytes", self.most);
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        Ok(&available[..available.len().min(self.left)])
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount);
        self.input.consume(amount);
    }
}
