//! The parameters of a call (§11.4): from the query, and what that lacks from a form (quirk 94). The first of several counts.

use std::borrow::Cow;

use super::error::Failure;
use crate::api::query::Query;
use crate::domain::address::{AccountAddress, Host};

pub struct Parameters<'a> {
    query: Query<'a>,
    form: Query<'a>,
}

impl<'a> Parameters<'a> {
    /// Both still encoded.
    pub fn new(query: &'a str, form: &'a str) -> Self {
        Self {
            query: Query::new(Some(query)),
            form: Query::new(Some(form)),
        }
    }

    pub fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.query.text(name).or_else(|| self.form.text(name))
    }

    pub fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(Cow::into_owned)
    }

    /// The account of `username`, which is escaped here and so may hold what names of accounts may not. Nobody has the
    /// empty name.
    pub fn account(&self, host: &Host) -> Result<AccountAddress, Failure> {
        let name = self.text("username").unwrap_or_default();
        let name = trimmed(&name).to_lowercase();
        if name.is_empty() {
            return Err(Failure::USER_NOT_FOUND);
        }
        Ok(AccountAddress::prepare(&escaped(&name), host)?)
    }

    /// The items of `groups` as they are, without the empty ones; `None` when it is absent.
    pub fn groups(&self) -> Option<Vec<String>> {
        let list = self.text("groups")?;
        let items = list.split(',').filter(|item| !item.is_empty());
        Some(items.map(str::to_owned).collect())
    }
}

/// Without what Java's `trim` takes off: blanks and control characters.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

/// What stands for a character that a localpart must not hold (XEP-0106).
const ESCAPES: [(char, &str); 10] = [
    (' ', "\\20"),
    ('"', "\\22"),
    ('&', "\\26"),
    ('\'', "\\27"),
    ('/', "\\2f"),
    (':', "\\3a"),
    ('<', "\\3c"),
    ('>', "\\3e"),
    ('@', "\\40"),
    ('\\', "\\5c"),
];

fn escaped(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for (at, character) in name.char_indices() {
        let character = if is_blank(character) { ' ' } else { character };
        let must_be_escaped = character != '\\' || is_escape(&name[at..]);
        match ESCAPES.iter().find(|(plain, _)| *plain == character) {
            Some((_, escape)) if must_be_escaped => escaped.push_str(escape),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Whether `text` begins with one of the escapes, in either letter case.
fn is_escape(text: &str) -> bool {
    let begins = |escape: &str| {
        text.get(..escape.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(escape))
    };
    ESCAPES.iter().any(|(_, escape)| begins(escape))
}

/// White space as Java sees it: not the blanks that do not break.
fn is_blank(character: char) -> bool {
    let breaks = !matches!(character, '\u{85}' | '\u{a0}' | '\u{2007}' | '\u{202f}');
    (character.is_whitespace() && breaks) || matches!(character, '\u{1c}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_localpart_must_not_hold_is_escaped() {
        for (name, expected) in [
            ("a@b", "a\\40b"),
            ("a b", "a\\20b"),
            ("a\tb", "a\\20b"),
            ("a\u{2028}b", "a\\20b"),
            ("a\u{3000}b", "a\\20b"),
            ("a\u{a0}b", "a\u{a0}b"),
            ("a/b:c", "a\\2fb\\3ac"),
            ("\"&'<>", "\\22\\26\\27\\3c\\3e"),
            ("x\\40y", "x\\5c40y"),
            ("x\\2Fy", "x\\5c2Fy"),
            ("x\\5cy", "x\\5c5cy"),
            ("a\\b", "a\\b"),
            ("\\\\", "\\\\"),
            ("a\\2", "a\\2"),
            ("a%+b", "a%+b"),
        ] {
            assert_eq!(escaped(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_name_is_trimmed_and_folded_before_it_is_escaped() {
        let host = Host::prepare("example.org").unwrap();
        for (query, localpart) in [
            ("username=%20Milena%20", Some("milena")),
            ("username=A%40B", Some("a\\40b")),
            ("username=J%C3%9CRGEN", Some("jürgen")),
            ("username=%20", None),
            ("username=", None),
            ("username=x%01y", None),
            ("", None),
        ] {
            let account = Parameters::new(query, "").account(&host).ok();
            let found = account.as_ref().map(|account| account.localpart().as_str());
            assert_eq!(found, localpart, "{query:?}");
        }
    }

    #[test]
    fn a_form_fills_only_what_the_query_lacks() {
        let parameters = Parameters::new("type=add&username=a", "username=b&password=p");
        assert_eq!(parameters.text("username").as_deref(), Some("a"));
        assert_eq!(parameters.text("password").as_deref(), Some("p"));
        assert_eq!(parameters.text("name"), None);
    }

    #[test]
    fn groups_are_taken_as_they_are() {
        let groups = |query| Parameters::new(query, "").groups();
        assert_eq!(groups("groups=,a,,%20b,"), Some(vec!["a".into(), " b".into()]));
        assert_eq!(groups("groups="), Some(Vec::new()));
        assert_eq!(groups(""), None);
    }

    proptest! {
        #[test]
        fn an_escaped_name_holds_nothing_that_is_forbidden(name in ".{0,40}") {
            let escaped = escaped(&name);
            let forbidden = escaped.contains(['"', '&', '\'', '/', ':', '<', '>', '@', ' ']);
            prop_assert!(!forbidden, "{escaped:?}");
        }
    }
}
