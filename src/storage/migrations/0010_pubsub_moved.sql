-- Nodes that were deleted and have a successor, until there is a node of that name again.
CREATE TABLE pubsub_moved (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    name    TEXT NOT NULL,
    -- who made the node: it counts for him
    creator TEXT NOT NULL,
    uri     TEXT NOT NULL,
    UNIQUE (service, name)
) STRICT;
CREATE INDEX pubsub_moved_by_creator ON pubsub_moved (creator, seq);
