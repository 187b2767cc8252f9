//! Database dumps: no file panics or gives more rows than it has room for, and what the rows say is understood or refused.
#![no_main]

use firekeeper::domain::address::Host;
use firekeeper::exchange::openfire::{self, Passwords, Record, find_table};
use firekeeper::exchange::sql::{Dialect, Dump};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|dump: &[u8]| {
    let host = Host::prepare("example.org").expect("a host");
    for dialect in [Dialect::Hsqldb, Dialect::Mysql, Dialect::Standard] {
        let mut rows = 0;
        for row in Dump::in_dialect(dump, dialect) {
            let Ok(row) = row else { break };
            rows += 1;
            let Some(table) = find_table(&row.table) else { continue };
            if let Ok(record) = table.record(row) {
                understand(&record, &host);
            }
        }
        assert!(rows <= dump.len());
    }
});

/// Whatever the table of a record: every reading must stand every record.
fn understand(record: &Record, host: &Host) {
    let (now, records) = (Timestamp::UNIX_EPOCH, [record.clone()]);
    drop(openfire::account(record, &records, host, now));
    drop(openfire::contact(record, &records));
    drop(openfire::vcard(record));
    drop(openfire::last_activity(record));
    drop(openfire::group(record, &records));
    drop(openfire::membership(record, host));
    drop(openfire::service(record, host));
    drop(openfire::room(record, host, "conference", now));
    drop(openfire::affiliation(record, host));
    drop(openfire::member(record, host));
    drop(openfire::offline_message(record, now));
    drop(openfire::history_entry(record, "room@conference.example.org", now));
    drop(openfire::private_xml(record));
    drop(openfire::property(record));
    drop(Passwords::new(None).of(record));
}
