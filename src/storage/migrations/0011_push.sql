-- Who is told of messages that accounts do not get at once (XEP-0357).

CREATE TABLE push_registrations (
    account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- the address of the app server
    service TEXT NOT NULL,
    node    TEXT NOT NULL,
    -- the form with which it is told, as XML
    options TEXT,
    PRIMARY KEY (account, service, node)
) STRICT, WITHOUT ROWID;
