//! Addresses that stand for groups (Openfire REST API plugin 1.12, §8.4): the localpart is the
//! group's name in base32hex, the resource the MD5 of the name, which tells such an address from
//! that of a person.

use data_encoding::{BASE32HEX, HEXLOWER};
use md5::{Digest, Md5};

use super::address::{FullAddress, Host};

/// The address of the group `name` on `host`.
pub fn group_address(name: &str, host: &Host) -> String {
    let localpart = BASE32HEX.encode(name.as_bytes()).to_ascii_lowercase();
    format!("{localpart}@{host}/{}", fingerprint(name))
}

/// The name of the group that `address` stands for, if it stands for a group of `host`.
pub fn group_name(address: &FullAddress, host: &Host) -> Option<String> {
    if address.bare.host() != host.as_str() {
        return None;
    }
    let localpart = address.bare.localpart()?.to_ascii_uppercase();
    let name = String::from_utf8(BASE32HEX.decode(localpart.as_bytes()).ok()?).ok()?;
    (address.resource.as_deref()? == fingerprint(&name)).then_some(name)
}

fn fingerprint(name: &str) -> String {
    HEXLOWER.encode(&Md5::digest(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn host() -> Host {
        Host::prepare("example.org").unwrap()
    }

    #[test]
    fn a_group_has_an_address() {
        for (name, address) in [
            (
                "test group",
                "ehin6t10ctp6utbg@example.org/a7ddb18d057601f26b0c679a764bab07",
            ),
            (
                "Gruppe ü",
                "8tp7as3gckgc7f0=@example.org/3fd9d9224d241bb996f277019f160a51",
            ),
            ("G", "8s======@example.org/dfcf28d0734569a6a693bc8194de62bf"),
        ] {
            assert_eq!(group_address(name, &host()), address);
        }
    }

    #[test]
    fn addresses_of_persons_stand_for_no_group() {
        for text in [
            "jane@example.org",
            "8s======@example.org",
            "8s======@example.org/home",
            "8s======@example.net/dfcf28d0734569a6a693bc8194de62bf",
            "example.org/dfcf28d0734569a6a693bc8194de62bf",
        ] {
            assert_eq!(group_name(&FullAddress::parse(text).unwrap(), &host()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_group_is_found_by_its_address(name in "\\PC{1,50}") {
            let address = FullAddress::parse(&group_address(&name, &host())).unwrap();
            prop_assert_eq!(group_name(&address, &host()), Some(name));
        }
    }
}
