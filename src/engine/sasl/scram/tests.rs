use super::*;
use crate::scram::{keys, proves};

/// An exchange that an RFC prints in full.
struct Printed {
    hash: Hash,
    salt: &'static str,
    server_nonce: &'static str,
    messages: [&'static str; 4],
}

const RFC_5802: Printed = Printed {
    hash: Hash::Sha1,
    salt: "QSXCR+Q6sek8bf92",
    server_nonce: "3rfcNHYJY1ZVvWVs7j",
    messages: [
        "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
        "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ],
};

const RFC_7677: Printed = Printed {
    hash: Hash::Sha256,
    salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
    server_nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    messages: [
        "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ],
};

#[test]
fn the_exchanges_of_the_rfcs_go_as_printed() {
    for printed in [RFC_5802, RFC_7677] {
        let [first, challenge, last, end] = printed.messages;
        let salt = STANDARD.decode(printed.salt).unwrap();
        let keys = keys(printed.hash, "pencil", &salt, 4096);
        let first = ClientFirst::parse(first.as_bytes()).unwrap();
        assert_eq!(first.name, "user");
        let made = Challenge::new(&first, b"", printed.server_nonce, &keys, None);
        assert_eq!(made.message(), challenge.as_bytes());
        let last = ClientFinal::parse(last.as_bytes()).unwrap();
        assert!(made.fits(&last));
        let auth_message = made.auth_message(&last);
        assert!(proves(printed.hash, &keys, &auth_message, &last.proof));
        assert_eq!(server_final(printed.hash, &keys, &auth_message), end.as_bytes());
    }
}

#[test]
fn an_answer_fits_only_the_nonce_and_the_binding_of_its_challenge() {
    let first = ClientFirst::parse(b"p=tls-exporter,,n=user,r=client").unwrap();
    let keys = keys(Hash::Sha256, "pencil", b"salt", 1);
    let challenge = Challenge::new(&first, b"channel", "server", &keys, None);
    let fits = |binding: &[u8], nonce: &str| {
        let message = format!("c={},r={nonce},p=AAEC", STANDARD.encode(binding));
        challenge.fits(&ClientFinal::parse(message.as_bytes()).unwrap())
    };
    assert!(fits(b"p=tls-exporter,,channel", "clientserver"));
    assert!(!fits(b"p=tls-exporter,,channel", "client"));
    assert!(!fits(b"p=tls-exporter,,channel", "clientserve"));
    assert!(!fits(b"p=tls-exporter,,channel", "clientserver2"));
    assert!(!fits(b"p=tls-exporter,,channels", "clientserver"));
    assert!(!fits(b"p=tls-exporter,,", "clientserver"));
    assert!(!fits(b"p=tls-server-end-point,,channel", "clientserver"));
    assert!(!fits(b"n,,", "clientserver"));
    assert!(!fits(b"y,,", "clientserver"));
}
