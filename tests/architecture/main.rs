//! The direction of dependency, read from the imports, and two rules about what is written where.
//!
//! Every folder of `src` may import the folders of its line in [`ARROWS`] and nothing else of this crate, and no files,
//! nor the parts of any folder, import each other in a circle. Clock and randomness are passed in: nothing asks for the time or for random bytes
//! itself. Names say what a thing is.

mod circles;
mod domain_crates;
mod imports;
#[path = "../support/rust_files.rs"]
mod rust_files;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use imports::{imports, module_of};
use source::{declared_names, last_word, only_code};

/// Area → the areas it may import. `api` is what the dialects share, `api/*` each of them.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("scram", &["domain"]),
    ("metrics", &[]),
    ("storage", &["domain", "metrics"]),
    ("engine", &["storage", "domain", "scram", "metrics"]),
    ("transport", &["engine", "domain", "config"]),
    ("backend", &["domain"]),
    (
        "backend/embedded",
        &["backend", "engine", "storage", "domain", "scram", "metrics"],
    ),
    ("admin", &["backend", "domain", "metrics"]),
    ("config", &["domain"]),
    ("certificates", &[]),
    ("acme", &["certificates", "data_dir", "domain"]),
    ("http", &["certificates", "config", "domain", "metrics"]),
    ("api", &["admin", "domain", "config", "metrics"]),
    ("api/*", &["api", "admin", "domain", "config"]),
    (
        "api/entry",
        &["api", "api/openfire", "api/userservice", "domain", "config", "metrics"],
    ),
    (
        "listeners",
        &[
            "acme",
            "certificates",
            "engine",
            "api",
            "config",
            "http",
            "metrics",
            "start",
            "supervisor",
            "transport",
        ],
    ),
    ("supervisor", &[]),
    ("telemetry", &["config"]),
    ("data_dir", &["config"]),
    ("exchange", &["domain", "engine", "scram"]),
    ("exchange_dir", &["domain"]),
    ("control", &["admin", "data_dir", "domain", "exchange_dir"]),
    (
        "transfer",
        &["exchange", "storage", "engine", "data_dir", "domain", "scram"],
    ),
    (
        "start",
        &[
            "admin",
            "backend",
            "backend/embedded",
            "config",
            "data_dir",
            "domain",
            "engine",
            "storage",
        ],
    ),
    (
        "cli",
        &[
            "app",
            "admin",
            "config",
            "control",
            "data_dir",
            "domain",
            "exchange_dir",
            "start",
            "supervisor",
            "telemetry",
            "transfer",
        ],
    ),
];

/// Where everything is put together: these may import all.
const ASSEMBLY: &[&str] = &["app", "main", "lib"];

const DIALECTS: &[&str] = &["openfire", "userservice", "ejabberd", "prosody", "mongooseim", "adhoc"];

const AMBIENT: &[&str] = &[
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "Instant::now",
    "Utc::now",
    "rand::rng",
    "rand::random",
    "thread_rng",
    "ThreadRng",
    "OsRng",
    "SysRng",
];

const EMPTY_NAMES: &[&str] = &[
    "manager", "util", "utils", "helper", "helpers", "info", "data", "common", "misc",
];

#[test]
fn every_import_follows_an_arrow() {
    let mut wrong = Vec::new();
    for (file, code) in sources() {
        wrong.extend(forbidden_arrows(file, code));
    }
    assert!(wrong.is_empty(), "imports against the layout:\n{}", wrong.join("\n"));
}

