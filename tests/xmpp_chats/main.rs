//! Runs the chats of `fixtures/xmpp`: what clients send, and what each of them gets for it. The table of
//! `docs/xmpp-coverage.md` names every one of them, `docs/requirements` what each sentence of a specification asks for.
//!
//! `FIREKEEPER_CHATS=offline,carbons` runs only those whose names begin so.

mod pattern;
mod requirements;
mod rules;
mod run;
mod script;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use pattern::{Names, matches};
use script::Chat;
use support::xmpp::stanzas;

const WORKERS: usize = 3;

#[test]
fn every_chat_goes_as_it_is_written() {
    let wanted = std::env::var("FIREKEEPER_CHATS").unwrap_or_default();
    let files: Vec<_> = files()
        .into_iter()
        .filter(|path| wanted.split(',').any(|start| name(path).starts_with(start.trim())))
        .collect();
    assert!(!files.is_empty(), "no chat is called {wanted:?}");
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = Chat::parse(&text(file)).and_then(|chat| run::run(&chat));
                    if let Err(error) = outcome {
                        let report = format!("{}: {error}", name(file));
                        wrong.lock().expect("a sound list").push(report);
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().expect("a sound list");
    wrong.sort();
    assert!(
        wrong.is_empty(),
        "{} of {} chats go otherwise:\n{}",
        wrong.len(),
        files.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_table_of_what_is_covered_names_every_chat_under_its_section_and_no_other() {
    let table = text(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("docs/xmpp-coverage.md")
            .as_path(),
    );
    let listed: BTreeSet<_> = table.split('`').filter_map(|word| word.strip_suffix(".chat")).collect();
    let files = files();
    let present: BTreeSet<_> = files.iter().map(|path| name(path)).collect();
    let present: BTreeSet<_> = present.iter().map(String::as_str).collect();
    assert_eq!(listed, present);
    for path in &files {
        let mention = format!("`{}.chat`", name(path));
        let title = text(path);
        let section = title.split(": ").next().unwrap_or_default();
        let is_under_its_section = table
            .lines()
            .any(|line| line.contains(&mention) && line.contains(&format!("| {section} |")));
        assert!(is_under_its_section, "{mention} is not in a row of {section}");
    }
}

#[test]
fn a_stanza_that_is_not_the_told_one_is_found() {
    let told = "<message to='{Jane}' id='{id}'><body>hi</body><stanza-id xmlns='urn:xmpp:sid:0' id='{any}'/></message>";
    let is_told = |told: &str, got: &str| {
        let mut names = Names::from([("Jane".to_owned(), "jane@example.org/a".to_owned())]);
        let (told, got) = (stanzas(told).expect("stanzas"), stanzas(got).expect("stanzas"));
        told.len() == got.len() && told.iter().zip(&got).all(|(told, got)| matches(told, got, &mut names))
    };
    let got =
        "<message id='1' to='jane@example.org/a'><body>hi</body><stanza-id xmlns='urn:xmpp:sid:0' id='2'/></message>";
    assert!(is_told(told, got));
    for (from, to) in [
        ("hi", "ho"),
        ("org/a", "org/b"),
        (" id='1'", ""),
        (" id='1'", " id='1' type='chat'"),
        ("urn:xmpp:sid:0", "urn:xmpp:sid:1"),
        ("id='2'", "id=''"),
        ("</message>", "<x/></message>"),
        ("<body>hi</body>", ""),
        ("message", "iq"),
    ] {
        assert!(!is_told(told, &got.replace(from, to)), "{from} as {to}");
    }
    let twice = "<message id='{same}'/><message id='{same}'/>";
    assert!(is_told(twice, "<message id='1'/><message id='1'/>"));
    assert!(!is_told(twice, "<message id='1'/><message id='2'/>"));
    let open = "<iq><error><gone xmlns='urn:x'/>{rest}</error></iq>";
    assert!(is_told(
        open,
        "<iq><error><gone xmlns='urn:x'/><text>why</text></error></iq>"
    ));
    assert!(!is_told(open, "<iq><error><text>why</text></error></iq>"));
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xmpp");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder of chats")
        .map(|entry| entry.expect("a folder entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "chat"))
        .collect();
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
