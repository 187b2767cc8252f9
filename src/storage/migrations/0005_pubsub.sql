-- Publish-subscribe: nodes at a service (pubsub.<host>) or at an account, both by their address.

CREATE TABLE pubsub_nodes (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    name    TEXT NOT NULL,
    -- whoever made it: its items count for him
    creator TEXT NOT NULL,
    created INTEGER NOT NULL,
    -- a JSON object: a list of texts for each field
    config  TEXT NOT NULL,
    -- of its items
    bytes   INTEGER NOT NULL DEFAULT 0,
    UNIQUE (service, name)
) STRICT;
CREATE INDEX pubsub_nodes_by_creator ON pubsub_nodes (creator, bytes);

CREATE TABLE pubsub_affiliations (
    node        INTEGER NOT NULL REFERENCES pubsub_nodes (id) ON DELETE CASCADE,
    address     TEXT NOT NULL,
    -- owner, publisher, publish-only, member or outcast
    affiliation TEXT NOT NULL,
    PRIMARY KEY (node, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX pubsub_affiliations_by_address ON pubsub_affiliations (address, node);

CREATE TABLE pubsub_subscriptions (
    node       INTEGER NOT NULL REFERENCES pubsub_nodes (id) ON DELETE CASCADE,
    id         TEXT NOT NULL,
    -- the bare address; with a resource notices go to that one only
    subscriber TEXT NOT NULL,
    resource   TEXT,
    -- pending or subscribed
    state      TEXT NOT NULL,
    -- a JSON object: a list of texts for each field
    options    TEXT NOT NULL,
    PRIMARY KEY (node, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pubsub_subscriptions_by_subscriber ON pubsub_subscriptions (subscriber, node);

-- In the order of their publication. No number is used twice, so that a page of a list that goes on is of the same list.
CREATE TABLE pubsub_items (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    node      INTEGER NOT NULL REFERENCES pubsub_nodes (id) ON DELETE CASCADE,
    id        TEXT NOT NULL,
    publisher TEXT NOT NULL,
    at        INTEGER NOT NULL,
    payload   TEXT,
    bytes     INTEGER NOT NULL,
    UNIQUE (node, id)
) STRICT;
CREATE INDEX pubsub_items_by_node ON pubsub_items (node, seq, at);

CREATE TRIGGER pubsub_items_come AFTER INSERT ON pubsub_items BEGIN
    UPDATE pubsub_nodes SET bytes = bytes + new.bytes WHERE id = new.node;
END;
CREATE TRIGGER pubsub_items_go AFTER DELETE ON pubsub_items BEGIN
    UPDATE pubsub_nodes SET bytes = bytes - old.bytes WHERE id = old.node;
END;
