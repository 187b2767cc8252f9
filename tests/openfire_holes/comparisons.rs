//! How secrets are compared: in time that does not depend on where they differ. Time itself is not measured here, as no
//! measurement on a busy machine proves it; the source shows that every comparison goes through `subtle`.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn source(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // without its tests
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

/// The text from the first line with `start` to the end of the item that begins there.
fn item<'t>(text: &'t str, start: &str) -> &'t str {
    let begin = text
        .find(start)
        .unwrap_or_else(|| panic!("{start} has gone; where is it compared now?"));
    let line = text[..begin].rfind('\n').map_or(0, |at| at + 1);
    let indentation = &text[line..][..text[line..].len() - text[line..].trim_start().len()];
    let end = text[begin..]
        .find(&format!("\n{indentation}}}\n"))
        .expect("the end of the item");
    &text[begin..begin + end]
}

#[test]
fn every_comparison_of_secrets_is_that_of_subtle() {
    for (file, start) in [
        ("domain/access.rs", "fn is_secret("),
        ("domain/secret.rs", "impl PartialEq for Secret"),
        ("scram.rs", "fn is_of("),
        ("engine/accounts/passwords.rs", "fn is_remembered("),
    ] {
        let text = source(file);
        let body = item(&text, start);
        assert!(text.contains("use subtle::"), "{file}");
        assert!(body.contains(".ct_eq("), "{file}: {body}");
        assert!(!body.contains("==") && !body.contains("!="), "{file}: {body}");
    }
}

#[test]
fn types_that_hold_secrets_cannot_be_compared_otherwise() {
    let account = source("domain/account.rs");
    for name in [
        "pub struct Password(",
        "pub struct ScramKeys {",
        "pub struct Credentials {",
    ] {
        let before = account.split(name).next().expect("the part before");
        let derives = before.rsplit("#[derive(").next().expect("its derives");
        let derives = derives.split(')').next().unwrap_or_default();
        assert!(!derives.contains("PartialEq"), "{name} {derives}");
        assert!(!account.contains(&format!("PartialEq for {}", name.trim_start_matches("pub struct "))));
    }
    let secret = source("domain/secret.rs");
    let derives = secret.split("pub struct Secret(").next().unwrap_or_default();
    assert!(!derives.contains("PartialEq"), "{derives}");
}

#[test]
fn the_text_of_a_secret_is_compared_with_nothing() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut exposed = 0;
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.contains(".expose()")) {
            exposed += 1;
            let is_compared = [
                "==",
                "!=",
                ".eq(",
                ".ne(",
                ".starts_with(",
                ".ends_with(",
                ".contains(",
                ".cmp(",
            ]
            .iter()
            .any(|comparison| line.contains(comparison));
            assert!(!is_compared, "{}:{}: {line}", file.display(), number + 1);
        }
    }
    assert!(exposed > 5, "{exposed}");
}
