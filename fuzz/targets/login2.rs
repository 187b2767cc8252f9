//! Logins in one step: no XML of a client panics the reader of `<authenticate/>`, what it reads stays within its limits, and
//! nobody gets in by a token without having one. The first byte chooses the mechanism and how the token is used, the rest is
//! the content of the element, or with the highest bit of the first byte the message of a token.
#![no_main]

use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use firekeeper::app;
use firekeeper::domain::address::Host;
use firekeeper::domain::login_token::{TokenSettings, TokenUse};
use firekeeper::domain::secret::Secret;
use firekeeper::engine::accounts::{Accounts, Settings};
use firekeeper::engine::sasl::{ChannelBindings, Conditions, Exchange, Mechanism, Offer, PresentedToken, Sasl};
use firekeeper::engine::sasl2::Authenticate;
use firekeeper::engine::xml::{Limits, parse_element};
use firekeeper::storage::{Options, Store};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_time().build().expect("a runtime"));
static SASL: LazyLock<Sasl> = LazyLock::new(|| RUNTIME.block_on(server()));
static HOST: LazyLock<Host> = LazyLock::new(|| Host::prepare("example.org").expect("a host"));
/// Every attempt comes from an address of its own, so that none is throttled.
static PEERS: AtomicU64 = AtomicU64::new(1);

/// Without accounts.
async fn server() -> Sasl {
    let folder = std::env::temp_dir().join(format!("firekeeper-fuzz-login2-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let store = Store::open(&folder.join("fuzz.db"), &Options::default()).expect("a database");
    let accounts = Accounts::new(store.clone(), &Settings::default(), app::clock(), app::random());
    let day = Duration::from_hours(24);
    let settings = TokenSettings {
        key: Secret::new("key"),
        lifetime: day,
        rotation: day,
        clients: 1,
    };
    let sasl = Sasl::open(&store, accounts, app::random()).await.expect("sasl");
    sasl.with_tokens(Some(settings))
}

fn read(content: &str) {
    let text = format!("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>{content}</authenticate>");
    let Ok(element) = parse_element(&text, Limits::UNKNOWN_PEER) else {
        return;
    };
    let Ok(asked) = Authenticate::read(element) else {
        return;
    };
    assert!(asked.client.is_none_or(|client| (1..=128).contains(&client.len())));
    assert!(asked.bind.is_none_or(|bind| bind.tag.is_none_or(|tag| !tag.is_empty())));
    let count = asked.token.and_then(|token| token.count);
    assert!(count.is_none_or(|count| i64::try_from(count).is_ok()));
}

fn use_token(choice: u8, message: &[u8]) {
    let bindings = ChannelBindings {
        tls_exporter: Some([7; 32]),
        tls_server_end_point: Some(vec![9; 32]),
    };
    let offer = Offer::new(&Conditions {
        tls: Some(&bindings),
        tokens: true,
        ..Conditions::default()
    });
    let mechanism = Mechanism::OF_TOKENS[usize::from(choice % 3)];
    let token = PresentedToken {
        client: Arc::from("client"),
        how: TokenUse {
            count: (choice & 16 == 0).then_some(choice.into()),
            invalidates: choice & 32 == 0,
        },
    };
    let peer = IpAddr::from(Ipv6Addr::from_bits(
        u128::from(PEERS.fetch_add(1, Ordering::Relaxed)) << 64,
    ));
    let mut exchange = Exchange::start_with_token(&offer, mechanism.name(), &HOST, Some(peer), token).expect("an offer");
    let sasl = &*SASL;
    let answer = RUNTIME.block_on(exchange.step(sasl, Some(message)));
    assert!(answer.outcome.is_err());
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else {
        return;
    };
    if choice & 128 != 0 {
        use_token(*choice, rest);
    } else if let Ok(content) = std::str::from_utf8(rest) {
        read(content);
    }
});
