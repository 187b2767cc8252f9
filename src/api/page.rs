//! The page that the web container puts into an answer which carries a status and no entity.
//! It picks HTML, JSON or plain text from `Accept` by rules of its own, and says nothing to methods
//! other than GET, POST and HEAD (Openfire REST API plugin 1.12, §2.8). Cross-origin headers are not its business.

use axum::body::Body;
use http::header::{ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Response, StatusCode};

const SERVLET: &str = "PluginServlet";

/// A kind of page, named after its media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Html,
    ApplicationJson,
    TextJson,
    Plain,
}

impl Kind {
    fn of(media_range: &str) -> Option<Self> {
        match media_range {
            "text/html" | "text/*" | "*/*" => Some(Self::Html),
            "application/json" => Some(Self::ApplicationJson),
            "text/json" => Some(Self::TextJson),
            "text/plain" => Some(Self::Plain),
            _ => None,
        }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Html => "text/html;charset=iso-8859-1",
            Self::ApplicationJson => "application/json",
            Self::TextJson => "text/json",
            Self::Plain => "text/plain;charset=iso-8859-1",
        })
    }
}

/// The answer of a status without an entity. `path` is the path of the request target as it was sent.
pub fn bare(status: StatusCode, method: &Method, request: &HeaderMap, path: &str) -> Response<Body> {
    answer(status, method, kind_for(request), path)
}

/// The answer to a request that the web server itself refuses: HTML, whatever `Accept` says.
pub fn refused(status: StatusCode, method: &Method, path: &str) -> Response<Body> {
    answer(status, method, Some(Kind::Html), path)
}

/// A status with nothing else.
pub fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    response
}

fn answer(status: StatusCode, method: &Method, kind: Option<Kind>, path: &str) -> Response<Body> {
    let mut response = empty(status);
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        // What is left of the body is not read, so nothing can follow it.
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if !matches!(*method, Method::GET | Method::POST | Method::HEAD) {
        return response;
    }
    let headers = response.headers_mut();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("must-revalidate,no-cache,no-store"),
    );
    let Some(kind) = kind else { return response };
    let page = render(kind, status, path);
    headers.insert(CONTENT_TYPE, kind.content_type());
    headers.insert(CONTENT_LENGTH, HeaderValue::from(page.len()));
    if *method != Method::HEAD {
        *response.body_mut() = Body::from(page);
    }
    response
}

/// The best media range of `Accept` that has a page; `None` when a range is given and none has.
fn kind_for(request: &HeaderMap) -> Option<Kind> {
    if !request.contains_key(ACCEPT) {
        return Some(Kind::Html);
    }
    let mut ranges: Vec<Range> = request
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(Range::read)
        .collect();
    ranges.sort_by(|a, b| {
        b.quality
            .total_cmp(&a.quality)
            .then(b.specificity().cmp(&a.specificity()))
    });
    ranges
        .iter()
        .filter(|range| !range.has_parameters)
        .find_map(|range| Kind::of(range.name))
}

struct Range<'a> {
    name: &'a str,
    quality: f64,
    has_parameters: bool,
}

impl<'a> Range<'a> {
    /// `None` for a range that is not acceptable at all; a quality that is no number counts as zero.
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let mut range = Range {
            name,
            quality: 1.0,
            has_parameters: false,
        };
        for parameter in parts.filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some((name, value)) if name.trim().eq_ignore_ascii_case("q") => {
                    range.quality = value.trim().parse().unwrap_or(0.0);
                }
                _ => range.has_parameters = true,
            }
        }
        (range.quality > 0.0).then_some(range)
    }

    fn specificity(&self) -> u8 {
        match self.name {
            "*/*" => 0,
            name if name.ends_with("/*") => 1,
            _ if !self.has_parameters => 2,
            _ => 3,
        }
    }
}

fn render(kind: Kind, status: StatusCode, path: &str) -> String {
    let code = status.as_u16();
    let message = match status {
        StatusCode::INTERNAL_SERVER_ERROR => "Request failed.",
        other => other.canonical_reason().unwrap_or_default(),
    };
    let path = ascii(path);
    match kind {
        Kind::Html => {
            let path = escape_html(&path);
            format!(
                "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=ISO-8859-1\"/>\n\
                 <title>Error {code} {message}</title>\n</head>\n<body>\n<h2>HTTP ERROR {code} {message}</h2>\n<table>\n\
                 <tr><th>URI:</th><td>{path}</td></tr>\n<tr><th>STATUS:</th><td>{code}</td></tr>\n\
                 <tr><th>MESSAGE:</th><td>{message}</td></tr>\n<tr><th>SERVLET:</th><td>{SERVLET}</td></tr>\n\
                 </table>\n\n</body>\n</html>\n"
            )
        }
        Kind::ApplicationJson | Kind::TextJson => {
            let path = serde_json::Value::from(path);
            format!(
                "{{\n\"servlet\":\"{SERVLET}\",\n\"message\":\"{message}\",\n\"url\":{path},\n\"status\":\"{code}\"\n}}"
            )
        }
        Kind::Plain => format!(
            "HTTP ERROR {code} {message}\nURI: {path}\nSTATUS: {code}\nMESSAGE: {message}\nSERVLET: {SERVLET}\n"
        ),
    }
}

/// The path with every byte outside ASCII percent-encoded, as the pages are labelled ISO-8859-1.
fn ascii(path: &str) -> String {
    percent_encoding::utf8_percent_encode(path, percent_encoding::CONTROLS).to_string()
}

