-- Who went or got another name while more had to be told, or kept it as a contact, than one job takes: what is left to do
-- (src/storage/rosters/partings.rs).
CREATE TABLE roster_partings (
    id      INTEGER PRIMARY KEY,
    -- the address that is no longer
    leaving TEXT NOT NULL,
    -- the one that it has now; NULL: it is gone
    heir    TEXT,
    -- whose contacts after this one are not told yet; NULL: all are
    roster  INTEGER,
    after   TEXT NOT NULL,
    -- of the roster at that time: whoever keeps it since a later one means somebody else of that name
    version INTEGER NOT NULL
) STRICT;
