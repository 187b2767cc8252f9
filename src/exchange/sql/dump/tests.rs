use proptest::prelude::*;

use super::*;

fn rows(dump: &str) -> Result<Vec<Row>, DumpError> {
    Dump::new(dump.as_bytes())?.collect()
}

fn some(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}

fn names(names: &[&str]) -> Arc<[String]> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_script_of_hsqldb_is_read() {
    let dump = r"SET DATABASE UNIQUE NAME HSQLDB1
CREATE SCHEMA PUBLIC AUTHORIZATION DBA
CREATE MEMORY TABLE PUBLIC.OFX(NAME VARCHAR(64) NOT NULL,SIZE INTEGER DEFAULT 0,CONSTRAINT OFX_PK PRIMARY KEY(NAME))
SET SCHEMA PUBLIC
INSERT INTO OFX VALUES('\u00dc''s \ud83d\ude00 o\27h \u005cu0041 \u12','-1')
INSERT INTO OFX VALUES(NULL,-7)
GRANT DBA TO SA
";
    let rows = rows(dump).unwrap();
    assert_eq!(rows[0].table, "ofx");
    assert_eq!(rows[0].columns, Some(names(&["name", "size"])));
    assert_eq!(rows[0].values, some(&["Ü's 😀 o\\27h \\u0041 \\u12", "-1"]));
    assert_eq!(rows[1].values, [None, Some("-7".to_owned())]);
    assert_eq!((rows[1].line, rows.len()), (6, 2));
}

