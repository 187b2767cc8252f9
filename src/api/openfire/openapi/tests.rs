//! Everything that is served is described.

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
