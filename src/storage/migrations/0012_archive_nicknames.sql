-- Who spoke in a room, as the room knew him: the archive of a room is read by nickname as well as by real address.
ALTER TABLE archive_entries ADD COLUMN nickname TEXT;

-- Of what was said before, the stanza tells it: the attributes of the message come first in it.
UPDATE archive_entries SET nickname = (
    SELECT replace(replace(replace(replace(replace(
        substr(speaker, instr(speaker, '/') + 1),
        '&lt;', '<'), '&gt;', '>'), '&apos;', ''''), '&quot;', '"'), '&amp;', '&')
    FROM (
        SELECT substr(tail, 1, instr(tail, '''') - 1) AS speaker
        FROM (
            SELECT substr(stanza, instr(stanza, ' from=''') + 7) AS tail
            FROM archive_bodies WHERE archive_bodies.seq = archive_entries.seq
        )
    )
    WHERE instr(speaker, '/') > 0
) WHERE archive IN (SELECT id FROM archives WHERE room IS NOT NULL);

CREATE INDEX archive_entries_by_nickname ON archive_entries (archive, nickname, seq) WHERE nickname IS NOT NULL;
