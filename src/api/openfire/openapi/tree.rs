//! A document as a tree that keeps the order of its keys, written as JSON or as YAML.

use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    Text(String),
    Flag(bool),
    Number(i64),
    /// A JSON document, which is YAML as well.
    Json(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl From<&str> for Tree {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Tree {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// A map from its entries, in their order.
pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Tree)>) -> Tree {
    Tree::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

pub fn list(items: impl IntoIterator<Item = Tree>) -> Tree {
    Tree::List(items.into_iter().collect())
}

impl Tree {
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    fn write_json(&self, out: &mut String) {
        match self {
            Self::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    item.write_json(out);
                }
                out.push(']');
            }
            Self::Map(entries) => {
                out.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    out.push_str(&quoted(key));
                    out.push(':');
                    value.write_json(out);
                }
                out.push('}');
            }
            scalar => out.push_str(&scalar.scalar()),
        }
    }

    /// Block style; texts are quoted as in JSON, which YAML reads the same.
    pub fn to_yaml(&self) -> String {
        let mut out = String::new();
        self.write_yaml(0, &mut out);
        out.push('\n');
        // The first line break belongs to a map inside a map.
        out.split_off(1)
    }

    fn write_yaml(&self, depth: usize, out: &mut String) {
        let begin = |out: &mut String| {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        };
        match self {
            Self::List(items) if items.is_empty() => out.push_str(" []"),
            Self::Map(entries) if entries.is_empty() => out.push_str(" {}"),
            Self::List(items) => {
                for item in items {
                    begin(out);
                    out.push('-');
                    item.write_yaml(depth + 1, out);
                }
            }
            Self::Map(entries) => {
                for (key, value) in entries {
                    begin(out);
                    out.push_str(&yaml_key(key));
                    out.push(':');
                    value.write_yaml(depth + 1, out);
                }
            }
            scalar => {
                out.push(' ');
                out.push_str(&scalar.scalar());
            }
        }
    }

    fn scalar(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Json(document) => document.clone(),
            Self::List(_) | Self::Map(_) => String::new(),
        }
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A word stands as it is; all else, numbers too, is quoted.
fn yaml_key(key: &str) -> String {
    let is_word = key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(|c| c.is_ascii_alphanumeric());
    if is_word { key.to_owned() } else { quoted(key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Tree {
        map([
            ("openapi", Tree::from("3.1.0")),
            ("empty", list([])),
            ("200", map([("a/b", Tree::Flag(true)), ("none", map::<&str>([]))])),
            ("items", list(["-1".into(), map([("say", Tree::from("\"yes\": no"))])])),
        ])
    }

    #[test]
    fn json_keeps_the_order_of_keys() {
        let expected =
            r#"{"openapi":"3.1.0","empty":[],"200":{"a/b":true,"none":{}},"items":["-1",{"say":"\"yes\": no"}]}"#;
        assert_eq!(example().to_json(), expected);
    }

    #[test]
    fn yaml_is_in_block_style() {
        let expected = "openapi: \"3.1.0\"\nempty: []\n\"200\":\n  \"a/b\": true\n  none: {}\nitems:\n  - \"-1\"\n  -\n    say: \"\\\"yes\\\": no\"\n";
        assert_eq!(example().to_yaml(), expected);
    }
}
