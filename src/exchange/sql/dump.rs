//! The rows of `INSERT` statements, with the names of their columns where the dump tells them.

use std::collections::{BTreeMap, VecDeque};
use std::io::BufRead;
use std::sync::Arc;

use super::dialect::closing_comment;
use super::lexer::{Lexer, Token};
use super::{Dialect, DumpError};

/// The most values of one row, and tables whose columns are remembered.
const MOST: usize = 256;

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it ends in the dump.
    pub line: u64,
    /// In lower case, without schema.
    pub table: String,
    /// In lower case, when the statement or the dump names them.
    pub columns: Option<Arc<[String]>>,
    /// `None` is NULL; numbers are texts as well.
    pub values: Vec<Option<String>>,
}

/// The rows of a dump, one after the other.
pub struct Dump<R> {
    lexer: Lexer<R>,
    /// Tokens that were read too early.
    ahead: VecDeque<Token>,
    /// Columns of the tables that the dump defines.
    tables: BTreeMap<String, Arc<[String]>>,
    /// The statement whose rows are being read: its table and columns.
    open: Option<(String, Option<Arc<[String]>>)>,
    failed: bool,
}

impl<R: BufRead> Dump<R> {
    /// Reads a dump in the dialect of its beginning.
    pub fn new(mut input: R) -> Result<Self, DumpError> {
        let beginning = input.fill_buf().map_err(|cause| DumpError {
            line: 1,
            reason: cause.to_string(),
        })?;
        let (dialect, closing) = (Dialect::of(beginning), closing_comment(beginning));
        Ok(Self::with_lexer(Lexer::new(input, dialect, closing)))
    }

    pub fn in_dialect(input: R, dialect: Dialect) -> Self {
        Self::with_lexer(Lexer::new(input, dialect, None))
    }

    fn with_lexer(lexer: Lexer<R>) -> Self {
        Self {
            lexer,
            ahead: VecDeque::new(),
            tables: BTreeMap::new(),
            open: None,
            failed: false,
        }
    }

    fn advance(&mut self) -> Result<Option<Row>, DumpError> {
        loop {
            if let Some((table, columns)) = self.open.take() {
                if let Some(values) = self.tuple()? {
                    let row = Row {
                        line: self.lexer.line(),
                        table: table.clone(),
                        columns: columns.clone(),
                        values,
                    };
                    self.open = Some((table, columns));
                    return Ok(Some(row));
                }
                continue;
            }
            let Some(token) = self.read()? else {
                return self.check_end().map(|()| None);
            };
            if token.is("INSERT") || token.is("REPLACE") {
                self.insert()?;
            } else if token.is("CREATE") {
                self.create()?;
            } else if token.is("COPY") {
                let reason = "the rows stand in COPY blocks: make the dump with pg_dump --inserts";
                return Err(self.lexer.wrong(reason));
            } else if token != Token::Symbol(b';') {
                self.skip_statement()?;
            }
        }
    }

    /// A dump that was cut between two statements looks whole but for its last comment.
    fn check_end(&self) -> Result<(), DumpError> {
        let Some(closing) = self.lexer.awaited() else {
            return Ok(());
        };
        Err(self.lexer.wrong(format!(
            "the dump was cut: it does not end with the comment \"{closing}\"; make it again, or add the line if it is whole"
        )))
    }

    /// The rest of `INSERT [IGNORE] [INTO] table [(columns)] [OVERRIDING …] VALUES`.
    fn insert(&mut self) -> Result<(), DumpError> {
        let mut name = self.expect()?;
        while ["IGNORE", "INTO", "DELAYED"].iter().any(|word| name.is(word)) {
            name = self.expect()?;
        }
        let table = self.table_name(name)?;
        let mut columns = None;
        loop {
            let token = self.expect()?;
            if token.is("VALUES") {
                break;
            } else if token == Token::Symbol(b'(') {
                columns = Some(self.names()?);
            } else if token == Token::Symbol(b';') || token.is("SELECT") {
                return Err(self.lexer.wrong("an INSERT without VALUES"));
            }
        }
        let columns = columns.or_else(|| self.tables.get(&table).cloned());
        self.open = Some((table, columns));
        Ok(())
    }

    /// Notes the columns of `CREATE … TABLE`.
    fn create(&mut self) -> Result<(), DumpError> {
        loop {
            match self.read()? {
                None | Some(Token::Symbol(b';')) => return Ok(()),
                Some(Token::Symbol(b'(')) => return self.skip_statement(),
                Some(token) if token.is("TABLE") => break,
                Some(token) if self.begins_statement(&token) => {
                    self.ahead.push_back(token);
                    return Ok(());
                }
                Some(_) => {}
            }
        }
        let mut name = self.expect()?;
        while ["IF", "NOT", "EXISTS"].iter().any(|word| name.is(word)) {
            name = self.expect()?;
        }
        let table = self.table_name(name)?;
        if self.expect()? == Token::Symbol(b'(') && self.tables.len() < MOST {
            let columns = self.definitions()?;
            self.tables.insert(table, columns);
        }
        self.skip_statement()
    }

    /// The last part of a name that begins with `first`, which may be a schema.
    fn table_name(&mut self, first: Token) -> Result<String, DumpError> {
        let mut name = self.name(first)?;
        loop {
            match self.read()? {
                Some(Token::Symbol(b'.')) => {
                    let token = self.expect()?;
                    name = self.name(token)?;
                }
                // A dot belongs to words, so that numbers are words: `public."x"` leaves it at the end of one.
                Some(Token::Name(text)) if name.ends_with('.') => name = text.to_lowercase(),
                // … and `"public".x` at the beginning of one.
                Some(Token::Word(text)) if text.starts_with('.') => name = text.to_lowercase(),
                Some(token) => {
                    self.ahead.push_back(token);
                    break;
                }
                None => break,
            }
        }
        Ok(name.rsplit('.').next().unwrap_or_default().to_owned())
    }

