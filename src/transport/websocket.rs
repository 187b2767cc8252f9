//! Streams over WebSocket (RFC 7395, RFC 6455): the handshake, and texts to and fro. What is in them is the engine's
//! business. Nothing is compressed, and a message holds no more than a stanza may.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use data_encoding::BASE64;
use futures::{Sink, SinkExt, Stream, StreamExt};
use http::header::{
    CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use http::{HeaderMap, Method, Request, StatusCode};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use sha1::{Digest, Sha1};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{Client, Transport, header, status};
use crate::engine;
use crate::engine::listener::{AcceptedMessages, MessageEnd, Place, serve_messages};

pub const PATH: &str = "/ws";

/// What both sides must agree to speak (RFC 7395 §3.1).
const PROTOCOL: &str = "xmpp";

/// RFC 6455 §1.3
const ACCEPT: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Answers a handshake; the stream is served from then on.
pub fn answer(transport: &Transport, client: Client, mut request: Request<Body>) -> Response {
    if request.method() != Method::GET {
        return status(StatusCode::METHOD_NOT_ALLOWED);
    }
    let accepted = match check(request.headers()) {
        Ok(accepted) => accepted,
        Err(refused) => {
            let mut response = status(refused);
            if refused == StatusCode::UPGRADE_REQUIRED {
                let headers = response.headers_mut();
                headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            }
            return response;
        }
    };
    let address = transport.address(client, &request);
    let is_secure = transport.is_secure(client, &request);
    let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() else {
        return status(StatusCode::BAD_REQUEST);
    };
    let shared = &transport.0;
    let limits = &shared.engine.settings().limits;
    let Some(place) = Place::take(&shared.places, address) else {
        return status(StatusCode::SERVICE_UNAVAILABLE);
    };
    let (most, patience) = (limits.stanza_bytes, limits.write_timeout);
    let small = limits.before_login().stanza_bytes;
    let accepting = AcceptedMessages {
        kind: engine::listener::Transport::WebSocket,
        peer: SocketAddr::new(address, client.port),
        is_secure,
    };
    let (serving, end) = serve_messages(&shared.engine, accepting, shared.closing.clone());
    shared.streams.spawn(async move {
        let carrying = async move {
            if let Ok(upgraded) = upgrade.await {
                carry(upgraded, most, small, patience, end).await;
            }
        };
        tokio::join!(serving, carrying);
        drop(place);
    });
    let mut response = status(StatusCode::SWITCHING_PROTOCOLS);
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accepted);
    response
}

/// Whether this is the handshake of a WebSocket that speaks XMPP; the value is the answer to its key.
fn check(headers: &HeaderMap) -> Result<HeaderValue, StatusCode> {
    let has = |name: &str, wanted: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let mut items = values.flat_map(|value| value.split(','));
        items.any(|item| item.trim().eq_ignore_ascii_case(wanted))
    };
    if !has(UPGRADE.as_str(), "websocket") || !has(CONNECTION.as_str(), "upgrade") {
        return Err(StatusCode::UPGRADE_REQUIRED);
    }
    if header(headers, SEC_WEBSOCKET_VERSION.as_str()) != Some("13") {
        return Err(StatusCode::UPGRADE_REQUIRED);
    }
    if !has(SEC_WEBSOCKET_PROTOCOL.as_str(), PROTOCOL) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let key = header(headers, SEC_WEBSOCKET_KEY.as_str()).unwrap_or_default();
    if !BASE64.decode(key.as_bytes()).is_ok_and(|key| key.len() == 16) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let accepted = Sha1::new().chain_update(key).chain_update(ACCEPT).finalize();
    HeaderValue::from_str(&BASE64.encode(&accepted)).map_err(|_| StatusCode::BAD_REQUEST)
}

/// Carries texts between the client and its stream until that has ended. One that is not `small` is alone on its way.
async fn carry(upgraded: Upgraded, most: usize, small: usize, patience: Duration, end: MessageEnd) {
    let config = WebSocketConfig::default()
        .max_message_size(Some(most))
        .max_frame_size(Some(most));
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
    let (mut sink, mut stream) = socket.split();
    let code = {
        let mut writing = pin!(write(&mut sink, end.to_client, patience));
        tokio::select! {
            // Without the client the stream ends, and what it still has to say is written.
            code = read(&mut stream, end.from_client, small) => {
                writing.await;
                code
            }
            () = &mut writing => CloseCode::Normal,
        }
    };
    let frame = CloseFrame {
        code,
        reason: "".into(),
    };
    let closing = async {
        sink.send(Message::Close(Some(frame))).await?;
        sink.close().await
    };
    let _the_client_may_be_gone = timeout(patience, closing).await;
}

/// Hands on what the client sends, and says how the connection ends.
async fn read(
    stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
    from_client: mpsc::Sender<String>,
    small: usize,
) -> CloseCode {
    while let Some(message) = stream.next().await {
        match message {
            Ok(Message::Text(text)) => {
                if from_client.send(text.as_str().to_owned()).await.is_err() {
                    break;
                }
                // Nothing more is read until the stream has taken it.
                if text.len() > small && from_client.reserve_many(from_client.max_capacity()).await.is_err() {
                    break;
                }
            }
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            // RFC 7395 §3.3: binary messages are no XMPP.
            Ok(Message::Binary(_) | Message::Frame(_)) => return CloseCode::Unsupported,
            Ok(Message::Close(_)) => break,
            Err(Error::Capacity(_)) => return CloseCode::Size,
            Err(Error::Utf8(_)) => return CloseCode::Invalid,
            Err(_) => return CloseCode::Protocol,
        }
    }
    CloseCode::Normal
}

/// Writes what the stream says until it has ended, or the client does not read it.
async fn write(
    sink: &mut (impl Sink<Message, Error = Error> + Unpin),
    mut to_client: mpsc::Receiver<String>,
    patience: Duration,
) {
    while let Some(text) = to_client.recv().await {
        if !matches!(timeout(patience, sink.send(Message::text(text))).await, Ok(Ok(()))) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(without: &str) -> HeaderMap {
        let all = [
            ("upgrade", "WebSocket"),
            ("connection", "keep-alive, Upgrade"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-protocol", "chat, xmpp"),
        ];
        let kept = all.into_iter().filter(|(name, _)| *name != without);
        kept.map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_handshake_needs_all_its_parts_and_the_protocol() {
        // The example of RFC 6455 §1.3.
        assert_eq!(check(&headers("")).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        for (without, expected) in [
            ("upgrade", StatusCode::UPGRADE_REQUIRED),
            ("connection", StatusCode::UPGRADE_REQUIRED),
            ("sec-websocket-version", StatusCode::UPGRADE_REQUIRED),
            ("sec-websocket-key", StatusCode::BAD_REQUEST),
            ("sec-websocket-protocol", StatusCode::BAD_REQUEST),
        ] {
            assert_eq!(check(&headers(without)), Err(expected), "{without}");
        }
    }
}
