-- What the XMPP engine stores. Stanzas are kept as the texts in which they are sent; this schema knows nothing of XML.

-- Messages that wait for an account, in the order of their ids. No id is used twice: whoever acknowledges a message
-- late must not remove another.
CREATE TABLE offline_messages (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    at         INTEGER NOT NULL,
    stanza     TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    -- its public id in the account's archive
    archive_id TEXT,
    -- the session that is owed it and has not acknowledged it; NULL: it waits for a login
    holder     TEXT
) STRICT;
CREATE INDEX offline_messages_by_account ON offline_messages (account, holder, id, bytes);

-- Message archives of accounts and rooms. One without either belonged to somebody who is gone: nobody can read it, and
-- its entries are removed a few at a time. No id is used twice, so that nobody inherits entries.
CREATE TABLE archives (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER UNIQUE REFERENCES accounts (id) ON DELETE SET NULL,
    room    INTEGER UNIQUE REFERENCES rooms (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX archives_of_nobody ON archives (id) WHERE account IS NULL AND room IS NULL;

-- A message that was archived, once, however many archives have it.
CREATE TABLE archive_bodies (
    -- the millisecond of archiving in the upper 44 bits, a count within it in the lower 20: the order of the commits
    seq     INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    -- how many archives have it
    entries INTEGER NOT NULL,
    stanza  TEXT NOT NULL
) STRICT;

CREATE TABLE archive_entries (
    archive         INTEGER NOT NULL REFERENCES archives (id),
    -- of archive_bodies; no foreign key, which would want an index of its own
    seq             INTEGER NOT NULL,
    -- who the owner talked with, or who spoke in the room
    contact         TEXT NOT NULL,
    resource        TEXT,
    -- 0: a room that hid the real address of its occupants at that time
    address_visible INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (archive, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX archive_entries_by_contact ON archive_entries (archive, contact, seq, resource);

CREATE TABLE archive_preferences (
    account  INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    -- 0 archive nothing, 1 everything, 2 what is exchanged with contacts
    standard INTEGER NOT NULL,
    -- exceptions: JSON lists of addresses
    always   TEXT NOT NULL,
    never    TEXT NOT NULL
) STRICT;

-- The key that hides the order of the archive behind its public ids.
INSERT INTO settings (key, value) VALUES ('archive.key', lower(hex(randomblob(32))));

-- Counts every change of a roster, of all owners together: so the versions of an account that is made anew are higher
-- than all that clients remember of the old one.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('roster', 1);

ALTER TABLE roster_items ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
-- 1: the owner approved a subscription that the contact has not asked for yet
ALTER TABLE roster_items ADD COLUMN approved INTEGER NOT NULL DEFAULT 0;
-- The last change of anything that shared groups put into the rosters of this host.
ALTER TABLE hosts ADD COLUMN shared_version INTEGER NOT NULL DEFAULT 0;

CREATE TABLE roster_versions (
    host      TEXT NOT NULL,
    localpart TEXT NOT NULL,
    -- of the last change
    version   INTEGER NOT NULL,
    -- what changed since an earlier version is not known
    oldest    INTEGER NOT NULL,
    PRIMARY KEY (host, localpart)
) STRICT, WITHOUT ROWID;
INSERT INTO roster_versions SELECT DISTINCT host, localpart, 1, 1 FROM roster_items;

CREATE TABLE roster_tombstones (
    host      TEXT NOT NULL,
    localpart TEXT NOT NULL,
    contact   TEXT NOT NULL,
    version   INTEGER NOT NULL,
    PRIMARY KEY (host, localpart, contact)
) STRICT, WITHOUT ROWID;

-- Requests to see an account's presence that it has not answered, one per sender.
CREATE TABLE subscription_requests (
    account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sender  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    stanza  TEXT NOT NULL,
    PRIMARY KEY (account, sender)
) STRICT;
CREATE INDEX subscription_requests_by_sender ON subscription_requests (sender);

CREATE TABLE private_xml (
    account   INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    namespace TEXT NOT NULL,
    name      TEXT NOT NULL,
    xml       TEXT NOT NULL,
    bytes     INTEGER NOT NULL,
    PRIMARY KEY (account, namespace, name)
) STRICT;

CREATE TABLE blocked_addresses (
    account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    PRIMARY KEY (account, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocked_addresses_by_address ON blocked_addresses (address);

-- When the last session of an account went, and what it said.
CREATE TABLE last_activity (
    account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    status  TEXT
) STRICT;

-- What clients can do, by the verified hash that they send instead.
CREATE TABLE capabilities (
    algorithm TEXT NOT NULL,
    hash      TEXT NOT NULL,
    -- the answer to disco#info
    features  TEXT NOT NULL,
    used      INTEGER NOT NULL,
    PRIMARY KEY (algorithm, hash)
) STRICT;
CREATE INDEX capabilities_by_use ON capabilities (used);
