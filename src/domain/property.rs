//! Server properties: free keys with texts, and settings of the service under such keys
//! (Openfire REST API plugin 1.12, §10.15).

/// A server property. `value` is absent for a setting that was never given one, and for a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    pub key: String,
    pub value: Option<String>,
}

/// What is stored under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredProperty {
    Value(String),
    /// It was deleted, and that is remembered: the configuration does not count instead.
    Deleted,
}

impl StoredProperty {
    pub fn value(self) -> Option<String> {
        match self {
            Self::Value(value) => Some(value),
            Self::Deleted => None,
        }
    }
}

/// The key under which a property is stored: without one dot at its end, then without blanks and
/// control characters around it.
pub fn stored_key(text: &str) -> &str {
    text.strip_suffix('.').unwrap_or(text).trim_matches(|c| c <= ' ')
}

/// Whether `key` is `root` or stands below it: `a.b.c` below `a.b`, but not `a.bc`.
pub fn is_at_or_below(key: &str, root: &str) -> bool {
    match key.strip_prefix(root) {
        Some(rest) => rest.is_empty() || rest.starts_with('.'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_stored_without_what_stands_around_it() {
        for (given, stored) in [
            ("t.a", "t.a"),
            (" t.sp ", "t.sp"),
            ("t.dot.", "t.dot"),
            ("t.dots..", "t.dots."),
            (".t", ".t"),
            (".", ""),
            (" ", ""),
            ("t.in ner", "t.in ner"),
            ("\tt\u{a0}", "t\u{a0}"),
        ] {
            assert_eq!(stored_key(given), stored, "{given:?}");
        }
    }

    #[test]
    fn below_begins_at_a_dot() {
        assert!(is_at_or_below("a.b", "a.b"));
        assert!(is_at_or_below("a.b.c", "a.b"));
        assert!(!is_at_or_below("a.bc", "a.b"));
        assert!(!is_at_or_below("a", "a.b"));
        assert!(!is_at_or_below("A.b.c", "a.b"));
    }
}
