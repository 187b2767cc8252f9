-- What is removed may have very many rows. Its own row moves at once to the host without a name, where nobody looks, and
-- with it everything that refers to it; the rows go from there a few at a time (src/storage/leftovers.rs).

INSERT INTO hosts (name, created) VALUES ('', 0);
INSERT INTO room_services (id, host, name, folded, hidden) VALUES (0, '', '', '', 1);

-- Rosters get rows of their own, with what roster_versions held: whose they are. The owner need not have an account.
CREATE TABLE rosters (
    id        INTEGER PRIMARY KEY,
    host      TEXT NOT NULL,
    localpart TEXT NOT NULL,
    -- of the last change; 0: there was none since the contacts came from elsewhere
    version   INTEGER NOT NULL DEFAULT 0,
    -- what changed since an earlier version is not known
    oldest    INTEGER NOT NULL DEFAULT 0,
    UNIQUE (host, localpart)
) STRICT;
INSERT INTO rosters (host, localpart, version, oldest) SELECT host, localpart, version, oldest FROM roster_versions;
INSERT OR IGNORE INTO rosters (host, localpart) SELECT DISTINCT host, localpart FROM roster_items;
DROP TABLE roster_versions;

ALTER TABLE roster_items RENAME TO former_roster_items;
DROP INDEX roster_items_by_contact;
CREATE TABLE roster_items (
    roster       INTEGER NOT NULL REFERENCES rosters (id) ON DELETE CASCADE,
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
    version      INTEGER NOT NULL DEFAULT 0,
    -- 1: the owner approved a subscription that the contact has not asked for yet
    approved     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (roster, contact)
) STRICT, WITHOUT ROWID;
INSERT INTO roster_items (roster, contact, nickname, subscription, ask, groups, overrides, version, approved)
    SELECT rosters.id, contact, nickname, subscription, ask, groups, overrides, former.version, approved
    FROM rosters JOIN former_roster_items AS former USING (host, localpart) ORDER BY rosters.id, contact;
DROP TABLE former_roster_items;
CREATE INDEX roster_items_by_contact ON roster_items (contact);

ALTER TABLE roster_tombstones RENAME TO former_roster_tombstones;
CREATE TABLE roster_tombstones (
    roster  INTEGER NOT NULL REFERENCES rosters (id) ON DELETE CASCADE,
    contact TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (roster, contact)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO rosters (host, localpart) SELECT DISTINCT host, localpart FROM former_roster_tombstones;
INSERT INTO roster_tombstones (roster, contact, version)
    SELECT rosters.id, contact, former.version FROM rosters JOIN former_roster_tombstones AS former USING (host, localpart);
DROP TABLE former_roster_tombstones;
