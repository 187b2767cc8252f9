//! The state of the cluster and its nodes (§12.19, §12.20).

use jiff::Timestamp;

use crate::api::openfire::output::{Entity, EntityList, FieldWriter};

pub const CLUSTER_NODES: EntityList = EntityList {
    root: "clusterNodes",
    key: "clusterNodes",
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clustering {
    /// `Disabled` where there is no cluster.
    pub status: &'static str,
}

impl Entity for Clustering {
    fn root(&self) -> &'static str {
        "clustering"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.text("status", self.status);
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterNode {
    pub host_name: String,
    pub node_id: String,
    pub joined_time: Timestamp,
    pub senior_member: bool,
}

impl Entity for ClusterNode {
    const ALPHABETICAL: bool = true;

    fn root(&self) -> &'static str {
        "clusterNode"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.text("hostName", &self.host_name);
        out.text("nodeID", &self.node_id);
        out.date("joinedTime", self.joined_time);
        out.boolean("seniorMember", self.senior_member);
    }
}
