//! The yardstick of `benches/run`: an axum handler without anything around it that writes the bytes of a recorded
//! answer to every request. Arguments: address, and a file with head and body as `curl --include` writes them.

use std::{env, fs, net::SocketAddr};

use anyhow::Context;
use axum::{Router, response::Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let address: SocketAddr = arguments.next().context("an address")?.parse()?;
    let file = arguments.next().context("a file")?;
    let recorded = fs::read_to_string(&file).with_context(|| file.clone())?;
    let (head, body) = recorded.split_once("\r\n\r\n").context("head and body")?;
    let headers = headers(head)?;
    let body = Bytes::from(body.to_owned());

    let handler = move || async move {
        let mut response = Response::new(axum::body::Body::from(body));
        *response.headers_mut() = headers;
        response
    };
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, Router::new().fallback(handler)).await?;
    Ok(())
}

/// All but those that the server writes itself.
fn headers(head: &str) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in head.lines().skip(1) {
        let (name, value) = line.split_once(": ").context("a header line")?;
        let name: HeaderName = name.parse()?;
        if name != http::header::DATE && name != http::header::CONTENT_LENGTH {
            headers.append(name, HeaderValue::from_str(value)?);
        }
    }
    Ok(headers)
}
