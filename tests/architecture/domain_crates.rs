//! The crates of others that the domain may use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::imports::module_of;
use super::source::{is_word, only_code, words};
use super::{area, sources};

/// Each for words and rules: times, the preparation and comparison of names, addresses of networks, secrets that leave no
/// trace, errors, and traits with async functions. How things are stored, sent and written is not the domain's business, so
/// a further crate is a decision.
const ALLOWED: &[&str] = &[
    "async_trait",
    "data_encoding",
    "idna",
    "ipnet",
    "jid",
    "jiff",
    "md5",
    "stringprep",
    "subtle",
    "thiserror",
    "zeroize",
];

#[test]
fn the_domain_uses_the_crates_of_its_list_and_no_others() {
    let mut used = BTreeMap::new();
    for (file, code) in sources() {
        if area(&module_of(file)) == "domain" {
            used.extend(foreign_crates(code).map(|name| (name, file.display())));
        }
    }
    let allowed: BTreeSet<_> = ALLOWED.iter().copied().collect();
    let names: BTreeSet<_> = used.keys().map(String::as_str).collect();
    assert_eq!(
        names, allowed,
        "the crates that the domain uses, by a file each: {used:#?}"
    );
}

#[test]
fn a_crate_is_found_wherever_a_path_begins_with_it() {
    let code = only_code(
        "use rusqlite::{Row}; #[derive(serde::Serialize)] fn f(a: ::tokio::Task) { crate::http::x(std::y()) }",
    );
    let found: Vec<_> = foreign_crates(&code).collect();
    assert_eq!(found, ["rusqlite", "serde", "tokio"]);
}

/// The dependencies of this crate with which paths in the code begin.
fn foreign_crates(code: &str) -> impl Iterator<Item = String> {
    words(code).filter_map(|(at, word)| {
        let before = code[..at].strip_suffix("::").map_or("", str::trim_end);
        let is_first = !before.ends_with(|one| is_word(one) || one == '>');
        let begins_a_path = is_first && code[at + word.len()..].starts_with("::");
        (begins_a_path && dependencies().contains(word)).then(|| word.to_owned())
    })
}

/// As the code writes them.
fn dependencies() -> &'static BTreeSet<String> {
    static DEPENDENCIES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let manifest: toml::Table = include_str!("../../Cargo.toml").parse().expect("a manifest");
        let dependencies = manifest["dependencies"].as_table().expect("dependencies");
        let names = dependencies.keys();
        // `md-5` calls itself `md5` there.
        names
            .flat_map(|name| [name.replace('-', "_"), name.replace('-', "")])
            .collect()
    });
    &DEPENDENCIES
}
