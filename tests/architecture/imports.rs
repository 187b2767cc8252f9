//! What a file imports of this crate.

use std::path::Path;

use super::source::{is_word, words};

/// `src/api/openfire/users.rs` → `api openfire users`; a `mod.rs` is its folder.
pub fn module_of(file: &Path) -> Vec<String> {
    let mut parts: Vec<_> = file
        .iter()
        .skip(1)
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    let last = parts.pop().unwrap_or_default();
    match last.trim_end_matches(".rs") {
        "mod" => {}
        stem => parts.push(stem.to_owned()),
    }
    parts
}

/// Every path of this crate that the code names, whether in a `use` or in place.
pub fn imports(code: &str, module: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, word) in words(code) {
        let rest = &code[at..];
        if code[..at].ends_with("::") || !rest[word.len()..].starts_with("::") {
            continue;
        }
        match word {
            "crate" | "firekeeper" => branches(&rest[word.len() + 2..], &[], &mut found),
            "super" => {
                let mut base = module.to_vec();
                let mut rest = rest;
                while let Some(after) = rest.strip_prefix("super::") {
                    base.pop();
                    rest = after;
                }
                branches(rest, &base, &mut found);
            }
            _ => {}
        }
    }
    found
}

/// Follows `a::b::{c, d::e}` and notes every end of it.
fn branches(code: &str, base: &[String], found: &mut Vec<Vec<String>>) {
    let code = code.trim_start();
    if let Some(group) = code.strip_prefix('{') {
        let mut depth = 0;
        let mut start = 0;
        for (at, one) in group.char_indices() {
            match one {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    if !group[start..at].trim().is_empty() {
                        branches(&group[start..at], base, found);
                    }
                    start = at + 1;
                    if one == '}' {
                        return;
                    }
                }
                _ => {}
            }
        }
        return;
    }
    let name: String = code.chars().take_while(|one| is_word(*one)).collect();
    let mut path = base.to_vec();
    if !name.is_empty() && name != "self" {
        path.push(name.clone());
    }
    match code[name.len()..].strip_prefix("::") {
        Some(rest) => branches(rest, &path, found),
        None => found.push(path),
    }
}
