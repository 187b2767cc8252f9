-- Tokens with which clients log in again (XEP-0484): at most two of each client, the one that it uses and one that it was
-- given since. With these rows alone nobody logs in: a token follows from its row and a key that is not in the database.
CREATE TABLE login_tokens (
    account   INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- how the client tells itself from others of the account (XEP-0388)
    client    TEXT NOT NULL,
    -- 0: given, 1: used since
    used      INTEGER NOT NULL,
    -- random
    seed      BLOB NOT NULL,
    mechanism TEXT NOT NULL,
    issued    INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    -- the highest number that a login was counted with
    count     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, client, used)
) STRICT, WITHOUT ROWID;
