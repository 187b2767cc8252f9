//! Answers (§11.3): one line of XML without declaration, whatever `Accept` says, and without cross-origin headers.

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures::stream::BoxStream;
use http::header::{CONTENT_TYPE, HeaderValue};

use crate::domain::Error;

const XML: HeaderValue = HeaderValue::from_static("text/xml;charset=utf-8");

/// What an operation answers.
pub enum Reply {
    /// `<result>ok</result>`.
    Done,
    /// A whole document.
    Document(String),
    /// A document in pieces.
    Stream(BoxStream<'static, Result<Bytes, Error>>),
    /// No body at all.
    Nothing,
}

impl Reply {
    pub fn into_response(self) -> Response {
        match self {
            Self::Done => document("<result>ok</result>\n".to_owned()),
            Self::Document(text) => document(text),
            Self::Stream(pieces) => with_type(Body::from_stream(pieces)),
            Self::Nothing => Response::new(Body::empty()),
        }
    }
}

pub fn error(name: &str) -> Response {
    document(format!("<error>{name}</error>\n"))
}

/// Appends a name of a list. The original does not escape (quirk 51).
pub fn push_group_name(name: &str, out: &mut String) {
    out.push_str("<groupname>");
    for character in name.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
    out.push_str("</groupname>");
}

fn document(text: String) -> Response {
    with_type(Body::from(text))
}

fn with_type(body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, XML);
    response
}