fn escape_html(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    const PATH: &str = "/plugins/restapi/v1/nowhere";

    fn headers(accept: Option<&str>) -> HeaderMap {
        accept
            .map(|value| (ACCEPT, HeaderValue::from_str(value).unwrap()))
            .into_iter()
            .collect()
    }

    fn content_type(method: &Method, accept: Option<&str>) -> Option<String> {
        let response = bare(StatusCode::NOT_FOUND, method, &headers(accept), PATH);
        response
            .headers()
            .get(CONTENT_TYPE)
            .map(|value| value.to_str().unwrap().to_owned())
    }

    async fn text(response: Response<Body>) -> String {
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[test]
    fn the_type_of_the_page_follows_accept() {
        let html = Some("text/html;charset=iso-8859-1");
        let plain = Some("text/plain;charset=iso-8859-1");
        let json = Some("application/json");
        for (accept, expected) in [
            (None, html),
            (Some("*/*"), html),
            (Some("text/html"), html),
            (Some("text/*"), html),
            (Some("text/html;level=1"), None),
            (Some("text/plain"), plain),
            (Some("text/json"), Some("text/json")),
            (Some("application/json"), json),
            (Some("application/json;q=2"), json),
            (Some("application/json;q=x"), None),
            (Some("application/json;q=0"), None),
            (Some("application/json;charset=utf-8"), None),
            (Some("application/xml"), None),
            (Some("application/*"), None),
            (Some("image/png"), None),
            (Some("nonsense"), None),
            (Some(""), None),
            (Some("application/json, text/plain, */*"), json),
            (Some("*/*, application/json"), json),
            (
                Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
                html,
            ),
            (Some("text/html;q=0.1, application/json"), json),
            (Some("application/xml, application/json;q=0.5"), json),
        ] {
            assert_eq!(content_type(&Method::GET, accept).as_deref(), expected, "{accept:?}");
            assert_eq!(content_type(&Method::POST, accept).as_deref(), expected, "{accept:?}");
            assert_eq!(content_type(&Method::HEAD, accept).as_deref(), expected, "{accept:?}");
            assert_eq!(content_type(&Method::DELETE, accept), None, "{accept:?}");
        }
    }

    #[tokio::test]
    async fn the_pages_read_as_recorded() {
        let page = |status, accept: &str, path: &str| bare(status, &Method::GET, &headers(Some(accept)), path);
        assert_eq!(
            text(page(StatusCode::NOT_FOUND, "text/plain", PATH)).await,
            "HTTP ERROR 404 Not Found\nURI: /plugins/restapi/v1/nowhere\nSTATUS: 404\nMESSAGE: Not Found\nSERVLET: PluginServlet\n"
        );
        assert_eq!(
            text(page(
                StatusCode::INTERNAL_SERVER_ERROR,
                "application/json",
                "/plugins/restapi/v1/users/a%20b"
            ))
            .await,
            "{\n\"servlet\":\"PluginServlet\",\n\"message\":\"Request failed.\",\n\"url\":\"/plugins/restapi/v1/users/a%20b\",\n\"status\":\"500\"\n}"
        );
        let html = text(page(StatusCode::UNAUTHORIZED, "text/html", PATH)).await;
        assert!(html.contains("<title>Error 401 Unauthorized</title>"));
        assert!(html.contains("<h2>HTTP ERROR 401 Unauthorized</h2>"));
    }

    #[tokio::test]
    async fn a_hostile_path_stays_text() {
        let path = "/<script>\"'&é";
        let page = |accept| bare(StatusCode::NOT_FOUND, &Method::GET, &headers(Some(accept)), path);
        let html = text(page("text/html")).await;
        assert!(
            html.contains("<td>/&lt;script&gt;&quot;&#39;&amp;%C3%A9</td>"),
            "{html}"
        );
        let json: serde_json::Value = serde_json::from_str(&text(page("application/json")).await).unwrap();
        assert_eq!(json["url"], "/<script>\"'&%C3%A9");
    }

    #[tokio::test]
    async fn head_has_the_length_of_get_and_no_body() {
        let get = bare(StatusCode::NOT_FOUND, &Method::GET, &headers(None), PATH);
        let head = bare(StatusCode::NOT_FOUND, &Method::HEAD, &headers(None), PATH);
        assert_eq!(get.headers(), head.headers());
        let length: usize = get.headers()[CONTENT_LENGTH].to_str().unwrap().parse().unwrap();
        assert_eq!(text(get).await.len(), length);
        assert_eq!(text(head).await, "");
    }

    #[tokio::test]
    async fn an_answer_without_a_page_has_length_zero_and_is_not_cached() {
        let response = bare(
            StatusCode::UNAUTHORIZED,
            &Method::GET,
            &headers(Some("application/xml")),
            PATH,
        );
        assert_eq!(response.headers()[CONTENT_LENGTH], "0");
        assert_eq!(response.headers()[CACHE_CONTROL], "must-revalidate,no-cache,no-store");
        let response = bare(StatusCode::UNAUTHORIZED, &Method::PUT, &headers(None), PATH);
        assert_eq!(response.headers()[CONTENT_LENGTH], "0");
        assert!(!response.headers().contains_key(CACHE_CONTROL));
    }

    #[test]
    fn a_refusal_is_html_whatever_is_accepted() {
        let response = refused(StatusCode::BAD_REQUEST, &Method::GET, "/a%2Fb");
        assert_eq!(response.headers()[CONTENT_TYPE], "text/html;charset=iso-8859-1");
        assert!(
            !refused(StatusCode::BAD_REQUEST, &Method::DELETE, "/a")
                .headers()
                .contains_key(CONTENT_TYPE)
        );
    }
}
