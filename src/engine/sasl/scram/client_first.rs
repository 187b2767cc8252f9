//! The client-first-message: `gs2-cbind-flag , [a=authzid] , n=name , r=nonce [, extensions]` (RFC 5802 §7).

use std::borrow::Cow;

use super::super::failure::Failure;
use super::attributes::{check_extension, check_nonce, unescape, value};

/// What the client says about channel binding (RFC 5802 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelBinding<'a> {
    /// `n`: it cannot.
    Unsupported,
    /// `y`: it can, and thinks that the server cannot.
    NotOffered,
    /// `p`: it does, with this type.
    Type(&'a str),
}

#[derive(Debug)]
pub struct ClientFirst<'a> {
    pub binding: ChannelBinding<'a>,
    pub authzid: Option<Cow<'a, str>>,
    pub name: Cow<'a, str>,
    pub nonce: &'a str,
    /// Everything before `bare`.
    pub gs2_header: &'a str,
    /// The part that is signed.
    pub bare: &'a str,
}

impl<'a> ClientFirst<'a> {
    pub fn parse(message: &'a [u8]) -> Result<Self, Failure> {
        let text = std::str::from_utf8(message).map_err(|_| Failure::MalformedRequest)?;
        let mut attributes = text.split(',');
        let mut next = || attributes.next().ok_or(Failure::MalformedRequest);
        let (flag, authzid, name, nonce) = (next()?, next()?, next()?, next()?);
        attributes.try_for_each(check_extension)?;
        let nonce = value(nonce, 'r')?;
        check_nonce(nonce)?;
        // Both commas of the header belong to it.
        let (gs2_header, bare) = text.split_at(flag.len() + authzid.len() + 2);
        Ok(Self {
            binding: channel_binding(flag)?,
            authzid: match authzid {
                "" => None,
                given => Some(unescape(value(given, 'a')?)?),
            },
            name: unescape(value(name, 'n')?)?,
            nonce,
            gs2_header,
            bare,
        })
    }
}

fn channel_binding(flag: &str) -> Result<ChannelBinding<'_>, Failure> {
    match flag {
        "n" => Ok(ChannelBinding::Unsupported),
        "y" => Ok(ChannelBinding::NotOffered),
        _ => {
            let name = value(flag, 'p')?;
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
            if !name.bytes().all(is_name) {
                return Err(Failure::MalformedRequest);
            }
            Ok(ChannelBinding::Type(name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_and_the_signed_part_are_told_apart() {
        let first = ClientFirst::parse(b"p=tls-exporter,a=a=2Cb,n=c=3Dd,r=nonce,x=1").unwrap();
        assert_eq!(first.binding, ChannelBinding::Type("tls-exporter"));
        assert_eq!(first.authzid.as_deref(), Some("a,b"));
        assert_eq!(first.name, "c=d");
        assert_eq!(first.nonce, "nonce");
        assert_eq!(first.gs2_header, "p=tls-exporter,a=a=2Cb,");
        assert_eq!(first.bare, "n=c=3Dd,r=nonce,x=1");
        let plain = ClientFirst::parse(b"n,,n=user,r=fyko").unwrap();
        assert_eq!((plain.binding, plain.authzid), (ChannelBinding::Unsupported, None));
        let careful = ClientFirst::parse(b"y,,n=user,r=fyko").unwrap();
        assert_eq!(careful.binding, ChannelBinding::NotOffered);
    }

    #[test]
    fn what_is_not_of_the_grammar_is_refused() {
        for wrong in [
            &b""[..],
            b",",
            b",,,",
            b"n",
            b"n,,",
            b"n,,n=user",
            b"n,,n=user,",
            b"n,,n=user,r=",
            b"n,,n=,r=nonce",
            b"n,,r=nonce,n=user",
            b"n,n=user,r=nonce",
            b"N,,n=user,r=nonce",
            b"x,,n=user,r=nonce",
            b"n=,,n=user,r=nonce",
            b"y=tls-exporter,,n=user,r=nonce",
            b"p,,n=user,r=nonce",
            b"p=,,n=user,r=nonce",
            b"p=tls exporter,,n=user,r=nonce",
            b"p=tls_exporter,,n=user,r=nonce",
            b"n,a=,n=user,r=nonce",
            b"n,b=jane,n=user,r=nonce",
            b"n,jane,n=user,r=nonce",
            b"n,a=a=b,n=user,r=nonce",
            b"n,,m=must,n=user,r=nonce",
            b"n,,n=user,m=must,r=nonce",
            b"n,,n=user,r=nonce,m=must",
            b"n,,n=user,r=nonce,r=other",
            b"n,,n=user,r=nonce,n=other",
            b"n,,n=user,r=nonce,",
            b"n,,n=user,r=nonce,x",
            b"n,,n=user,r=non ce",
            b"n,,n=user,r=non\x7fce",
            b"n,,n=user,r=n\xc3\xb6nce",
            b"n,,n=us=er,r=nonce",
            b"n,,n=us\0er,r=nonce",
            b"n,,n=us\xffer,r=nonce",
            b" n,,n=user,r=nonce",
            b"n,,n=user,r=nonce\n",
            b"n,,n=user,r=nonce\0",
        ] {
            let text = String::from_utf8_lossy(wrong);
            assert_eq!(
                ClientFirst::parse(wrong).err(),
                Some(Failure::MalformedRequest),
                "{text}"
            );
        }
    }
}
