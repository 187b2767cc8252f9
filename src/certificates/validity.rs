//! From when until when a certificate may be used (RFC 5280 §4.1.2.5).

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::der::{FIRST_OPTION, GENERALIZED_TIME, INTEGER, SEQUENCE, UTC_TIME, take};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    pub not_before: Timestamp,
    pub not_after: Timestamp,
}

/// The validity of a certificate (DER). `None`: this is no certificate.
pub fn validity(certificate: &[u8]) -> Option<Validity> {
    // Certificate ::= SEQUENCE { tbsCertificate, … }
    // TBSCertificate ::= SEQUENCE { [0] version, serialNumber, signature, issuer, validity, … }
    let (fields, _) = take(SEQUENCE, certificate)?;
    let (mut fields, _) = take(SEQUENCE, fields)?;
    for tag in [FIRST_OPTION, INTEGER, SEQUENCE, SEQUENCE] {
        (_, fields) = take(tag, fields)?;
    }
    let (times, _) = take(SEQUENCE, fields)?;
    let (not_before, times) = time(times)?;
    let (not_after, _) = time(times)?;
    Some(Validity { not_before, not_after })
}

/// The time at the beginning and what follows it. Two digits of a year are those of 1950 to 2049.
fn time(bytes: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (text, rest) = take(GENERALIZED_TIME, bytes).or_else(|| take(UTC_TIME, bytes))?;
    let text = str::from_utf8(text).ok()?;
    let text = match (text.len(), text.get(..2)?) {
        (13, year) if year < "50" => format!("20{text}"),
        (13, _) => format!("19{text}"),
        _ => text.to_owned(),
    };
    let time = DateTime::strptime("%Y%m%d%H%M%SZ", text).ok()?;
    Some((time.to_zoned(TimeZone::UTC).ok()?.timestamp(), rest))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn made(from: (i32, u8, u8), to: (i32, u8, u8)) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["example.org".to_owned()]).unwrap();
        params.not_before = date_time_ymd(from.0, from.1, from.2);
        params.not_after = date_time_ymd(to.0, to.1, to.2);
        params
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap()
            .der()
            .to_vec()
    }

    #[test]
    fn the_validity_is_read_in_both_forms_of_time() {
        for (from, to) in [
            ((1999, 12, 31), (2026, 2, 28)),
            ((2049, 1, 1), (2050, 1, 1)),
            ((2051, 3, 4), (4096, 1, 1)),
        ] {
            let found = validity(&made(from, to)).unwrap();
            let day =
                |(year, month, day): (i32, u8, u8)| format!("{year}-{month:02}-{day:02}T00:00:00Z").parse().unwrap();
            assert_eq!((found.not_before, found.not_after), (day(from), day(to)));
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_validity() {
        let certificate = made((2020, 1, 1), (2030, 1, 1));
        for end in 0..certificate.len() {
            assert_eq!(validity(&certificate[..end]), None);
        }
    }
}
