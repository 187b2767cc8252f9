//! Where browsers find the streams of a host (XEP-0156 §3): under the name by which they asked.

use axum::body::Body;
use axum::response::Response;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HOST, HeaderValue};

use super::{allow_all_sites, bosh, header, websocket};

pub const XML: &str = "/.well-known/host-meta";
pub const JSON: &str = "/.well-known/host-meta.json";

const WEBSOCKET: &str = "urn:xmpp:alt-connections:websocket";
const BOSH: &str = "urn:xmpp:alt-connections:xbosh";

pub fn xml(headers: &HeaderMap, is_secure: bool) -> Response {
    let links = links(headers, is_secure).map(|(relation, url)| format!("  <Link rel='{relation}' href='{url}'/>\n"));
    let text = format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n{}</XRD>\n",
        links.concat()
    );
    document(text, "application/xrd+xml")
}

pub fn json(headers: &HeaderMap, is_secure: bool) -> Response {
    let links = links(headers, is_secure);
    let links = links.map(|(relation, url)| format!("{{\"rel\":\"{relation}\",\"href\":\"{url}\"}}"));
    document(format!("{{\"links\":[{}]}}\n", links.join(",")), "application/json")
}

/// Each kind of stream with its URL.
fn links(headers: &HeaderMap, is_secure: bool) -> [(&'static str, String); 2] {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let host = header(headers, HOST.as_str()).filter(|host| host.bytes().all(is_plain));
    let host = host.unwrap_or("localhost");
    let secure = if is_secure { "s" } else { "" };
    [
        (WEBSOCKET, format!("ws{secure}://{host}{}", websocket::PATH)),
        (BOSH, format!("http{secure}://{host}{}", bosh::PATH)),
    ]
}

fn document(text: String, content_type: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    allow_all_sites(&mut response, "GET, HEAD");
    response
}
