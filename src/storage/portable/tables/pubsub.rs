//! Nodes of publish-subscribe.

use super::{NEW, NODES, OF_NODE, Rule, Table};

pub const TABLES: &[Table] = &[
    Table {
        name: NODES,
        select: Some("SELECT service, name AS node, creator, created, config FROM pubsub_nodes ORDER BY id"),
        put: "PUT INTO pubsub_nodes (service, name, creator, created, config) \
              VALUES (:service, :node, :creator, :created, :config)",
        replace: " ON CONFLICT (service, name) DO UPDATE SET creator = excluded.creator, created = excluded.created, \
                  config = excluded.config",
        clear: &[
            "DELETE FROM pubsub_affiliations \
             WHERE node = (SELECT id FROM pubsub_nodes WHERE service = :service AND name = :node)",
            "DELETE FROM pubsub_subscriptions \
             WHERE node = (SELECT id FROM pubsub_nodes WHERE service = :service AND name = :node)",
            "DELETE FROM pubsub_items \
             WHERE node = (SELECT id FROM pubsub_nodes WHERE service = :service AND name = :node)",
        ],
        identity: OF_NODE,
        ..NEW
    },
    Table {
        name: "pubsub_moved",
        select: Some("SELECT service, name AS node, creator, uri FROM pubsub_moved ORDER BY seq"),
        put: "INSERT OR IGNORE INTO pubsub_moved (service, name, creator, uri) \
              SELECT :service, :node, :creator, :uri \
              WHERE NOT EXISTS (SELECT 1 FROM pubsub_nodes WHERE service = :service AND name = :node)",
        rule: Rule::IfMissing,
        ..NEW
    },
    Table {
        name: "pubsub_affiliations",
        select: Some(
            "SELECT service, name AS node, address, affiliation FROM pubsub_nodes \
             JOIN pubsub_affiliations ON node = id ORDER BY id, address",
        ),
        put: "INSERT OR REPLACE INTO pubsub_affiliations (node, address, affiliation) \
              SELECT id, :address, :affiliation FROM pubsub_nodes WHERE service = :service AND name = :node",
        rule: Rule::Always,
        belongs_to: OF_NODE,
        ..NEW
    },
    Table {
        name: "pubsub_subscriptions",
        select: Some(
            "SELECT service, name AS node, held.id AS id, subscriber, resource, state, options FROM pubsub_nodes \
             JOIN pubsub_subscriptions AS held ON node = pubsub_nodes.id ORDER BY pubsub_nodes.id, held.id",
        ),
        put: "INSERT OR REPLACE INTO pubsub_subscriptions (node, id, subscriber, resource, state, options) \
              SELECT id, :id, :subscriber, :resource, :state, :options \
              FROM pubsub_nodes WHERE service = :service AND name = :node",
        rule: Rule::Always,
        belongs_to: OF_NODE,
        ..NEW
    },
    Table {
        name: "pubsub_items",
        select: Some(
            "SELECT service, name AS node, held.id AS id, publisher, at, payload FROM pubsub_items AS held \
             JOIN pubsub_nodes ON pubsub_nodes.id = node ORDER BY seq",
        ),
        put: "INSERT OR IGNORE INTO pubsub_items (node, id, publisher, at, payload, bytes) \
              SELECT id, :id, :publisher, :at, :payload, octet_length(:id) + ifnull(octet_length(:payload), 0) \
              FROM pubsub_nodes WHERE service = :service AND name = :node",
        rule: Rule::Always,
        belongs_to: OF_NODE,
        ..NEW
    },
];
