//! Whether a stanza that came is the one that a chat tells of.

use std::collections::BTreeMap;

use firekeeper::engine::xml::{Element, Node};

/// What the names of a chat stand for.
pub type Names = BTreeMap<String, String>;

/// Replaces the names that are known.
pub fn fill_in(text: &str, names: &Names) -> String {
    names.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

/// Whether `got` is what `wanted` tells of; names that it does not know yet are learnt then.
pub fn matches(wanted: &Element, got: &Element, names: &mut Names) -> bool {
    let mut learnt = names.clone();
    let is_same = is_same(wanted, got, &mut learnt);
    if is_same {
        *names = learnt;
    }
    is_same
}

fn is_same(wanted: &Element, got: &Element, names: &mut Names) -> bool {
    wanted.is(got.name(), got.ns())
        && wanted.attrs().count() == got.attrs().count()
        && wanted.attrs().all(|(ns, name, value)| {
            got.attr_ns(ns, name)
                .is_some_and(|given| is_same_text(value, given, names))
        })
        && is_same_content(wanted, got.nodes(), names)
}

fn is_same_content(wanted: &Element, got: &[Node], names: &mut Names) -> bool {
    if wanted.children().next().is_none() {
        let text = wanted.text();
        return match got {
            _ if text == "{rest}" => true,
            [] => is_same_text(&text, "", names),
            [Node::Text(given)] => is_same_text(&text, given, names),
            _ => false,
        };
    }
    let mut left = got.iter();
    for node in wanted.nodes() {
        let is_next = match node {
            Node::Text(text) if text.trim() == "{rest}" => return true,
            Node::Text(text) if text.trim().is_empty() => true,
            Node::Text(text) => matches!(left.next(), Some(Node::Text(given)) if is_same_text(text, given, names)),
            Node::Element(child) => {
                matches!(left.next(), Some(Node::Element(given)) if is_same(child, given, names))
            }
        };
        if !is_next {
            return false;
        }
    }
    left.next().is_none()
}

fn is_same_text(wanted: &str, got: &str, names: &mut Names) -> bool {
    let wanted = fill_in(wanted, names);
    if wanted == got {
        return true;
    }
    let Some((before, (name, after))) = wanted
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    else {
        return false;
    };
    let found = got.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    match (name, found) {
        (_, None) => false,
        ("any", Some(found)) => !found.is_empty(),
        (name, Some(found)) => {
            names.insert(name.to_owned(), found.to_owned());
            true
        }
    }
}
