//! Where browsers find the streams of a host (XEP-0156 §3): under the name by which they asked.

use axum::body::Body;
use axum::response::Response;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HOST, HeaderValue};

use super::{allow_all_sites, header, websocket};

pub const XML: &str = "/.well-known/host-meta";
pub const JSON: &str = "/.well-known/host-meta.json";

const RELATION: &str = "urn:xmpp:alt-connections:websocket";

pub fn xml(headers: &HeaderMap, is_secure: bool) -> Response {
    let url = url(headers, is_secure);
    let text = format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n  \
         <Link rel='{RELATION}' href='{url}'/>\n</XRD>\n"
    );
    document(text, "application/xrd+xml")
}

pub fn json(headers: &HeaderMap, is_secure: bool) -> Response {
    let url = url(headers, is_secure);
    document(
        format!("{{\"links\":[{{\"rel\":\"{RELATION}\",\"href\":\"{url}\"}}]}}\n"),
        "application/json",
    )
}

fn url(headers: &HeaderMap, is_secure: bool) -> String {
    let scheme = if is_secure { "wss" } else { "ws" };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let host = header(headers, HOST.as_str()).filter(|host| host.bytes().all(is_plain));
    format!("{scheme}://{}{}", host.unwrap_or("localhost"), websocket::PATH)
}

fn document(text: String, content_type: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    allow_all_sites(&mut response, "GET, HEAD");
    response
}
