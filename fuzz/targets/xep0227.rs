//! Documents of people: no bytes panic, and every part that is given is what stands in the document.
#![no_main]

use firekeeper::domain::address::{AccountAddress, Host};
use firekeeper::engine::xml::{Limits, parse_element};
use firekeeper::exchange::xep0227::{self, Item, PartKind, Reader};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|document: &[u8]| {
    let host = Host::prepare("example.org").expect("a host");
    let owner = AccountAddress::prepare("kim", &host).expect("an account");
    let now = Timestamp::UNIX_EPOCH;
    let mut reader = Reader::new(document);
    while let Ok(Some(item)) = reader.read() {
        let Item::Part(part) = item else { continue };
        if part.kind == PartKind::Unread {
            continue;
        }
        let again = parse_element(&part.text, Limits::OWN_TEXT).expect("a part is an element");
        assert_eq!(again, part.element);
        drop(xep0227::scram_keys(&part.element));
        drop(xep0227::contacts(&part.element));
        drop(xep0227::vcard_form(&part.text));
        if let Ok(message) = xep0227::offline_message(part.element.clone(), &owner, now) {
            drop(xep0227::offline_form(&message, &owner));
        }
        if let Ok(request) = xep0227::request(part.element, now) {
            drop(xep0227::request_form(&request, &owner));
        }
    }
});
