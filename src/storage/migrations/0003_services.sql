-- What the services beside messaging store: administration over XMPP.

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
