//! SASL: no messages panic, nobody gets in without a password, and an attempt ends with its first failure. The first byte
//! chooses mechanism and offer, 0xFF stands between messages, an empty one is a missing initial response, and `{r}` stands
//! for the nonce of the last challenge.
#![no_main]

use std::net::{IpAddr, Ipv6Addr};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use firekeeper::app;
use firekeeper::domain::account::{NewAccount, Password, Properties};
use firekeeper::domain::address::{AccountAddress, Host};
use firekeeper::domain::random::alphanumeric;
use firekeeper::engine::accounts::{Accounts, Settings};
use firekeeper::engine::sasl::{
    ChannelBindings, Conditions, Exchange, Failure, Identity, Mechanism, Offer, Sasl, Step, decode_response, encode,
};
use firekeeper::storage::{Options, Store, accounts, installation};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_time().build().expect("a runtime"));
static SASL: LazyLock<Sasl> = LazyLock::new(|| RUNTIME.block_on(server()));
static HOST: LazyLock<Host> = LazyLock::new(|| Host::prepare("example.org").expect("a host"));
/// Every attempt comes from an address of its own, so that none is throttled.
static PEERS: AtomicU64 = AtomicU64::new(1);

/// With the account `user`, whose password nobody knows.
async fn server() -> Sasl {
    let folder = std::env::temp_dir().join(format!("firekeeper-fuzz-sasl-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let store = Store::open(&folder.join("fuzz.db"), &Options::default()).expect("a database");
    let settings = Settings {
        scram_iterations: 1,
        ..Settings::default()
    };
    let known = Accounts::new(store.clone(), &settings, app::clock(), app::random());
    let password = Password::new(alphanumeric(&*app::random(), 32)).expect("a password");
    let keys = known.derive(password.clone()).await.expect("keys");
    let new = NewAccount {
        address: AccountAddress::prepare("user", &HOST).expect("an address"),
        password,
        name: None,
        email: None,
        properties: Properties::new(),
        administrator: false,
    };
    let now = app::clock().now();
    let job = store.write(move |transaction| {
        installation::insert_host(transaction, &HOST, now)?;
        accounts::insert(transaction, &new, &keys, now)
    });
    job.await.expect("an account");
    Sasl::open(&store, known, app::random()).await.expect("sasl")
}

fn offer(choice: u8) -> Offer {
    let bindings = ChannelBindings {
        tls_exporter: (choice & 16 == 0).then_some([7; 32]),
        tls_server_end_point: (choice & 32 == 0).then(|| vec![9; 32]),
    };
    Offer::new(&Conditions {
        tls: Some(&bindings),
        allow_plaintext_login: false,
        anonymous: true,
        tokens: false,
    })
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(message) = decode_response(text)
        && !message.is_empty()
    {
        assert_eq!(encode(&message), text);
    }
    let Some((choice, script)) = bytes.split_first() else {
        return;
    };
    let offer = offer(*choice);
    let mechanism = Mechanism::ALL[usize::from(choice % 6)];
    let peer = IpAddr::from(Ipv6Addr::from_bits(
        u128::from(PEERS.fetch_add(1, Ordering::Relaxed)) << 64,
    ));
    let Ok(mut exchange) = Exchange::start(&offer, mechanism.name(), &HOST, Some(peer)) else {
        assert!(mechanism.binds_channel() && !offer.mechanisms().contains(&mechanism));
        return;
    };
    let sasl = &*SASL;
    RUNTIME.block_on(async {
        let mut nonce = String::new();
        let mut is_over = false;
        for message in script.split(|byte| *byte == 0xFF).take(5) {
            let filled = match std::str::from_utf8(message) {
                Ok(text) => text.replace("{r}", &nonce).into_bytes(),
                Err(_) => message.to_vec(),
            };
            let answer = exchange.step(sasl, (!message.is_empty()).then_some(&filled)).await;
            if is_over {
                assert_eq!(answer.outcome.as_ref().err(), Some(&Failure::MalformedRequest));
            }
            match answer.outcome {
                Ok(Step::Challenge(challenge)) => {
                    let challenge = String::from_utf8(challenge).expect("readable text");
                    nonce = challenge.split(',').next().unwrap_or_default().replacen("r=", "", 1);
                }
                Ok(Step::Success { identity, .. }) => {
                    assert!(matches!(identity, Identity::Anonymous) && mechanism == Mechanism::Anonymous);
                    is_over = true;
                }
                Err(_) => is_over = true,
            }
        }
    });
});