    fn name(&self, token: Token) -> Result<String, DumpError> {
        match token {
            Token::Word(text) | Token::Name(text) => Ok(text.to_lowercase()),
            _ => Err(self.lexer.wrong("a name is missing")),
        }
    }

    /// Names up to the closing parenthesis.
    fn names(&mut self) -> Result<Arc<[String]>, DumpError> {
        let mut names = Vec::new();
        loop {
            match self.expect()? {
                Token::Symbol(b')') => return Ok(names.into()),
                Token::Symbol(b',') => {}
                token if names.len() < MOST => names.push(self.name(token)?),
                _ => return Err(self.lexer.wrong(format!("more than {MOST} columns"))),
            }
        }
    }

    /// The names of columns that a table is defined with, up to its closing parenthesis.
    fn definitions(&mut self) -> Result<Arc<[String]>, DumpError> {
        const NO_COLUMNS: [&str; 9] = [
            "CONSTRAINT",
            "PRIMARY",
            "KEY",
            "UNIQUE",
            "INDEX",
            "FOREIGN",
            "CHECK",
            "FULLTEXT",
            "SPATIAL",
        ];
        let mut columns = Vec::new();
        let mut depth = 0_usize;
        let mut is_first = true;
        loop {
            let token = self.expect()?;
            match &token {
                Token::Symbol(b'(') => depth += 1,
                Token::Symbol(b')') if depth == 0 => return Ok(columns.into()),
                Token::Symbol(b')') => depth -= 1,
                Token::Symbol(b',') if depth == 0 => {
                    is_first = true;
                    continue;
                }
                Token::Word(text) | Token::Name(text) if is_first && columns.len() < MOST => {
                    let is_column = matches!(token, Token::Name(_)) || !NO_COLUMNS.iter().any(|word| token.is(word));
                    columns.extend(is_column.then(|| text.to_lowercase()));
                }
                _ => {}
            }
            is_first = false;
        }
    }

    /// The next `(value, …)` of the open statement; `None` at its end.
    fn tuple(&mut self) -> Result<Option<Vec<Option<String>>>, DumpError> {
        match self.read()? {
            Some(Token::Symbol(b'(')) => self.values().map(Some),
            Some(Token::Symbol(b',')) => match self.expect()? {
                Token::Symbol(b'(') => self.values().map(Some),
                _ => Err(self.lexer.wrong("a row does not begin with a parenthesis")),
            },
            None | Some(Token::Symbol(b';')) => Ok(None),
            Some(token) if self.lexer.begins_line() => {
                self.ahead.push_back(token);
                Ok(None)
            }
            // ON DUPLICATE KEY …, ON CONFLICT …
            Some(_) => self.skip_statement().map(|()| None),
        }
    }

    fn values(&mut self) -> Result<Vec<Option<String>>, DumpError> {
        let mut values = Vec::new();
        loop {
            let value = self.value()?;
            if values.len() >= MOST {
                return Err(self.lexer.wrong(format!("more than {MOST} values in a row")));
            }
            values.push(value);
            match self.expect()? {
                Token::Symbol(b',') => {}
                Token::Symbol(b')') => return Ok(values),
                _ => return Err(self.lexer.wrong("a value is no literal, but an expression")),
            }
        }
    }

    fn value(&mut self) -> Result<Option<String>, DumpError> {
        match self.expect()? {
            Token::Text(text) => Ok(Some(text)),
            Token::Symbol(b'-') => match self.expect()? {
                Token::Word(number) if is_number(&number) => Ok(Some(format!("-{number}"))),
                _ => Err(self.lexer.wrong("a number is missing behind a minus")),
            },
            token if token.is("NULL") => Ok(None),
            token if token.is("TRUE") => Ok(Some("1".to_owned())),
            token if token.is("FALSE") => Ok(Some("0".to_owned())),
            Token::Word(number) if is_number(&number) => Ok(Some(number)),
            // The name of a character set stands before some texts of MySQL.
            Token::Word(word) if word.starts_with('_') => match self.expect()? {
                Token::Text(text) => Ok(Some(text)),
                _ => Err(self.lexer.wrong("a text is missing behind its character set")),
            },
            _ => Err(self.lexer.wrong("a value is no literal, but an expression")),
        }
    }

    /// Up to a semicolon, or to what can only be a new statement.
    fn skip_statement(&mut self) -> Result<(), DumpError> {
        while let Some(token) = self.read()? {
            if token == Token::Symbol(b';') {
                return Ok(());
            }
            if self.begins_statement(&token) {
                self.ahead.push_back(token);
                return Ok(());
            }
        }
        Ok(())
    }

    /// Not every dump ends its statements with a semicolon, but all begin them on a line of their own.
    fn begins_statement(&self, token: &Token) -> bool {
        self.lexer.begins_line() && ["INSERT", "CREATE", "COPY"].iter().any(|word| token.is(word))
    }

    fn expect(&mut self) -> Result<Token, DumpError> {
        self.read()?
            .ok_or_else(|| self.lexer.wrong("the dump ends in the middle of a statement"))
    }

    fn read(&mut self) -> Result<Option<Token>, DumpError> {
        match self.ahead.pop_front() {
            Some(token) => Ok(Some(token)),
            None => self.lexer.token(),
        }
    }
}

impl<R: BufRead> Iterator for Dump<R> {
    type Item = Result<Row, DumpError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let row = self.advance().transpose();
        self.failed = matches!(row, Some(Err(_)));
        row
    }
}

fn is_number(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit() || first == '.')
}

#[cfg(test)]
mod tests;
