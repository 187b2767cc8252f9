//! How texts of the configuration are read: durations, sizes, addresses, networks, names.
//!
//! Every message says what is expected, because it is shown behind the name and the value of the setting.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use serde::{Deserialize, Deserializer, de::Error};
use tracing_subscriber::EnvFilter;

use crate::domain::address::{Address, FullAddress, Host};
use crate::domain::network::IpRange;
use crate::domain::secret::Secret;

const DURATION_UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];
const YEAR: Duration = Duration::from_hours(366 * 24);
const SMALLEST_LIMIT_OF_STANZAS: usize = 10_000;
const SIZE_UNITS: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// `"250ms"`, `"5s"`, `"10m"`, `"1h"`, `"7d"`.
pub fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text)
        .ok_or_else(|| D::Error::custom("expected a duration, such as \"250ms\", \"5s\", \"10m\", \"1h\" or \"7d\""))
}

/// The same as operators write it elsewhere.
pub fn parse_duration(text: &str) -> Option<Duration> {
    scaled(text, &DURATION_UNITS).map(Duration::from_millis)
}

/// A duration above zero, and at most a year.
pub fn lifetime<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text)
        .filter(|lifetime| !lifetime.is_zero() && *lifetime <= YEAR)
        .ok_or_else(|| {
            D::Error::custom("expected a duration above zero and of at most a year, such as \"12h\" or \"7d\"")
        })
}

/// `"512B"`, `"64KiB"`, `"2MiB"`, `"1GiB"`, in bytes; at least one byte.
pub fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let text = String::deserialize(deserializer)?;
    scaled(&text, &SIZE_UNITS)
        .and_then(|bytes| usize::try_from(bytes).ok())
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| D::Error::custom("expected a size above zero, such as \"512B\", \"64KiB\" or \"2MiB\""))
}

/// The same for stanzas, which may nowhere be confined to less (RFC 6120 §13.12).
pub fn stanza_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let bytes = size(deserializer)?;
    if bytes < SMALLEST_LIMIT_OF_STANZAS {
        return Err(D::Error::custom(
            "expected a size from 10000B up, such as \"64KiB\" or \"256KiB\"",
        ));
    }
    Ok(bytes)
}

fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// A whole number from one up.
pub fn at_least_one<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + PartialOrd + From<u8>,
{
    let number = T::deserialize(deserializer)?;
    if number < T::from(1) {
        return Err(D::Error::custom("expected a whole number from 1 up"));
    }
    Ok(number)
}

/// A number of PBKDF2 rounds that is not fewer than RFC 5802, section 5.1, asks for.
pub fn scram_iterations<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    const FEWEST: u32 = 4096;
    let number = u32::deserialize(deserializer)?;
    if number < FEWEST {
        return Err(D::Error::custom(format!(
            "expected a whole number from {FEWEST} up: with fewer rounds, stolen keys give the passwords away (RFC 5802)"
        )));
    }
    Ok(number)
}

/// An address with a port; empty means off.
pub fn optional_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    parse_address(&text).map(Some).map_err(D::Error::custom)
}

/// An address with a port.
pub fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    parse_address(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn parse_address(text: &str) -> Result<SocketAddr, &'static str> {
    text.replacen("localhost:", "127.0.0.1:", 1)
        .parse()
        .map_err(|_| "expected an address and a port, such as \"127.0.0.1:9090\" or \"[::]:9090\"")
}

/// A path; empty means none.
pub fn optional_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok((!text.is_empty()).then(|| PathBuf::from(text)))
}

/// A domain.
pub fn domain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Host, D::Error> {
    parse_domain(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// A domain or an address without a port; empty means none.
pub fn optional_host_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    if text.parse::<IpAddr>().is_err() {
        parse_domain(&text).map_err(D::Error::custom)?;
    }
    Ok(Some(text))
}

/// Domains.
pub fn domains<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Host>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts
        .iter()
        .map(|text| parse_domain(text).map_err(D::Error::custom))
        .collect()
}

fn parse_domain(text: &str) -> Result<Host, String> {
    Host::prepare(text).map_err(|cause| format!("{cause}; expected a domain such as \"example.org\""))
}

/// Addresses of accounts, also of other servers.
pub fn accounts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Address>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts
        .iter()
        .map(|text| parse_account(text.trim()).map_err(D::Error::custom))
        .collect()
}

fn parse_account(text: &str) -> Result<Address, String> {
    match FullAddress::parse(text) {
        Ok(FullAddress { bare, resource: None }) if bare.localpart().is_some() => Ok(bare),
        _ => Err(format!(
            "{text:?} is no address of an account: expected one such as \"admin@example.org\""
        )),
    }
}

/// Directives of `EnvFilter`: a level, or levels for parts of the program.
pub fn log_level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match EnvFilter::try_new(&text) {
        Ok(_) if !text.is_empty() => Ok(text),
        _ => Err(D::Error::custom(
            "expected error, warn, info, debug, trace or directives such as \"info,firekeeper::http=debug\"",
        )),
    }
}

impl<'de> Deserialize<'de> for IpRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_have_a_number_and_a_unit() {
        for (text, milliseconds) in [
            ("0s", Some(0)),
            ("250ms", Some(250)),
            ("10m", Some(600_000)),
            ("7 d", Some(604_800_000)),
            ("5", None),
            ("s", None),
            ("", None),
            ("-1s", None),
            ("1.5s", None),
            ("5 parrots", None),
            ("99999999999999999999s", None),
            ("99999999999999999d", None),
        ] {
            assert_eq!(scaled(text, &DURATION_UNITS), milliseconds, "{text}");
        }
        for (text, bytes) in [
            ("1B", Some(1)),
            ("64KiB", Some(65_536)),
            ("2MiB", Some(2_097_152)),
            ("2MB", None),
            ("é", None),
        ] {
            assert_eq!(scaled(text, &SIZE_UNITS), bytes, "{text}");
        }
    }
}
