-- Invitations to make an account or to be somebody's contact (XEP-0401).

CREATE TABLE invitations (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    -- SHA-256 of it: whoever reads this database cannot use it
    token    BLOB NOT NULL UNIQUE,
    host     TEXT NOT NULL REFERENCES hosts (name),
    -- the name that the account must have, which is kept for it
    username TEXT,
    -- whose contact the newcomer is to be
    inviter  INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    -- how many may still come
    uses     INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    expires  INTEGER NOT NULL
) STRICT;
CREATE INDEX invitations_by_inviter ON invitations (inviter);
CREATE INDEX invitations_by_username ON invitations (host, username) WHERE username IS NOT NULL;
CREATE INDEX invitations_by_expiry ON invitations (expires);
