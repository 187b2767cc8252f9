//! What each probe of the API answers in every state that a service can be in: 503 when its own condition is false, and only
//! then.

use axum::body::Body;
use firekeeper::admin::{Listener, Login};
use firekeeper::api::metrics::Routes;
use firekeeper::api::openfire::input::Strictness;
use firekeeper::api::openfire::negotiate::JsonProfile;
use firekeeper::api::openfire::{Openfire, Settings};
use firekeeper::api::target::Target;
use firekeeper::domain::health::ConnectionType;
use http::Request;
use jiff::SignedDuration;
use tokio::net::TcpListener;

use crate::administered::Administered;
use crate::health::{eventually, fresh};

const LIVENESS: &str = "liveness";
const DEADLOCK: &str = "liveness/deadlock";
const PROPERTIES: &str = "liveness/properties";
const READINESS: &str = "readiness";
const SERVER: &str = "readiness/server";
const CLUSTER: &str = "readiness/cluster";
const PLUGINS: &str = "readiness/plugins";
const CONNECTIONS: &str = "readiness/connections";

const PROBES: [&str; 8] = [
    LIVENESS,
    DEADLOCK,
    PROPERTIES,
    READINESS,
    SERVER,
    CLUSTER,
    PLUGINS,
    CONNECTIONS,
];

const NONE: [&str; 0] = [];

/// The API over a service whose state a test brings about.
struct Probed(Openfire);

impl Probed {
    fn over(administered: &Administered) -> Self {
        let admin = administered.admin.clone();
        let login = Login::new(admin.clone(), 1, SignedDuration::from_mins(1));
        let settings = Settings {
            json_profile: JsonProfile::Modern,
            strictness: Strictness::Generous,
            max_body: 1024,
        };
        Self(Openfire::new(admin, login, settings, &mut Routes::default()))
    }

    /// The status of a probe, asked by somebody without credentials.
    async fn status(&self, probe: &str) -> u16 {
        let uri = format!("/plugins/restapi/v1/system/{probe}");
        let mut request = Request::get(&uri).body(Body::empty()).unwrap();
        let target = Target::parse(request.uri().path()).unwrap();
        let response = self.0.answer(target, None, &mut request).await;
        response.status().as_u16()
    }

    /// The probes that answer 503; the others answer 200.
    async fn ill(&self) -> Vec<&'static str> {
        let mut ill = Vec::new();
        for probe in PROBES {
            match self.status(probe).await {
                200 => {}
                503 => ill.push(probe),
                other => panic!("{probe}: {other}"),
            }
        }
        ill
    }
}

#[tokio::test]
async fn a_start_and_an_end_are_told_by_readiness_only() {
    let (_folder, administered) = fresh().await;
    let (probed, health) = (Probed::over(&administered), administered.admin.health());
    assert_eq!(probed.ill().await, [READINESS, SERVER, PLUGINS]);
    health.start();
    assert_eq!(probed.ill().await, NONE);
    health.drain();
    assert_eq!(probed.ill().await, [READINESS, SERVER]);
}

#[tokio::test]
async fn a_check_that_no_longer_runs_is_told_by_liveness() {
    let (_folder, administered) = fresh().await;
    let probed = Probed::over(&administered);
    administered.admin.health().start();
    administered.clock.advance(20_000);
    assert_eq!(probed.ill().await, NONE);
    administered.clock.advance(1);
    assert_eq!(probed.ill().await, [LIVENESS, DEADLOCK]);
}

#[tokio::test]
async fn a_writer_that_has_ended_is_told_by_both_kinds() {
    let (_folder, administered) = fresh().await;
    let (probed, health) = (Probed::over(&administered), administered.admin.health());
    health.start();
    let watching = tokio::spawn(administered.admin.clone().watch_health());
    administered.embedded.close().await;
    assert!(eventually(|| health.is_deadlocked()).await);
    assert_eq!(probed.ill().await, [LIVENESS, DEADLOCK, READINESS, SERVER]);
    watching.abort();
}

#[tokio::test]
async fn a_listener_that_is_gone_is_told_by_readiness_of_its_kind_of_connections() {
    let (_folder, administered) = fresh().await;
    let (probed, health) = (Probed::over(&administered), administered.admin.health());
    health.start();
    let (clients, web) = (
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
    );
    for (connection_type, encrypted, socket) in [
        (ConnectionType::SocketC2s, true, &clients),
        (ConnectionType::WebAdmin, false, &web),
    ] {
        health.expect(Listener {
            connection_type,
            encrypted,
            address: socket.local_addr().unwrap(),
        });
    }
    let watching = tokio::spawn(administered.admin.clone().watch_health());
    assert_eq!(probed.ill().await, NONE);
    drop(clients);
    assert!(eventually(|| !health.accepts_connections()).await);
    assert_eq!(probed.ill().await, [READINESS, CONNECTIONS]);
    for (query, status) in [
        ("connectionType=SOCKET_C2S&encrypted=true", 503),
        ("connectionType=SOCKET_C2S&encrypted=TRUE", 503),
        ("connectionType=SOCKET_C2S&encrypted=false", 200),
        ("connectionType=WEBADMIN&encrypted=true", 200),
        ("connectionType=WEBADMIN&encrypted=false", 200),
        ("connectionType=", 503),
        ("encrypted=false", 503),
        ("connectionType=SOCKET_C2S", 400),
        ("connectionType=none&encrypted=true", 400),
    ] {
        let probe = format!("{CONNECTIONS}?{query}");
        assert_eq!(probed.status(&probe).await, status, "{query}");
    }
    watching.abort();
}
