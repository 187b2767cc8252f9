//! Liveness and readiness (§10.17): open to everybody, with or without the API being enabled.

use futures::FutureExt;
use futures::future::BoxFuture;
use http::StatusCode;

use super::call::Exchange;
use super::error::Failure;
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use crate::admin::Health;
use crate::domain::health::ConnectionType;

pub const OPERATIONS: &[Operation] = &[
    Operation::open("/system/liveness", "liveness", |call| answer(call, is_alive)),
    Operation::open("/system/liveness/deadlock", "livenessDeadlock", |call| {
        answer(call, is_alive)
    }),
    // No setting that can be changed while the service runs needs a restart.
    Operation::open("/system/liveness/properties", "livenessSystemProperties", |call| {
        answer(call, |_| true)
    }),
    Operation::open("/system/readiness", "readiness", |call| {
        answer(call, |health| health.is_ready() && health.accepts_connections())
    }),
    Operation::open("/system/readiness/server", "readinessServerStart", |call| {
        answer(call, Health::is_ready)
    }),
    // There is no cluster to wait for.
    Operation::open("/system/readiness/cluster", "readinessCluster", |call| {
        answer(call, |_| true)
    }),
    // What are plugins in the original starts with the service itself.
    Operation::open("/system/readiness/plugins", "readinessPlugins", |call| {
        answer(call, Health::has_started)
    }),
    Operation::open("/system/readiness/connections", "readinessConnections", |call| {
        connections(call).boxed()
    }),
];

fn is_alive(health: &Health) -> bool {
    !health.is_deadlocked()
}

fn answer(call: &Exchange, is_well: fn(&Health) -> bool) -> BoxFuture<'_, Outcome> {
    std::future::ready(verdict(is_well(call.context().admin().health()))).boxed()
}

fn verdict(is_well: bool) -> Outcome {
    if is_well {
        Ok(Reply::done())
    } else {
        Err(Failure::Bare(StatusCode::SERVICE_UNAVAILABLE))
    }
}

async fn connections(call: &Exchange) -> Outcome {
    let health = call.context().admin().health();
    let name = call.text("connectionType").filter(|name| !name.is_empty());
    let Some(name) = name else {
        return verdict(health.accepts_connections());
    };
    let bad_request = Failure::Bare(StatusCode::BAD_REQUEST);
    match (ConnectionType::from_name(&name), call.text("encrypted")) {
        (Some(connection_type), Some(encrypted)) => {
            verdict(health.accepts(connection_type, encrypted.eq_ignore_ascii_case("true")))
        }
        _ => Err(bad_request),
    }
}
