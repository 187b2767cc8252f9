//! `docs/engine-rules.md` names what shows each rule of the engine: it exists, and no limit is without.

use std::collections::BTreeSet;
use std::path::Path;

use super::support::rust_files;
use super::text;

#[test]
fn what_is_said_to_show_a_rule_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = text(&root.join("docs/engine-rules.md"));
    let names = Names::of(root);
    let mut wrong = Vec::new();
    for row in rows(&document) {
        let (_, shown_by) = row.split_once(" | ").expect("a row of two columns");
        let mut named = shown_by.split('`').skip(1).step_by(2).peekable();
        if named.peek().is_none() && !shown_by.contains("below") {
            wrong.push(format!("nothing shows it: {row}"));
        }
        wrong.extend(
            named
                .filter(|named| !names.has(named))
                .map(|named| format!("{named} does not exist: {row}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_limit_of_clients_has_a_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = text(&root.join("docs/engine-rules.md"));
    let (_, limits) = document.split_once("## Limits").expect("a section of limits");
    let config = text(&root.join("config.toml"));
    let (_, section) = config.split_once("[xmpp.limits]").expect("a section of limits");
    let section = section.split("\n[").next().unwrap_or_default();
    let names: Vec<_> = section
        .lines()
        .filter_map(|line| Some(line.split_once(" = ")?.0.trim()))
        .collect();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        let is_listed = rows(limits).any(|row| {
            row.split(" | ")
                .next()
                .is_some_and(|first| first.contains(&format!("`{name}`")))
        });
        assert!(is_listed, "no row has {name}");
    }
}

/// Without heads and rules of tables.
fn rows(document: &str) -> impl Iterator<Item = &str> {
    let cells = document.lines().filter(|line| line.starts_with("| "));
    cells.filter(|line| !line.contains(" | what shows "))
}

/// What a document may name as a proof.
pub struct Names<'a> {
    root: &'a Path,
    tests: BTreeSet<String>,
}

impl<'a> Names<'a> {
    pub fn of(root: &'a Path) -> Self {
        let files = ["src", "tests"].map(|folder| rust_files::below(&root.join(folder)));
        let tests = files.iter().flatten().flat_map(|path| functions(&text(path))).collect();
        Self { root, tests }
    }

    /// Whether there is such a `NAME.chat`, path or test.
    pub fn has(&self, named: &str) -> bool {
        if named.strip_suffix(".chat").is_some() {
            return self.root.join("fixtures/xmpp").join(named).is_file();
        }
        self.tests.contains(named) || named.contains('/') && self.root.join(named).exists()
    }
}

fn functions(source: &str) -> Vec<String> {
    let declared = source.lines().filter_map(|line| {
        let line = line.trim_start();
        let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
        Some(name.split_once('(')?.0.to_owned())
    });
    declared.filter(|name| name.contains('_')).collect()
}
