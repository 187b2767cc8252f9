//! The client-final-message: `c=binding , r=nonce [, extensions] , p=proof` (RFC 5802 §7).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::failure::Failure;
use super::attributes::{check_extension, check_nonce, value};

#[derive(Debug)]
pub struct ClientFinal<'a> {
    /// The text of the channel-binding attribute: it is compared, never decoded.
    pub binding: &'a str,
    pub nonce: &'a str,
    pub proof: Vec<u8>,
    /// The part that is signed.
    pub without_proof: &'a str,
}

impl<'a> ClientFinal<'a> {
    pub fn parse(message: &'a [u8]) -> Result<Self, Failure> {
        let text = std::str::from_utf8(message).map_err(|_| Failure::MalformedRequest)?;
        let (without_proof, proof) = text.rsplit_once(',').ok_or(Failure::MalformedRequest)?;
        let mut attributes = without_proof.split(',');
        let mut next = || attributes.next().ok_or(Failure::MalformedRequest);
        let (binding, nonce) = (value(next()?, 'c')?, value(next()?, 'r')?);
        attributes.try_for_each(check_extension)?;
        check_nonce(nonce)?;
        let proof = STANDARD.decode(value(proof, 'p')?);
        Ok(Self {
            binding,
            nonce,
            proof: proof.map_err(|_| Failure::MalformedRequest)?,
            without_proof,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_last_and_not_signed() {
        let last = ClientFinal::parse(b"c=biws,r=nonce,x=1,p=AAEC").unwrap();
        assert_eq!((last.binding, last.nonce), ("biws", "nonce"));
        assert_eq!(last.proof, [0, 1, 2]);
        assert_eq!(last.without_proof, "c=biws,r=nonce,x=1");
    }

    #[test]
    fn what_is_not_of_the_grammar_is_refused() {
        for wrong in [
            &b""[..],
            b"c=biws",
            b"c=biws,r=nonce",
            b"c=biws,p=AAEC",
            b"r=nonce,c=biws,p=AAEC",
            b"c=biws,r=nonce,p=",
            b"c=,r=nonce,p=AAEC",
            b"c=biws,r=,p=AAEC",
            b"c=biws,r=nonce,p=AAE",
            b"c=biws,r=nonce,p=AAEC,",
            b"c=biws,r=nonce,p=AAEC,x=1",
            b"c=biws,r=nonce,p=AAEC,p=AAEC",
            b"c=biws,r=nonce,m=must,p=AAEC",
            b"c=biws,r=nonce,,p=AAEC",
            b"c=biws,r=nonce,x,p=AAEC",
            b"c=biws,r=non\x01ce,p=AAEC",
            b"c=biws,r=nonce,p=AA EC",
            b"c=biws,r=nonce,p=AAEC\n",
            b"c=biws,r=nonce,p=\xff",
            b"c=biws,c=biws,r=nonce,p=AAEC",
            b"n,,c=biws,r=nonce,p=AAEC",
        ] {
            let text = String::from_utf8_lossy(wrong);
            assert_eq!(
                ClientFinal::parse(wrong).err(),
                Some(Failure::MalformedRequest),
                "{text}"
            );
        }
    }
}
