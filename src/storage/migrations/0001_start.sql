-- Times are milliseconds since 1970-01-01T00:00:00Z. Addresses are prepared before they are stored.

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE hosts (
    name    TEXT PRIMARY KEY,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id                INTEGER PRIMARY KEY,
    host              TEXT NOT NULL REFERENCES hosts (name),
    localpart         TEXT NOT NULL,
    name              TEXT,
    email             TEXT,
    sha1_salt         BLOB,
    sha1_iterations   INTEGER,
    sha1_stored_key   BLOB,
    sha1_server_key   BLOB,
    sha256_salt       BLOB,
    sha256_iterations INTEGER,
    sha256_stored_key BLOB,
    sha256_server_key BLOB,
    created           INTEGER NOT NULL,
    modified          INTEGER NOT NULL,
    -- may administer the server, by the word of its operator
    administrator     INTEGER NOT NULL DEFAULT 0,
    UNIQUE (host, localpart)
) STRICT;

CREATE TABLE account_properties (
    account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_properties_by_key ON account_properties (key, account, value);

CREATE TABLE lockouts (
    account INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    "from"  INTEGER,
    until   INTEGER,
    reason  TEXT
) STRICT;

CREATE TABLE groups (
    id           INTEGER PRIMARY KEY,
    host         TEXT NOT NULL REFERENCES hosts (name),
    name         TEXT NOT NULL,
    description  TEXT,
    -- 0 nobody, 1 its members, 2 everybody
    sharing      INTEGER NOT NULL DEFAULT 0,
    display_name TEXT NOT NULL,
    UNIQUE (host, name)
) STRICT;

CREATE INDEX groups_by_sharing ON groups (host, sharing, display_name);

CREATE TABLE group_members (
    "group"  INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    address  TEXT NOT NULL,
    admin    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY ("group", address)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_by_address ON group_members (address, "group");

CREATE TABLE group_properties (
    "group" INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY ("group", key)
) STRICT, WITHOUT ROWID;

-- The owner of a roster need not have an account yet.
CREATE TABLE roster_items (
    host         TEXT NOT NULL,
    localpart    TEXT NOT NULL,
    contact      TEXT NOT NULL,
    nickname     TEXT,
    -- -1 remove, 0 none, 1 to, 2 from, 3 both
    subscription INTEGER NOT NULL DEFAULT 0,
    -- 0 none, 1 subscribe sent and unanswered
    ask          INTEGER NOT NULL DEFAULT 0,
    -- personal groups: a JSON list of texts
    groups       TEXT NOT NULL DEFAULT '[]',
    -- 1: the subscription was set while a shared group gave both directions, and counts instead
    overrides    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (host, localpart, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX roster_items_by_contact ON roster_items (contact);

CREATE TABLE vcards (
    host      TEXT NOT NULL,
    localpart TEXT NOT NULL,
    vcard     TEXT NOT NULL,
    PRIMARY KEY (host, localpart)
) STRICT;

CREATE TABLE room_services (
    id          INTEGER PRIMARY KEY,
    host        TEXT NOT NULL REFERENCES hosts (name),
    name        TEXT NOT NULL,
    -- the name in lower case: two services must not differ in letter case only
    folded      TEXT NOT NULL,
    description TEXT,
    hidden      INTEGER NOT NULL DEFAULT 0,
    UNIQUE (host, folded)
) STRICT;

CREATE TABLE rooms (
    id                         INTEGER PRIMARY KEY,
    service                    INTEGER NOT NULL REFERENCES room_services (id),
    name                       TEXT NOT NULL,
    natural_name               TEXT,
    -- in lower case, for searching
    natural_name_folded        TEXT,
    description                TEXT,
    password                   TEXT,
    subject                    TEXT,
    max_occupants              INTEGER NOT NULL,
    -- 0: the row goes at the next start
    persistent                 INTEGER NOT NULL,
    public                     INTEGER NOT NULL,
    registration_enabled       INTEGER NOT NULL,
    anyone_discovers_addresses INTEGER NOT NULL,
    occupants_change_subject   INTEGER NOT NULL,
    occupants_invite           INTEGER NOT NULL,
    change_nickname            INTEGER NOT NULL,
    logged                     INTEGER NOT NULL,
    reserved_nicknames_only    INTEGER NOT NULL,
    members_only               INTEGER NOT NULL,
    moderated                  INTEGER NOT NULL,
    -- words separated by blanks
    broadcast_roles            TEXT NOT NULL,
    private_messages           TEXT NOT NULL,
    retire_on_removal          INTEGER NOT NULL DEFAULT 0,
    created                    INTEGER NOT NULL,
    modified                   INTEGER NOT NULL,
    UNIQUE (service, name)
) STRICT;

CREATE TABLE retired_rooms (
    service INTEGER NOT NULL REFERENCES room_services (id),
    name    TEXT NOT NULL,
    PRIMARY KEY (service, name)
) STRICT, WITHOUT ROWID;

-- Either address or group_name is set. position keeps the order of addition.
CREATE TABLE room_affiliations (
    room        INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    affiliation TEXT NOT NULL,
    address     TEXT,
    group_name  TEXT,
    PRIMARY KEY (room, position),
    UNIQUE (room, address),
    UNIQUE (room, group_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_affiliations_by_address ON room_affiliations (address) WHERE address IS NOT NULL;
CREATE INDEX room_affiliations_by_group ON room_affiliations (group_name) WHERE group_name IS NOT NULL;

CREATE TABLE properties (
    key   TEXT PRIMARY KEY,
    -- NULL: a setting of the service that was deleted, which counts before the configuration
    value TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    username TEXT NOT NULL,
    summary  TEXT NOT NULL,
    details  TEXT,
    node     TEXT NOT NULL
) STRICT;
CREATE INDEX audit_log_by_time ON audit_log (at);
-- Newest first within a user: the row id is part of every index.
CREATE INDEX audit_log_by_username ON audit_log (username);
