//! Whose dump it is. It matters for one thing: what a backslash means in a text.

/// How texts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `\uXXXX` is a character, any other backslash is itself.
    Hsqldb,
    /// A backslash begins an escape.
    Mysql,
    /// A backslash is itself: PostgreSQL, and what keeps to the standard.
    Standard,
}

impl Dialect {
    /// The dialect of a dump that begins like this.
    pub fn of(beginning: &[u8]) -> Self {
        let text = String::from_utf8_lossy(beginning);
        let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
        if has(&["MySQL dump", "MariaDB dump", "INSERT INTO `", "ENGINE=InnoDB"]) {
            return Self::Mysql;
        }
        if has(&[
            "PostgreSQL database dump",
            "standard_conforming_strings",
            "INSERT INTO public.",
        ]) {
            return Self::Standard;
        }
        if has(&["SET DATABASE ", "CREATE SCHEMA PUBLIC", "CREATE MEMORY TABLE"]) {
            return Self::Hsqldb;
        }
        // A script of HSQLDB has a statement on each line and nothing between them.
        let insert = text.lines().find(|line| line.starts_with("INSERT INTO "));
        match insert {
            Some(line) if line.ends_with(')') => Self::Hsqldb,
            _ => Self::Standard,
        }
    }
}

/// The comment with which programs that make dumps end them, for a dump that begins like this. One that was cut has none.
pub fn closing_comment(beginning: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(beginning);
    let begins = |comment: &str| text.lines().any(|line| line.starts_with(comment));
    if begins("-- MySQL dump") || begins("-- MariaDB dump") {
        return Some("-- Dump completed");
    }
    begins("-- PostgreSQL database dump").then_some("-- PostgreSQL database dump complete")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_is_known_by_its_beginning() {
        for (beginning, dialect) in [
            ("-- MySQL dump 10.13  Distrib 8.0.36\n", Dialect::Mysql),
            (
                "/*!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19\n",
                Dialect::Mysql,
            ),
            ("INSERT INTO `ofUser` VALUES ('a');\n", Dialect::Mysql),
            ("--\n-- PostgreSQL database dump\n--\n", Dialect::Standard),
            ("INSERT INTO public.ofuser VALUES ('a');\n", Dialect::Standard),
            ("INSERT INTO OFUSER VALUES('a',\n", Dialect::Standard),
            ("SET DATABASE UNIQUE NAME HSQLDB1\n", Dialect::Hsqldb),
            ("INSERT INTO OFUSER VALUES('\\u00fc',NULL)\n", Dialect::Hsqldb),
            ("", Dialect::Standard),
        ] {
            assert_eq!(Dialect::of(beginning.as_bytes()), dialect, "{beginning}");
        }
    }
}
