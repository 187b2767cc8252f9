-- What rooms have beside the settings that the administration APIs know. A room without a row has what every room has.
CREATE TABLE room_profiles (
    room         INTEGER PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    language     TEXT,
    -- a node of publish-subscribe that belongs to it
    node         TEXT,
    -- roles that may read who is affiliated: words separated by blanks
    list_readers TEXT NOT NULL
) STRICT;

-- The vCard of a room, which holds its picture.
CREATE TABLE room_vcards (
    room   INTEGER PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    vcard  TEXT NOT NULL,
    -- the SHA-1 of each picture in hexadecimal digits, separated by blanks
    photos TEXT NOT NULL
) STRICT;

-- Nicknames that nobody else may use in a room.
CREATE TABLE room_nicknames (
    room     INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    address  TEXT NOT NULL,
    nickname TEXT NOT NULL,
    PRIMARY KEY (room, address),
    UNIQUE (room, nickname)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_nicknames_by_address ON room_nicknames (address);
