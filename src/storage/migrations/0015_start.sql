-- What a start looks for among very many others: rooms that it does not bring back, and messages that were on their way to
-- a session.
CREATE INDEX rooms_of_one_run ON rooms (id) WHERE NOT persistent;
CREATE INDEX offline_messages_held ON offline_messages (id) WHERE holder IS NOT NULL;
