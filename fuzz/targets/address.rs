//! JIDs: no text panics, and a prepared address is prepared.
#![no_main]

use firekeeper::domain::address::{Address, FullAddress, Host, Localpart};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(address) = FullAddress::parse(text) {
        let written = address.to_string();
        assert_eq!(FullAddress::parse(&written).ok().as_ref(), Some(&address), "{written}");
        assert_eq!(Address::from_stored(address.bare.as_str()), address.bare);
    }
    if let Ok(localpart) = Localpart::prepare(text) {
        assert_eq!(Localpart::prepare(localpart.as_str()).ok(), Some(localpart));
    }
    if let Ok(host) = Host::prepare(text) {
        assert_eq!(Host::prepare(host.as_str()).ok(), Some(host));
    }
});
