//! The cluster (§10.19). This server stands alone, so clustering is disabled and has no nodes.

use futures::FutureExt;
use http::StatusCode;

use super::call::Call;
use super::error::Failure;
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::wire::clustering::{CLUSTER_NODES, ClusterNode, Clustering};

pub const OPERATIONS: &[Operation] = &[
    Operation::get("/clustering/status", "getClusteringStatus", |call| status(call).boxed())
        .during("Could not get the clustering status"),
    Operation::get("/clustering/nodes", "getClusterNodes", |call| list(call).boxed())
        .during("Could not get the cluster nodes"),
    Operation::get("/clustering/nodes/{nodeId}", "getClusterNode", |call| {
        find(call).boxed()
    })
    .during("Could not find a cluster node with this NodeID."),
];

async fn status(call: &Call) -> Outcome {
    Ok(Reply::entity(call, &Clustering { status: "Disabled" }))
}

async fn list(call: &Call) -> Outcome {
    Ok(Reply::list(call, CLUSTER_NODES, std::iter::empty::<ClusterNode>()))
}

async fn find(call: &Call) -> Outcome {
    Err(Failure::service(
        StatusCode::NOT_FOUND,
        "ClusterNodeNotFoundException",
        call.message(),
        call.parameter("nodeId"),
    ))
}
