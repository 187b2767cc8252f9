-- What the services beside messaging store: administration over XMPP, uploaded files.

-- When accounts logged in last.
CREATE TABLE last_logins (
    account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL
) STRICT;

-- What everybody on a host is told: at the next login, or when an account is made.
CREATE TABLE standing_messages (
    host TEXT NOT NULL REFERENCES hosts (name),
    -- 0 message of the day, 1 welcome
    kind INTEGER NOT NULL,
    -- when it was set, which tells it from an earlier one; later changes of its text do not count
    "set" INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (host, kind)
) STRICT;

-- Which message of the day an account has got.
CREATE TABLE standing_message_receipts (
    account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    "set"   INTEGER NOT NULL
) STRICT;

-- Addresses with which nobody here communicates, and exceptions from that.
CREATE TABLE service_addresses (
    -- 0 blocked, 1 allowed
    list    INTEGER NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (list, address)
) STRICT, WITHOUT ROWID;

-- Files that clients put on the server (XEP-0363). The contents stand beside the database, named by the id.
CREATE TABLE uploads (
    -- random: whoever knows it may read the file
    id           TEXT PRIMARY KEY,
    -- NULL: its owner is gone, and so is the file soon
    account      INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    -- as it stands in the URL
    name         TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    -- SHA-256 of what allows to put it
    permit       BLOB NOT NULL,
    -- 0: a place is kept for it, 1: it is being put, 2: it is there
    state        INTEGER NOT NULL DEFAULT 0,
    created      INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_by_account ON uploads (account, bytes);
CREATE INDEX uploads_by_age ON uploads (state, created);
