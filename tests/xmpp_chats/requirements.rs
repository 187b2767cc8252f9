//! `docs/requirements` lists every sentence of a specification that demands something: none is left out, and
//! what is named as its proof exists.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::rules::Names;
use super::text;

const REASONS: [&str; 6] = ["client", "federation", "not offered", "wording", "above", "deviation"];

#[test]
fn every_requirement_is_shown_or_says_why_not() {
    let names = Names::of(Path::new(env!("CARGO_MANIFEST_DIR")));
    let mut wrong = Vec::new();
    for file in files() {
        let document = text(&file);
        let rows: Vec<_> = document.lines().filter_map(Row::of).collect();
        let is_counted = document
            .lines()
            .take(4)
            .any(|line| line.contains(&format!(" {} sentences", rows.len())));
        if !is_counted {
            wrong.push(format!(
                "{}: does not say that it has {} sentences",
                file.display(),
                rows.len()
            ));
        }
        wrong.extend(
            out_of_order(&rows)
                .into_iter()
                .chain(rows.iter().filter_map(|row| row.fault(&names)))
                .map(|fault| format!("{}: {fault}", file.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A line `| section | number | demand | shown by |`.
struct Row<'a> {
    section: &'a str,
    number: usize,
    shown_by: &'a str,
}

impl<'a> Row<'a> {
    /// Nothing for what is no row, and for heads of tables.
    fn of(line: &'a str) -> Option<Self> {
        let cells: Vec<_> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let [section, number, _, shown_by] = cells[..] else {
            return None;
        };
        Some(Self {
            section,
            number: number.parse().ok()?,
            shown_by,
        })
    }

    fn fault(&self, names: &Names) -> Option<String> {
        let place = format!("§{} number {}", self.section, self.number);
        let named: Vec<_> = self.shown_by.split('`').skip(1).step_by(2).collect();
        if let Some(missing) = named.iter().find(|named| !names.has(named)) {
            return Some(format!("{place}: {missing} does not exist"));
        }
        let has_reason = REASONS.iter().any(|reason| self.shown_by.starts_with(reason));
        (named.is_empty() && !has_reason).then(|| format!("{place}: nothing shows it, and no reason is given"))
    }
}

/// Within a section numbers count from 1, wherever its rows stand.
fn out_of_order(rows: &[Row<'_>]) -> Vec<String> {
    let mut last = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in rows {
        let last = last.entry(row.section).or_insert(0);
        if row.number != *last + 1 {
            wrong.push(format!("§{}: number {} follows {last}", row.section, row.number));
        }
        *last = row.number;
    }
    wrong
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/requirements");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder of requirements")
        .map(|entry| entry.expect("a folder entry").path())
        .filter(|path| path.file_name().is_some_and(|name| name != "README.md"))
        .collect();
    files.sort();
    files
}
