//! Tokens of SQL as far as `INSERT` and `CREATE TABLE` need them.

use std::io::BufRead;
use std::mem;

use super::{Dialect, DumpError};

/// The most bytes of one name or text.
const LONGEST: usize = 32 * 1024 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A key word, a name without quotes, or a number.
    Word(String),
    /// A name in quotes of its own.
    Name(String),
    /// The text of a literal.
    Text(String),
    Symbol(u8),
}

impl Token {
    /// Whether it is this key word, which is given in capitals.
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(text) if text.eq_ignore_ascii_case(word))
    }
}

pub struct Lexer<R> {
    input: R,
    dialect: Dialect,
    line: u64,
    /// The last token was the first of its line.
    begins_line: bool,
    fresh_line: bool,
    /// The comment that ends the dump, until it was read.
    awaited: Option<&'static str>,
}

impl<R: BufRead> Lexer<R> {
    /// `closing`: the comment without which the dump is not whole.
    pub fn new(input: R, dialect: Dialect, closing: Option<&'static str>) -> Self {
        Self {
            input,
            dialect,
            line: 1,
            begins_line: false,
            fresh_line: true,
            awaited: closing,
        }
    }

    /// The comment that ought to have come before the end.
    pub fn awaited(&self) -> Option<&'static str> {
        self.awaited
    }

    /// The line that is being read.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Whether the last token was the first of its line.
    pub fn begins_line(&self) -> bool {
        self.begins_line
    }

    pub fn wrong(&self, reason: impl Into<String>) -> DumpError {
        DumpError {
            line: self.line,
            reason: reason.into(),
        }
    }

    /// The next token; `None` at the end.
    pub fn token(&mut self) -> Result<Option<Token>, DumpError> {
        loop {
            let Some(byte) = self.peek()? else { return Ok(None) };
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | 0x0c => self.bump(),
                b'#' if self.dialect == Dialect::Mysql => self.skip_line()?,
                b'-' => {
                    self.bump();
                    if self.peek()? == Some(b'-') {
                        self.comment()?;
                        continue;
                    }
                    return Ok(Some(self.symbol(b'-')));
                }
                b'/' => {
                    self.bump();
                    if self.peek()? == Some(b'*') {
                        self.skip_comment()?;
                        continue;
                    }
                    return Ok(Some(self.symbol(b'/')));
                }
                _ => break,
            }
        }
        self.begins_line = mem::replace(&mut self.fresh_line, false);
        self.read_token()
    }

    /// A symbol that was passed over already.
    fn symbol(&mut self, byte: u8) -> Token {
        self.begins_line = mem::replace(&mut self.fresh_line, false);
        Token::Symbol(byte)
    }

    fn read_token(&mut self) -> Result<Option<Token>, DumpError> {
        let Some(byte) = self.peek()? else { return Ok(None) };
        let token = match byte {
            b'\'' => Token::Text(self.text(self.dialect == Dialect::Mysql)?),
            b'"' if self.dialect == Dialect::Mysql => Token::Text(self.text(true)?),
            b'"' | b'`' => Token::Name(self.quoted(byte)?),
            b'[' => Token::Name(self.quoted(b']')?),
            _ if is_word(byte) => self.word()?,
            _ => {
                self.bump();
                Token::Symbol(byte)
            }
        };
        Ok(Some(token))
    }

    /// A word, or a text with a letter in front: `N'…'` is a text, `E'…'` one with escapes, `X'…'` bytes.
    fn word(&mut self) -> Result<Token, DumpError> {
        let mut bytes = Vec::new();
        while let Some(byte) = self.peek()?.filter(|byte| is_word(*byte)) {
            self.push(&mut bytes, byte)?;
            self.bump();
        }
        let word = self.utf8(bytes)?;
        if self.peek()? != Some(b'\'') {
            return Ok(Token::Word(word));
        }
        match word.as_str() {
            "N" | "n" => Ok(Token::Text(self.text(self.dialect == Dialect::Mysql)?)),
            "E" | "e" => Ok(Token::Text(self.text(true)?)),
            _ => Ok(Token::Word(word)),
        }
    }

    /// A text with its quotes, which are doubled inside; `escapes` tells whether a backslash means something.
    fn text(&mut self, escapes: bool) -> Result<String, DumpError> {
        let begun = self.line;
        let unclosed = |line| DumpError {
            line,
            reason: "a text is opened and never closed".to_owned(),
        };
        let quote = self.take()?.ok_or_else(|| unclosed(begun))?;
        let mut bytes = Vec::new();
        loop {
            let byte = self.take()?.ok_or_else(|| unclosed(begun))?;
            if byte == quote {
                if self.peek()? != Some(quote) {
                    break;
                }
                self.bump();
                self.push(&mut bytes, quote)?;
            } else if byte == b'\\' && escapes {
                let escaped = self.take()?.ok_or_else(|| unclosed(begun))?;
                if let Some(meant) = unescaped(escaped) {
                    self.push(&mut bytes, meant)?;
                } else {
                    // Kept with its backslash: a pattern for LIKE.
                    self.push(&mut bytes, b'\\')?;
                    self.push(&mut bytes, escaped)?;
                }
            } else {
                self.push(&mut bytes, byte)?;
            }
        }
        // What follows stands on the line of the text's end.
        self.fresh_line = false;
        let text = self.utf8(bytes)?;
        Ok(match self.dialect {
            Dialect::Hsqldb => unfolded(&text),
            _ => text,
        })
    }

    /// A name up to its closing quote, which is doubled inside.
    fn quoted(&mut self, close: u8) -> Result<String, DumpError> {
        self.bump();
        let mut bytes = Vec::new();
        loop {
            let byte = self
                .take()?
                .ok_or_else(|| self.wrong("a name is opened and never closed"))?;
            if byte == close {
                if self.peek()? != Some(close) {
                    return self.utf8(bytes);
                }
                self.bump();
            }
            self.push(&mut bytes, byte)?;
        }
    }

    /// Passes over a comment whose first character was read.
    fn comment(&mut self) -> Result<(), DumpError> {
        const LONGEST: usize = 64;
        let mut text = b"-".to_vec();
        while let Some(byte) = self.peek()?.filter(|byte| *byte != b'\n') {
            if text.len() < LONGEST {
                text.push(byte);
            }
            self.bump();
        }
        self.awaited = self.awaited.filter(|closing| !text.starts_with(closing.as_bytes()));
        Ok(())
    }

    fn skip_line(&mut self) -> Result<(), DumpError> {
        while self.peek()?.is_some_and(|byte| byte != b'\n') {
            self.bump();
        }
        Ok(())
    }

    fn skip_comment(&mut self) -> Result<(), DumpError> {
        self.bump();
        let mut last = 0;
        while let Some(byte) = self.take()? {
            if last == b'*' && byte == b'/' {
                return Ok(());
            }
            last = byte;
        }
        Ok(())
    }

    fn push(&self, bytes: &mut Vec<u8>, byte: u8) -> Result<(), DumpError> {
        if bytes.len() >= LONGEST {
            return Err(self.wrong(format!("a text is longer than {LONGEST} bytes")));
        }
        bytes.push(byte);
        Ok(())
    }

    fn utf8(&self, bytes: Vec<u8>) -> Result<String, DumpError> {
        String::from_utf8(bytes).map_err(|_| self.wrong("this is not UTF-8: make the dump in UTF-8"))
    }

    fn peek(&mut self) -> Result<Option<u8>, DumpError> {
        match self.input.fill_buf() {
            Ok(bytes) => Ok(bytes.first().copied()),
            Err(cause) => Err(DumpError {
                line: self.line,
                reason: cause.to_string(),
            }),
        }
    }

    /// Passes over the byte that was seen.
    fn bump(&mut self) {
        let is_break = self.input.fill_buf().is_ok_and(|bytes| bytes.first() == Some(&b'\n'));
        if is_break {
            self.line += 1;
            self.fresh_line = true;
        }
        self.input.consume(1);
    }

    fn take(&mut self) -> Result<Option<u8>, DumpError> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.bump();
        }
        Ok(byte)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.') || byte >= 0x80
}

/// What a backslash with this letter stands for (MySQL 8.0 reference, §11.1.1; PostgreSQL's `E'…'` is alike).
fn unescaped(letter: u8) -> Option<u8> {
    Some(match letter {
        b'0' => 0,
        b'b' => 0x08,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'Z' => 0x1a,
        b'%' | b'_' => return None,
        other => other,
    })
}

/// `\uXXXX` as the characters that they stand for; halves of a pair that stand alone become U+FFFD.
fn unfolded(text: &str) -> String {
    if !text.contains("\\u") {
        return text.to_owned();
    }
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\u") {
        units.extend(rest[..at].encode_utf16());
        let digits = rest
            .get(at + 2..at + 6)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let length = if let Some(unit) = unit {
            units.push(unit);
            6
        } else {
            units.extend("\\u".encode_utf16());
            2
        };
        rest = &rest[at + length..];
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}
