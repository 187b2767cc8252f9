//! PLAIN (RFC 4616): one message with everything in clear text.

use super::failure::Failure;
use crate::domain::account::Password;

pub struct Plain<'a> {
    /// Whom to act as; `None`: oneself.
    pub authzid: Option<&'a str>,
    pub authcid: &'a str,
    pub password: Password,
}

impl<'a> Plain<'a> {
    /// Reads `[authzid] NUL authcid NUL passwd`.
    pub fn parse(message: &'a [u8]) -> Result<Self, Failure> {
        let text = std::str::from_utf8(message).map_err(|_| Failure::MalformedRequest)?;
        let mut parts = text.split('\0');
        let (Some(authzid), Some(authcid), Some(password), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Failure::MalformedRequest);
        };
        if authcid.is_empty() {
            return Err(Failure::MalformedRequest);
        }
        Ok(Self {
            authzid: Some(authzid).filter(|authzid| !authzid.is_empty()),
            authcid,
            password: Password::new(password).map_err(|_| Failure::MalformedRequest)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(message: &[u8]) -> Option<(Option<String>, String, String)> {
        let plain = Plain::parse(message).ok()?;
        let password = plain.password.expose().to_owned();
        Some((plain.authzid.map(str::to_owned), plain.authcid.to_owned(), password))
    }

    #[test]
    fn the_examples_of_rfc_4616_are_read() {
        let tim = (None, "tim".into(), "tanstaaftanstaaf".into());
        assert_eq!(parsed(b"\0tim\0tanstaaftanstaaf"), Some(tim));
        let ursel = (Some("Ursel".into()), "Kurt".into(), "xipj3plmq".into());
        assert_eq!(parsed(b"Ursel\0Kurt\0xipj3plmq"), Some(ursel));
    }

    #[test]
    fn a_message_has_two_nuls_a_name_and_a_password() {
        for wrong in [
            &b""[..],
            b"\0",
            b"\0\0",
            b"jane",
            b"jane\0secret",
            b"\0\0secret",
            b"\0jane\0",
            b"\0jane\0sec\0ret",
            b"\0jane\0secret\0",
            b"\0jane\0\0secret",
            b"\0jane\0secr\xffet",
            b"\0j\xc3ne\0secret",
            b"\0j\xc0\x80ne\0secret",
        ] {
            assert_eq!(Plain::parse(wrong).err(), Some(Failure::MalformedRequest), "{wrong:?}");
        }
    }
}
