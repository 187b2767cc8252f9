//! Streams over requests that wait for their answers (BOSH, XEP-0124, XEP-0206): requests to sessions. Who knows the id of
//! a session, which has more than 128 random bits, speaks for it; a session that began under TLS stays there.

mod body;
mod session;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use tokio::sync::{mpsc, oneshot};

use self::body::{Incoming, Opening};
use self::session::{Asked, Session};
use super::{Client, Transport, allow_all_sites, status};
use crate::domain::address::Host;
use crate::domain::random::alphanumeric;
use crate::engine;
use crate::engine::listener::{AcceptedMessages, Place, serve_messages};

pub const PATH: &str = "/http-bind";

const METHODS: &str = "POST, OPTIONS";

/// Letters and digits of the id of a session.
const SESSION_ID: usize = 32;

/// The sessions that are open.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<String, Entry>>);

struct Entry {
    requests: mpsc::Sender<Asked>,
    is_secure: bool,
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: &str, is_secure: bool) -> Option<mpsc::Sender<Asked>> {
        let sessions = self.lock();
        let entry = sessions.get(id).filter(|entry| entry.is_secure == is_secure)?;
        Some(entry.requests.clone())
    }
}

pub async fn answer(transport: &Transport, client: Client, request: Request<Body>) -> Response {
    let mut response = match *request.method() {
        Method::OPTIONS => status(StatusCode::NO_CONTENT),
        Method::POST => document(serve(transport, client, request).await),
        _ => status(StatusCode::METHOD_NOT_ALLOWED),
    };
    allow_all_sites(&mut response, METHODS);
    response
}

fn document(text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn serve(transport: &Transport, client: Client, request: Request<Body>) -> String {
    let limits = transport.0.engine.settings().limits.after_login();
    let is_secure = transport.is_secure(client, &request);
    let address = SocketAddr::new(transport.address(client, &request), client.port);
    let Some(whole) = read(transport, request.into_body(), is_secure).await else {
        return body::terminate("bad-request");
    };
    let Some(incoming) = std::str::from_utf8(&whole)
        .ok()
        .and_then(|text| body::read(text, limits))
    else {
        return body::terminate("bad-request");
    };
    let requests = match (&incoming.sid, &incoming.opening) {
        (Some(sid), _) => transport.0.bosh.find(sid, is_secure),
        (None, Some(opening)) if !is_served(transport, &opening.to) => return body::terminate("host-unknown"),
        (None, Some(opening)) => begin(transport, address, is_secure, opening, incoming.rid),
        (None, None) => return body::terminate("improper-addressing"),
    };
    let Some(requests) = requests else {
        return body::terminate("item-not-found");
    };
    ask(&requests, incoming).await
}

/// Reads a request. Nobody but a session sends more than a stranger may say over TCP.
async fn read(transport: &Transport, mut content: Body, is_secure: bool) -> Option<Vec<u8>> {
    let limits = &transport.0.engine.settings().limits;
    let (of_strangers, most) = (limits.before_login().stanza_bytes, limits.stanza_bytes);
    let mut whole = Vec::new();
    let mut is_known = false;
    while let Some(frame) = content.frame().await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        whole.extend_from_slice(&data);
        if whole.len() > of_strangers && !is_known {
            let sid = body::session(&whole, limits.before_login())?;
            transport.0.bosh.find(&sid, is_secure)?;
            is_known = true;
        }
        if whole.len() > most {
            return None;
        }
    }
    Some(whole)
}

fn is_served(transport: &Transport, host: &str) -> bool {
    Host::prepare(host).is_ok_and(|host| transport.0.engine.hosts().contains(&host))
}

async fn ask(requests: &mpsc::Sender<Asked>, incoming: Incoming) -> String {
    let (answer, answered) = oneshot::channel();
    if requests.send(Asked { incoming, answer }).await.is_err() {
        return body::terminate("item-not-found");
    }
    answered.await.unwrap_or_else(|_| body::terminate("item-not-found"))
}

/// `None`: there is no room.
fn begin(
    transport: &Transport,
    peer: SocketAddr,
    is_secure: bool,
    opening: &Opening,
    rid: u64,
) -> Option<mpsc::Sender<Asked>> {
    let shared = &transport.0;
    let place = Place::take(&shared.places, peer.ip())?;
    let accepting = AcceptedMessages {
        kind: engine::listener::Transport::Bosh,
        peer,
        is_secure,
    };
    let (serving, end) = serve_messages(&shared.engine, accepting, shared.closing.clone());
    let id = alphanumeric(shared.engine.random(), SESSION_ID);
    let (requests, asked) = mpsc::channel(session::WINDOW);
    let entry = Entry {
        requests: requests.clone(),
        is_secure,
    };
    shared.bosh.lock().insert(id.clone(), entry);
    let session = Session::new(id.clone(), opening, rid, end);
    let transport = transport.clone();
    shared.streams.spawn(async move {
        let carrying = async {
            session.run(asked).await;
            transport.0.bosh.lock().remove(&id);
        };
        tokio::join!(serving, carrying);
        drop(place);
    });
    Some(requests)
}