#[test]
fn what_clients_send_is_checked_and_stripped_in_the_pipeline_alone() {
    let callers = |function: &str| {
        let call = format!("{function}(");
        let declared = format!("fn {call}");
        let calls = |code: &str| code.matches(&call).count() > code.matches(&declared).count();
        let found = sources().iter().filter(|(_, code)| calls(code));
        found.map(|(file, _)| module_of(file).join("::")).collect::<Vec<_>>()
    };
    for function in ["strip_message", "strip_presence", "message::send", "presence::send"] {
        assert_eq!(callers(function), ["engine::pipeline"], "{function}");
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let found = circles::find(&arrows(sources()));
    assert!(found.is_empty(), "files in circles:\n{}", found.join("\n"));
}

#[test]
fn no_parts_of_a_folder_import_each_other_in_a_circle() {
    let mut parts = circles::Arrows::new();
    for (file, others) in arrows(sources()) {
        // Tests reach for whatever they need.
        if file.contains("/test") {
            continue;
        }
        for other in others {
            if let Some((part, other)) = parts_of_a_folder(&file, &other) {
                parts.entry(part).or_default().insert(other);
            }
        }
    }
    let found = circles::find(&parts);
    assert!(found.is_empty(), "files and folders in circles:\n{}", found.join("\n"));
}

#[test]
fn the_parts_of_two_files_lie_side_by_side() {
    let parts = |file, other| parts_of_a_folder(file, other);
    let pair = |part: &str, other: &str| Some((part.to_owned(), other.to_owned()));
    assert_eq!(parts("src/a/b/c.rs", "src/a/d.rs"), pair("src/a/b", "src/a/d.rs"));
    assert_eq!(parts("src/a/b.rs", "src/c/d.rs"), pair("src/a", "src/c"));
    assert_eq!(parts("src/a/b/c.rs", "src/a/mod.rs"), None);
}

#[test]
fn a_circle_would_be_found() {
    let file = |path: &str, code: &str| (PathBuf::from(path), code.to_owned());
    let sound = [
        file("src/engine/mod.rs", "use self::a::A;"),
        file("src/engine/a.rs", "use super::B; use super::b;"),
        file("src/engine/b.rs", "use crate::domain::C;"),
        file("src/domain/mod.rs", ""),
    ];
    assert_eq!(circles::find(&arrows(&sound)), Vec::<String>::new());
    let mut turned = sound;
    turned[2].1 = "use super::a::A;".to_owned();
    assert_eq!(
        circles::find(&arrows(&turned)),
        ["src/engine/a.rs → src/engine/b.rs", "src/engine/b.rs → src/engine/a.rs"]
    );
}

#[test]
fn clock_and_randomness_are_passed_in() {
    let mut wrong = Vec::new();
    for (file, code) in sources() {
        if ASSEMBLY.contains(&area(&module_of(file)).as_str()) {
            continue;
        }
        // The instants of tokio stand still in tests, so they are no ambient clock.
        let stoppable = |name: &str| name == "Instant::now" && code.contains("tokio::time");
        let found = AMBIENT.iter().filter(|name| code.contains(**name) && !stoppable(name));
        wrong.extend(found.map(|name| format!("{}: {name}", file.display())));
    }
    assert!(wrong.is_empty(), "ambient time or randomness:\n{}", wrong.join("\n"));
}

#[test]
fn names_say_something() {
    let mut wrong = Vec::new();
    for (file, code) in sources() {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let declared = declared_names(code);
        for name in declared.into_iter().chain([stem]) {
            if EMPTY_NAMES.contains(&last_word(&name).as_str()) {
                wrong.push(format!("{}: {name}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "names that say nothing:\n{}", wrong.join("\n"));
}

#[test]
fn a_forbidden_arrow_would_be_found() {
    let forbidden = [
        ("src/domain/x.rs", "use crate::storage::Store;"),
        ("src/domain/x.rs", "use super::super::storage::Store;"),
        ("src/storage/x.rs", "fn f() { let a = crate::admin::Admin::new(); }"),
        ("src/backend/x.rs", "use crate::backend::embedded::Embedded;"),
        ("src/admin/x.rs", "use crate::{domain::Jid, api::openfire::error};"),
        ("src/api/openfire/x.rs", "use crate::backend::Accounts;"),
        (
            "src/api/openfire/x.rs",
            "use crate::{admin::Admin, storage::{Store, rows}};",
        ),
        ("src/api/openfire/x.rs", "use crate::api::userservice::reply;"),
        ("src/api/openfire/x.rs", "use super::super::userservice::reply;"),
        ("src/api/body.rs", "use super::openfire::wire;"),
        ("src/http/x.rs", "use crate::api::openfire::ROUTES;"),
        ("src/nowhere/x.rs", "use crate::domain::Jid;"),
    ];
    for (file, code) in forbidden {
        assert!(
            !forbidden_arrows(Path::new(file), &only_code(code)).is_empty(),
            "{file}: {code}"
        );
    }
}

#[test]
fn an_allowed_arrow_is_left_alone() {
    let allowed = [
        (
            "src/domain/x.rs",
            "use super::address::BareJid; // not crate::storage::Store",
        ),
        (
            "src/storage/x.rs",
            "use crate::domain::{account::Account, page::{Page, Cursor}};",
        ),
        (
            "src/admin/x.rs",
            "const TEXT: &str = \"crate::storage\"; use crate::backend::Accounts;",
        ),
        (
            "src/api/openfire/users.rs",
            "use super::wire; use crate::api::accept::Format; use crate::admin::Admin;",
        ),
        ("src/app.rs", "use crate::storage::Store;"),
        (
            "src/storage/x.rs",
            "#[cfg(test)] mod tests { use crate::admin::Admin; }",
        ),
    ];
    for (file, code) in allowed {
        assert_eq!(
            forbidden_arrows(Path::new(file), &only_code(code)),
            Vec::<String>::new(),
            "{file}: {code}"
        );
    }
}

/// All files of `src`, as path below the repository and code without comments, texts and tests.
fn sources() -> &'static [(PathBuf, String)] {
    static SOURCES: LazyLock<Vec<(PathBuf, String)>> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let source = |path: PathBuf| {
            let code = only_code(&fs::read_to_string(&path).expect("a readable file"));
            (path.strip_prefix(root).expect("below the root").to_owned(), code)
        };
        rust_files::below(&root.join("src")).into_iter().map(source).collect()
    });
    assert!(SOURCES.len() > 10, "the sources were not found");
    &SOURCES
}

fn forbidden_arrows(file: &Path, code: &str) -> Vec<String> {
    let module = module_of(file);
    let from = area(&module);
    if ASSEMBLY.contains(&from.as_str()) {
        return Vec::new();
    }
    let line = |name: &str| ARROWS.iter().find(|(area, _)| *area == name);
    let dialect = from.starts_with("api/").then(|| line("api/*")).flatten();
    let Some((_, allowed)) = line(&from).or(dialect) else {
        return vec![format!("{}: {from} has no line in the table of arrows", file.display())];
    };
    imports(code, &module)
        .into_iter()
        .map(|path| area(&path))
        .filter(|to| *to != from && *to != "lib" && !allowed.contains(&to.as_str()))
        .map(|to| format!("{}: {from} → {to}", file.display()))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// Which file imports which. What a `mod.rs` says of the files below it does not count: it declares them, and hands their
/// names on.
fn arrows(files: &[(PathBuf, String)]) -> circles::Arrows {
    let modules: BTreeMap<_, _> = files.iter().map(|(file, _)| (module_of(file), file)).collect();
    let deepest = |path: &[String]| (1..=path.len()).rev().find_map(|end| modules.get(&path[..end]));
    let of = |(file, code): &(PathBuf, String)| {
        let module = module_of(file);
        let named = imports(code, &module);
        let imported = named.iter().filter_map(|path| deepest(path));
        let others = imported.filter(|other| !is_below(other, file) && **other != file);
        let others = others.map(|other| other.display().to_string()).collect();
        (file.display().to_string(), others)
    };
    files.iter().map(of).collect()
}

/// The files or folders, in the folder where their ways part, in which two files lie. `None`: one is the `mod.rs` there,
/// which holds the folder together.
fn parts_of_a_folder(file: &str, other: &str) -> Option<(String, String)> {
    let (file, other): (Vec<_>, Vec<_>) = (file.split('/').collect(), other.split('/').collect());
    let shared = file.iter().zip(&other).take_while(|(one, two)| one == two).count();
    let part = |path: &[&str]| {
        path.get(..=shared)
            .filter(|part| !part.ends_with(&["mod.rs"]))
            .map(|part| part.join("/"))
    };
    Some((part(&file)?, part(&other)?))
}

fn is_below(file: &Path, folder: &Path) -> bool {
    folder.ends_with("mod.rs") && folder.parent().is_some_and(|folder| file.starts_with(folder))
}

fn area(module: &[String]) -> String {
    let parts: Vec<_> = module.iter().map(String::as_str).collect();
    match parts[..] {
        [] => "lib".to_owned(),
        ["api", dialect, ..] if DIALECTS.contains(&dialect) => format!("api/{dialect}"),
        // Every request enters here, and here is decided which dialect answers.
        ["api", "entry"] => "api/entry".to_owned(),
        ["backend", "embedded", ..] => "backend/embedded".to_owned(),
        [first, ..] => first.to_owned(),
    }
}
