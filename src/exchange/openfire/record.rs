//! A record of a table, by the names of its columns.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Columns in lower case with their values; NULL is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Record(BTreeMap<String, String>);

impl FromIterator<(String, String)> for Record {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(columns: T) -> Self {
        Self(columns.into_iter().collect())
    }
}

impl Record {
    pub fn text(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }

    /// The text, unless it is empty.
    pub fn filled(&self, column: &str) -> Option<&str> {
        self.text(column).filter(|text| !text.is_empty())
    }

    /// The text of a column that is never NULL; empty when it is.
    pub fn required(&self, column: &str) -> &str {
        self.text(column).unwrap_or_default()
    }

    pub fn number(&self, column: &str) -> Option<i64> {
        self.text(column)?.trim().parse().ok()
    }

    pub fn flag(&self, column: &str) -> bool {
        self.number(column).is_some_and(|number| number != 0)
    }

    /// A time in milliseconds, padded with zeros; `None` for 0, which stands for "never".
    pub fn time(&self, column: &str) -> Option<Timestamp> {
        let milliseconds = self.number(column).filter(|milliseconds| *milliseconds > 0)?;
        Timestamp::from_millisecond(milliseconds).ok()
    }
}
