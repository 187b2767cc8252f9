-- Why somebody has an affiliation of a room, as whoever gave it said.
ALTER TABLE room_affiliations ADD COLUMN reason TEXT;

-- When the subject of a room was set last. A room without a row never had one.
CREATE TABLE room_subjects (
    room   INTEGER PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    set_at INTEGER NOT NULL,
    -- the message in which an occupant set it; NULL: an administrator did
    stanza TEXT
) STRICT;
