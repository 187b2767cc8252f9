//! Which methods a path has: the `Allow` header and the answer to `OPTIONS` (Openfire REST API
//! plugin 1.12, §2.4). The original describes a path as a WADL document; a list for who wants text is enough.

use axum::body::Body;
use axum::response::Response;
use headers::HeaderMapExt;
use http::header::{ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue};

use super::accept::{Accept, MediaType};

const WADL: HeaderValue = HeaderValue::from_static("application/vnd.sun.wadl+xml");

/// `Allow` in the order of the original, which its clients must not rely on.
pub fn allow(methods: &[&str]) -> HeaderValue {
    let ordered: Vec<&str> = ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT"]
        .into_iter()
        .filter(|method| methods.contains(method))
        .collect();
    HeaderValue::from_str(&ordered.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
}

/// The answer to `OPTIONS` on a path that offers these methods. The error: `Accept` cannot be read.
pub fn options(request: &HeaderMap, offered: HeaderValue) -> Result<Response, headers::Error> {
    let accept = request.typed_try_get::<Accept>()?.unwrap_or_default();
    let wanted = accept
        .by_preference()
        .first()
        .copied()
        .filter(|best| !best.is_wildcard());
    let body = match wanted {
        Some(best) if best.is("text", "plain") => Body::from(offered.as_bytes().to_vec()),
        _ => Body::empty(),
    };
    let content_type = wanted.and_then(MediaType::to_header_value).unwrap_or(WADL);
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response.headers_mut().insert(ALLOW, offered);
    Ok(response)
}
