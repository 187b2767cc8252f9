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

use futures::FutureExt;
use futures::future::BoxFuture;

use super::call::{Call, Exchange};
use super::operation::{Operation, Outcome, Produces};
use super::reply::Reply;

pub use document::document;

pub const OPERATIONS: &[Operation] = &[
    Operation::open("/openapi.yaml", "getOpenApiYaml", |call| yaml(call)).producing(Produces::Only(YAML)),
    Operation::get("/openapi.json", "getOpenApiJson", |call| json(call).boxed()).producing(Produces::Only(JSON)),
];

const YAML: &str = "application/yaml";
const JSON: &str = "application/json";
const XML: &str = "application/xml";

fn yaml(call: &Exchange) -> BoxFuture<'_, Outcome> {
    let reply = Reply::text(YAML, call.context().document().yaml.as_str());
    std::future::ready(Ok(reply)).boxed()
}

async fn json(call: &Call) -> Outcome {
    Ok(Reply::text(JSON, call.context().document().json.as_str()))
}

#[cfg(test)]
mod tests;