#[test]
fn a_dump_of_mysql_is_read() {
    let dump = r#"-- MySQL dump 10.13
/*!40101 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS `ofX`;
CREATE TABLE `ofX` (
  `name` varchar(64) NOT NULL,
  `size` decimal(10,2),
  PRIMARY KEY (`name`),
  KEY `size_idx` (`size`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
LOCK TABLES `ofX` WRITE;
INSERT INTO `ofX` VALUES ('it\'s \\ \n\t\"q\" 50\% ''x''',1.5),(_binary 'ü','-2'),
('; INSERT',NULL);
UNLOCK TABLES;
-- Dump completed on 2026-11-22
"#;
    let rows = rows(dump).unwrap();
    assert_eq!(rows[0].columns, Some(names(&["name", "size"])));
    assert_eq!(rows[0].values, some(&["it's \\ \n\t\"q\" 50\\% 'x'", "1.5"]));
    assert_eq!(rows[1].values, some(&["ü", "-2"]));
    assert_eq!(rows[2].values, [Some("; INSERT".to_owned()), None]);
    assert_eq!(rows.len(), 3);
}

#[test]
fn a_dump_of_postgresql_is_read() {
    let dump = r#"--
-- PostgreSQL database dump
--
SET standard_conforming_strings = on;
CREATE TABLE public.ofx (
    name character varying(64) NOT NULL,
    size integer,
    CONSTRAINT c CHECK ((size > 0))
);
ALTER TABLE public.ofx OWNER TO openfire;
INSERT INTO public.ofx VALUES ('back\slash ''q''
two lines', 3);
INSERT INTO public.ofx (size, name) VALUES (true, E'tab\there');
INSERT INTO public."ofX" VALUES ('x') ON CONFLICT DO NOTHING;
INSERT INTO "public".ofx VALUES ('y');
--
-- PostgreSQL database dump complete
--
"#;
    let rows = rows(dump).unwrap();
    assert_eq!(rows[0].values, some(&["back\\slash 'q'\ntwo lines", "3"]));
    assert_eq!(rows[0].columns, Some(names(&["name", "size"])));
    assert_eq!(rows[1].columns, Some(names(&["size", "name"])));
    assert_eq!(rows[1].values, some(&["1", "tab\there"]));
    assert_eq!((rows[2].table.as_str(), rows[3].table.as_str()), ("ofx", "ofx"));
    assert_eq!(rows.len(), 4);
}

#[test]
fn statements_of_other_databases_are_read() {
    let dump = "USE [openfire]\nGO\nINSERT [dbo].[ofX] ([name], [size]) VALUES (N'ü''s', 3)\n\
                INSERT [dbo].[ofX] ([name]) VALUES (N'b')\nGO\n\
                Insert into OPENFIRE.OFX (NAME,SIZE) values ('c','4');\n";
    let rows = rows(dump).unwrap();
    assert_eq!(rows[0].values, some(&["ü's", "3"]));
    assert_eq!(rows[1].values, some(&["b"]));
    assert_eq!((rows[2].table.as_str(), &rows[2].values), ("ofx", &some(&["c", "4"])));
}

#[test]
fn a_dump_that_was_cut_between_two_statements_is_refused() {
    for (first, last) in [
        (
            "-- MySQL dump 10.13  Distrib 8.0.36\n",
            "-- Dump completed on 2026-11-22\n",
        ),
        ("-- MariaDB dump 10.19\r\n", "-- Dump completed\r\n"),
        (
            "--\n-- PostgreSQL database dump\n--\n",
            "-- PostgreSQL database dump complete",
        ),
    ] {
        let statements = "INSERT INTO x VALUES ('-- Dump completed');\nINSERT INTO x VALUES ('b'); -- almost\n";
        let error = rows(&format!("{first}{statements}")).unwrap_err();
        assert!(error.reason.contains("was cut"), "{first}: {error}");
        assert_eq!(rows(&format!("{first}{statements}{last}")).unwrap().len(), 2, "{last}");
        assert_eq!(rows(statements).unwrap().len(), 2);
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    for (dump, line, part) in [
        ("\nCOPY public.ofuser (username) FROM stdin;\n", 2, "--inserts"),
        ("INSERT INTO x VALUES ('a\n", 1, "never closed"),
        ("INSERT INTO x VALUES (now());\n", 1, "literal"),
        ("INSERT INTO x VALUES ('a' || 'b');\n", 1, "literal"),
        ("\n\nINSERT INTO x VALUES (1", 3, "middle"),
        ("INSERT INTO x SELECT 1;", 1, "VALUES"),
        ("INSERT INTO x VALUES (1),2;", 1, "parenthesis"),
    ] {
        let error = rows(dump).unwrap_err();
        assert!(error.line == line && error.reason.contains(part), "{dump:?}: {error}");
    }
    let latin = b"INSERT INTO x VALUES ('\xfc');";
    let error = Dump::new(&latin[..]).unwrap().next().unwrap().unwrap_err();
    assert!(error.reason.contains("UTF-8"), "{error}");
}

#[test]
fn what_holds_no_rows_gives_none() {
    for dump in ["", "hello; world\n", "CREATE INDEX x ON y (z)\nGRANT DBA TO SA\n"] {
        assert_eq!(rows(dump).unwrap(), []);
    }
}

/// A text as each dialect writes it.
fn written(text: &str, dialect: Dialect) -> String {
    let content = match dialect {
        Dialect::Standard => text.replace('\'', "''"),
        Dialect::Mysql => text
            .replace('\\', "\\\\")
            .replace('\'', "\\'")
            .replace('"', "\\\"")
            .replace('\0', "\\0")
            .replace('\n', "\\n")
            .replace('\r', "\\r")
            .replace('\u{1a}', "\\Z"),
        Dialect::Hsqldb => {
            let text = text.replace("\\u", "\\u005cu").replace('\'', "''");
            let unit = |unit: u16| match u8::try_from(unit) {
                Ok(byte) if (0x20..0x80).contains(&byte) => char::from(byte).to_string(),
                _ => format!("\\u{unit:04x}"),
            };
            text.encode_utf16().map(unit).collect()
        }
    };
    format!("'{content}'")
}

const DIALECTS: [Dialect; 3] = [Dialect::Hsqldb, Dialect::Mysql, Dialect::Standard];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\\u".to_owned()),
        Just("\\".to_owned()),
        Just("'".to_owned()),
        Just("\"".to_owned()),
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("\0".to_owned()),
        Just("\u{1a}".to_owned()),
        Just(");--/*".to_owned()),
        "\\PC{1,3}",
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_was_written_is_read(texts in proptest::collection::vec(text(), 1..5)) {
        for dialect in DIALECTS {
            let list: Vec<_> = texts.iter().map(|text| written(text, dialect)).collect();
            let dump = format!("INSERT INTO x VALUES ({})\nINSERT INTO y VALUES (1);", list.join(","));
            let rows: Vec<_> = Dump::in_dialect(dump.as_bytes(), dialect).collect::<Result<_, _>>().unwrap();
            let expected: Vec<_> = texts.iter().cloned().map(Some).collect();
            prop_assert_eq!(&rows[0].values, &expected, "{}", dump);
            prop_assert_eq!(rows.len(), 2);
        }
    }

    #[test]
    fn nothing_breaks_it(
        dump in "(INSERT INTO |VALUES|CREATE TABLE |\\(|\\)|'|\"|`|\\[|--|/\\*|\\*/|,|;|\n|x|1|-|\\\\|\\PC){0,40}"
    ) {
        for dialect in DIALECTS {
            let read = Dump::in_dialect(dump.as_bytes(), dialect).count();
            prop_assert!(read <= dump.len() + 1);
        }
    }
}
