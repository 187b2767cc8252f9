//! By which name a request is known to who sent it and in the log: that of its `X-Request-Id`, or a new one.
//!
//! The imitated servers know no such header, so it is answered only to who sends it, or where the operator wants it.

use http::HeaderName;
use http::header::{HeaderMap, HeaderValue};

use crate::domain::random::Random;

pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Room for a UUID, a trace with its span, or what load balancers make.
const LONGEST: usize = 128;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The one that was sent, unless it is too long or has other characters than names have; then a new one.
    pub fn of(headers: &HeaderMap, random: &dyn Random) -> Self {
        match headers.get(HEADER) {
            Some(sent) if is_sane(sent.as_bytes()) => Self(sent.clone()),
            _ => Self::make(random),
        }
    }

    /// Sixteen hexadecimal digits.
    fn make(random: &dyn Random) -> Self {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        let made = HeaderValue::from_str(&format!("{:016x}", u64::from_be_bytes(bytes)));
        Self(made.unwrap_or(HeaderValue::from_static("unknown")))
    }

    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub fn into_header(self) -> HeaderValue {
        self.0
    }
}

fn is_sane(text: &[u8]) -> bool {
    let is_fit = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:=+/@".contains(byte);
    (1..=LONGEST).contains(&text.len()) && text.iter().all(is_fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeros;

    impl Random for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn a_sane_identifier_stays_and_any_other_is_replaced() {
        let id = |sent: &[u8]| {
            let sent = HeaderValue::from_bytes(sent).unwrap();
            let headers = HeaderMap::from_iter([(HEADER, sent)]);
            RequestId::of(&headers, &Zeros).as_str().to_owned()
        };
        for sane in [
            "7",
            "550e8400-e29b-41d4-a716-446655440000",
            "1-67891233-abcdef012345678912345678",
            "Root=1-5e2;a".split(';').next().unwrap(),
            &"x".repeat(128),
        ] {
            assert_eq!(id(sane.as_bytes()), sane);
        }
        for insane in ["", "a b", "a\tb", "a\"b", "{}", "a,b", "<x>", &"x".repeat(129)] {
            assert_eq!(id(insane.as_bytes()), "0".repeat(16), "{insane:?}");
        }
        assert_eq!(id(b"\xff"), "0".repeat(16));
        assert_eq!(RequestId::of(&HeaderMap::new(), &Zeros).as_str(), "0".repeat(16));
    }
}
