//! Publish-subscribe: nodes with those who have to do with them, and items. Nobody is told of anything here.

pub mod affiliations;
pub mod items;
pub mod moved;
pub mod moves;
pub mod nodes;
pub mod subscriptions;

use std::collections::BTreeMap;

use crate::domain::{Error, Result};

/// Fields with what they say, as a JSON object.
fn to_json(fields: impl Iterator<Item = (&'static str, Vec<String>)>) -> String {
    let object: serde_json::Map<_, _> = fields
        .map(|(field, values)| (field.to_owned(), values.into()))
        .collect();
    serde_json::Value::Object(object).to_string()
}

fn from_json(text: &str) -> Result<BTreeMap<String, Vec<String>>> {
    serde_json::from_str(text).map_err(Error::internal)
}

#[cfg(test)]
mod tests;
