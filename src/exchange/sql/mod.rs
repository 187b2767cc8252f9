//! The rows of a database dump: the text script of HSQLDB, `mysqldump`, `pg_dump --inserts`, and what writes `INSERT`
//! statements like them. Rows are read one by one; everything else in a dump is passed over.
//!
//! Not a parser of SQL: values must be literals. `lexer` reads tokens, `dump` the statements.

mod dialect;
mod dump;
mod lexer;

pub use dialect::Dialect;
pub use dump::{Dump, Row};

/// What is wrong with a dump, and where.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct DumpError {
    pub line: u64,
    pub reason: String,
}
