//! The channel binding `tls-server-end-point` (RFC 5929 §4.1): a digest of the server's certificate, made with the hash
//! function of the certificate's own signature.
//!
//! Own code, because all that is needed of X.509 is one identifier at a fixed place.

use std::sync::Arc;

use sha2::{Digest, Sha256, Sha384, Sha512};

use super::der::{FIRST_OPTION, OBJECT_IDENTIFIER, SEQUENCE, take};

/// Object identifiers as they stand in a certificate, up to their last number.
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01];
const ECDSA_WITH_SHA1: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01];
const ECDSA_WITH_SHA2: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03];
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// The digest of a certificate (DER). `None`: its signature has no hash function, as with Ed25519, or one that is unknown
/// here, and there is nothing to bind to.
pub fn digest(certificate: &[u8]) -> Option<Arc<[u8]>> {
    let digest = match signature_hash(certificate)? {
        Hash::Sha256 => Sha256::digest(certificate).to_vec(),
        Hash::Sha384 => Sha384::digest(certificate).to_vec(),
        Hash::Sha512 => Sha512::digest(certificate).to_vec(),
    };
    Some(digest.into())
}

/// SHA-256 also stands in for MD5 and SHA-1.
fn signature_hash(certificate: &[u8]) -> Option<Hash> {
    // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature }
    let (fields, _) = take(SEQUENCE, certificate)?;
    let (_, fields) = take(SEQUENCE, fields)?;
    let (algorithm, _) = take(SEQUENCE, fields)?;
    let (identifier, parameters) = take(OBJECT_IDENTIFIER, algorithm)?;
    let (last, group) = identifier.split_last()?;
    match (group, last) {
        (RSA, 4 | 5 | 11) | (ECDSA_WITH_SHA2, 2) => Some(Hash::Sha256),
        (RSA, 12) | (ECDSA_WITH_SHA2, 3) => Some(Hash::Sha384),
        (RSA, 13) | (ECDSA_WITH_SHA2, 4) => Some(Hash::Sha512),
        (RSA, 10) => pss_hash(parameters),
        _ if identifier == ECDSA_WITH_SHA1 => Some(Hash::Sha256),
        _ => None,
    }
}

/// The hash function among the parameters of RSASSA-PSS (RFC 4055 §3.1); SHA-1 when there is none.
fn pss_hash(parameters: &[u8]) -> Option<Hash> {
    let (parameters, _) = take(SEQUENCE, parameters)?;
    let Some((algorithm, _)) = take(FIRST_OPTION, parameters) else {
        return Some(Hash::Sha256);
    };
    let (algorithm, _) = take(SEQUENCE, algorithm)?;
    let (identifier, _) = take(OBJECT_IDENTIFIER, algorithm)?;
    match identifier.split_last()? {
        (1, SHA2) => Some(Hash::Sha256),
        (2, SHA2) => Some(Hash::Sha384),
        (3, SHA2) => Some(Hash::Sha512),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};

    use super::*;

    fn made(algorithm: &'static rcgen::SignatureAlgorithm) -> Vec<u8> {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let params = CertificateParams::new(vec!["example.org".to_owned()]).unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let length = u8::try_from(content.len()).unwrap();
        [&[tag, 0x81, length], &*content].concat()
    }

    /// A certificate of which nothing but the algorithm is told.
    fn signed_with(identifier: &[u8], parameters: &[u8]) -> Vec<u8> {
        let identifier = element(OBJECT_IDENTIFIER, &[identifier]);
        let algorithm = element(SEQUENCE, &[&identifier, parameters]);
        element(SEQUENCE, &[&element(SEQUENCE, &[b"to be signed"]), &algorithm])
    }

    #[test]
    fn a_certificate_is_hashed_as_it_is_signed() {
        let certificate = made(&PKCS_ECDSA_P256_SHA256);
        assert_eq!(digest(&certificate).as_deref(), Some(&*Sha256::digest(&certificate)));
        let certificate = made(&PKCS_ECDSA_P384_SHA384);
        assert_eq!(digest(&certificate).as_deref(), Some(&*Sha384::digest(&certificate)));
        assert_eq!(digest(&made(&PKCS_ED25519)), None);
    }

    #[test]
    fn the_hash_follows_from_the_name_of_the_signature() {
        let rsa = |last: u8| signed_with(&[RSA, &[last]].concat(), &[5, 0]);
        for (last, hash) in [
            (4, Some(Hash::Sha256)),
            (5, Some(Hash::Sha256)),
            (11, Some(Hash::Sha256)),
            (12, Some(Hash::Sha384)),
            (13, Some(Hash::Sha512)),
            (1, None),
        ] {
            assert_eq!(signature_hash(&rsa(last)), hash, "{last}");
        }
        assert_eq!(signature_hash(&signed_with(ECDSA_WITH_SHA1, &[])), Some(Hash::Sha256));
        let sha512 = [ECDSA_WITH_SHA2, &[4]].concat();
        assert_eq!(signature_hash(&signed_with(&sha512, &[])), Some(Hash::Sha512));
    }

    #[test]
    fn the_hash_of_pss_stands_in_its_parameters() {
        let pss = [RSA, &[10]].concat();
        let with = |parameters: &[&[u8]]| signature_hash(&signed_with(&pss, &element(SEQUENCE, parameters)));
        assert_eq!(with(&[]), Some(Hash::Sha256));
        for (last, hash) in [
            (1, Some(Hash::Sha256)),
            (2, Some(Hash::Sha384)),
            (3, Some(Hash::Sha512)),
            (9, None),
        ] {
            let identifier = element(OBJECT_IDENTIFIER, &[SHA2, &[last]]);
            let algorithm = element(SEQUENCE, &[&identifier, &[5, 0]]);
            assert_eq!(with(&[&element(FIRST_OPTION, &[&algorithm])]), hash, "{last}");
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_digest() {
        let certificate = made(&PKCS_ECDSA_P256_SHA256);
        for end in 0..certificate.len() {
            assert_eq!(digest(&certificate[..end]), None);
        }
        assert_eq!(digest(&[SEQUENCE, 0x85, 1, 1, 1, 1, 1]), None);
        assert_eq!(digest(&[SEQUENCE, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]), None);
    }
}
