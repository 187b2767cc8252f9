//! The OpenAPI document (§10.20), made of the table of operations and the descriptions of operations and entities.
//! It names fields as they stand on the wire, where that of the original does not.

mod document;
mod entities;
mod examples;
mod field;
mod operations;
mod parameters;
mod responses;
mod tree;
mod userservice;

use std::sync::LazyLock;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::call::{Call, Exchange};
use super::operation::{Operation, Outcome, Produces};
use super::reply::Reply;
use crate::domain::access::AuthMode;
use document::document;
use tree::Tree;

pub const OPERATIONS: &[Operation] = &[
    Operation::open("/openapi.yaml", "getOpenApiYaml", |call| yaml(call)).producing(Produces::Only(YAML)),
    Operation::get("/openapi.json", "getOpenApiJson", |call| json(call).boxed()).producing(Produces::Only(JSON)),
];

const YAML: &str = "application/yaml";
const JSON: &str = "application/json";
const XML: &str = "application/xml";

/// The document in both formats.
struct Document {
    yaml: String,
    json: String,
}

static FOR_BASIC: LazyLock<Document> = LazyLock::new(|| Document::of(&document(AuthMode::Basic)));
static FOR_SECRET: LazyLock<Document> = LazyLock::new(|| Document::of(&document(AuthMode::Secret)));

impl Document {
    fn of(tree: &Tree) -> Self {
        Self {
            yaml: tree.to_yaml(),
            json: tree.to_json(),
        }
    }

    /// The document for the present way to authenticate.
    fn current(call: &Exchange) -> &'static Self {
        match call.context().admin().settings().access().mode {
            AuthMode::Basic => &FOR_BASIC,
            AuthMode::Secret => &FOR_SECRET,
        }
    }
}

fn yaml(call: &Exchange) -> BoxFuture<'_, Outcome> {
    let reply = Reply::text(YAML, Document::current(call).yaml.as_str());
    std::future::ready(Ok(reply)).boxed()
}

async fn json(call: &Call) -> Outcome {
    Ok(Reply::text(JSON, Document::current(call).json.as_str()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::document::names_in;
    use super::operations::DESCRIPTIONS;
    use super::parameters::PARAMETERS;
    use super::*;
    use crate::api::openfire::routes::operations;

    #[test]
    fn every_operation_is_described_and_nothing_else_is() {
        let described: BTreeSet<_> = DESCRIPTIONS.iter().map(|description| description.id).collect();
        assert_eq!(described.len(), DESCRIPTIONS.len(), "described twice");
        let served: BTreeSet<_> = operations().map(|operation| operation.id).collect();
        assert_eq!(described, served);
    }

    #[test]
    fn every_parameter_and_entity_that_is_named_is_known() {
        let parameters: BTreeSet<_> = PARAMETERS.iter().map(|parameter| parameter.name).collect();
        let entities: BTreeSet<_> = entities::ENTITIES
            .iter()
            .map(|entity| entity.name)
            .chain(["vCard"])
            .collect();
        for operation in operations() {
            for name in names_in(operation.path) {
                assert!(parameters.contains(name), "{operation:?}: {name}");
            }
        }
        for description in DESCRIPTIONS {
            for name in description.query {
                assert!(parameters.contains(name), "{}: {name}", description.id);
            }
            for name in description.takes.iter().chain(description.returns) {
                assert!(entities.contains(name), "{}: {name}", description.id);
            }
        }
    }
}
