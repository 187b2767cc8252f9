//! The rules for request targets, applied to the raw target in front of the router: what the web server
//! refuses, and which form of the path the router sees (Openfire REST API plugin 1.12, §2.3, §2.5, §3.1).
//! It routes nothing and decodes no path value.

use std::borrow::Cow;

use http::header::{HOST, HeaderMap};
use http::uri::{PathAndQuery, Uri};
use http::{Method, Request, StatusCode, Version};
use percent_encoding::percent_decode_str;

/// Everything below this prefix is the API.
pub const API: &str = "/plugins/restapi/v1/";

/// Where the metrics are.
pub const METRICS: &str = "/metrics";

/// The page that shows the document of the API.
pub const DOCUMENTATION: &str = "/plugins/restapi/docs/";

/// The legacy endpoint: where it is, where the documentation of the original has it, and where the older
/// extension had it, in both spellings.
pub const USERSERVICE: [&str; 4] = [
    "/plugins/restapi/v1/userservice",
    "/plugins/restapi/userservice",
    "/plugins/userService/userservice",
    "/plugins/userservice/userservice",
];

/// The tree of the older extension, whose resources are those of the API; only its leaf `userservice` is another thing.
pub const OLDER_TREE: &str = "/plugins/userService/";

/// A request that is refused before any other check, without cross-origin headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 400, with a page.
    Malformed,
    /// 414, with a page.
    TargetTooLong,
    /// 431, with a page.
    HeadTooLarge,
    /// 403 without a page: the method TRACE.
    Trace,
}

impl Refusal {
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TargetTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Trace => StatusCode::FORBIDDEN,
        }
    }
}

/// Where a path leads before routing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Below `/plugins/restapi/v1/`: the API answers, also a 404.
    Api,
    /// As `Api`, but the version is `V1`: authentication, then the API's 404.
    ApiInOtherCase,
    /// The legacy endpoint, which checks access itself.
    Userservice,
    /// A file below `/plugins/restapi/docs/`, which needs no credentials.
    Documentation,
    /// What is measured.
    Metrics,
    /// The server as a whole (`OPTIONS *`).
    Server,
    /// Anything else.
    Outside,
}

impl Place {
    pub const ALL: [Self; 7] = [
        Self::Api,
        Self::ApiInOtherCase,
        Self::Userservice,
        Self::Documentation,
        Self::Metrics,
        Self::Server,
        Self::Outside,
    ];
}

/// What needs no credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Document,
    /// That probe, or what is below it.
    Liveness,
    Readiness,
}

/// An accepted path: where it leads.
#[derive(Clone, Debug)]
pub struct Target {
    place: Place,
    open: Option<Open>,
    /// What the router matches, where it is not what was sent.
    canonical: Option<String>,
}

/// Checks the head of a request as the web server of the original does, all but its path. `max_head`
/// (8 KiB there) bounds the bytes of method and target, and those of the whole head.
pub fn check<B>(request: &Request<B>, max_head: usize) -> Result<(), Refusal> {
    let (method, uri) = (request.method(), request.uri());
    if method == Method::TRACE {
        return Err(Refusal::Trace);
    }
    let line = method.as_str().len() + 1 + target_length(uri);
    if line > max_head {
        return Err(Refusal::TargetTooLong);
    }
    if line + headers_length(request.headers()) > max_head {
        return Err(Refusal::HeadTooLarge);
    }
    if uri.path() == "*" && method != Method::OPTIONS {
        return Err(Refusal::Malformed);
    }
    let hosts = request.headers().get_all(HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() == Version::HTTP_11) {
        return Err(Refusal::Malformed);
    }
    Ok(())
}

impl Target {
    /// Checks a path as it was sent, without the query.
    pub fn parse(sent: &str) -> Result<Self, Refusal> {
        let raw = collapse_leading_slashes(sent);
        if raw == "*" {
            return Ok(Self {
                place: Place::Server,
                open: None,
                canonical: None,
            });
        }
        if !is_plain(raw) {
            check_characters(raw)?;
            check_segments(raw)?;
        }
        let path = canonical(raw);
        Ok(Self {
            place: place(&path, raw),
            open: open(raw),
            canonical: (path != sent).then(|| path.into_owned()),
        })
    }

    /// What the router matches, where it is not what was sent: no matrix parameters, no trailing slash, escapes as
    /// they were sent.
    pub fn canonical(&self) -> Option<&str> {
        self.canonical.as_deref()
    }

    /// The file of a [`Place::Documentation`]: what stands below that place.
    pub fn documentation_file<'a>(&'a self, sent: &'a Uri) -> &'a str {
        let path = self.canonical().unwrap_or(sent.path());
        path.strip_prefix(DOCUMENTATION).unwrap_or_default()
    }

    pub fn place(&self) -> Place {
        self.place
    }

    /// The path needs no credentials: a probe or the OpenAPI document.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// The path is that of a probe, or below one.
    pub fn is_probe(&self) -> bool {
        matches!(self.open, Some(Open::Liveness | Open::Readiness))
    }

    /// The path is that of the liveness probe, or below it.
    pub fn is_liveness(&self) -> bool {
        self.open == Some(Open::Liveness)
    }

    /// The URI for the router when it differs from the one that was sent.
    pub fn rewritten(&self, uri: &Uri) -> Option<Uri> {
        let path = self.canonical()?;
        let path_and_query = match uri.query() {
            Some(query) => PathAndQuery::try_from(format!("{path}?{query}")),
            None => PathAndQuery::try_from(path),
        };
        Some(Uri::from(path_and_query.ok()?))
    }
}

/// Read from the path that the router sees, so that no spelling can pass for another place.
fn place(path: &str, raw: &str) -> Place {
    if path == METRICS {
        return Place::Metrics;
    }
    if USERSERVICE.contains(&path) {
        return Place::Userservice;
    }
    if path.starts_with(DOCUMENTATION) {
        return Place::Documentation;
    }
    let Some(rest) = path.strip_prefix("/plugins/restapi/") else {
        return Place::Outside;
    };
    let (version, is_below) = rest
        .split_once('/')
        .map_or((rest, raw.ends_with('/')), |(version, _)| (version, true));
    match version {
        "v1" if is_below => Place::Api,
        "V1" if is_below => Place::ApiInOtherCase,
        _ => Place::Outside,
    }
}

/// Compared segment by segment after decoding, so that an encoded separator stays inside its segment and matrix
/// parameters do not match.
fn open(raw: &str) -> Option<Open> {
    let rest = raw.strip_prefix(API)?;
    let Some((first, below)) = rest.split_once('/') else {
        return decoded_is(rest, "openapi.yaml").then_some(Open::Document);
    };
    if !decoded_is(first, "system") {
        return None;
    }
    let second = below.split('/').next().unwrap_or_default();
    let probes = [("liveness", Open::Liveness), ("readiness", Open::Readiness)];
    let probe = probes.into_iter().find(|(name, _)| decoded_is(second, name));
    probe.map(|(_, probe)| probe)
}

/// Some clients append the path to a base address that ends in a slash.
fn collapse_leading_slashes(raw: &str) -> &str {
    if !raw.starts_with("//") {
        return raw;
    }
    let rest = raw.trim_start_matches('/');
    if name_of(rest.split('/').next().unwrap_or_default()) == "plugins" {
        return &raw[raw.len() - rest.len() - 1..];
    }
    raw
}

/// The segment without its matrix parameters.
fn name_of(segment: &str) -> &str {
    segment.split_once(';').map_or(segment, |(name, _)| name)
}

fn is_dots(name: &str) -> bool {
    decoded_is(name, ".") || decoded_is(name, "..")
}

fn decoded_is(segment: &str, text: &str) -> bool {
    segment == text || (segment.contains('%') && percent_decode_str(segment).eq(text.bytes()))
}

/// Refuses empty segments, but for the last one, and those that are dots, however they are written.
fn check_segments(raw: &str) -> Result<(), Refusal> {
    let segments = raw.strip_prefix('/').ok_or(Refusal::Malformed)?;
    let begins_oddly = |pair: &[u8]| pair[0] == b'/' && matches!(pair[1], b'/' | b';' | b'.' | b'%');
    if !raw.as_bytes().windows(2).any(begins_oddly) {
        return Ok(());
    }
    let mut names = segments.split('/').map(name_of).peekable();
    while let Some(name) = names.next() {
        let is_last = names.peek().is_none();
        if (name.is_empty() && !is_last) || is_dots(name) {
            return Err(Refusal::Malformed);
        }
    }
    Ok(())
}

/// Whether one look is enough, as it is for nearly every path: absolute, of characters that mean nothing but
/// themselves, and without segments that are empty or begin with a dot.
fn is_plain(raw: &str) -> bool {
    let is_usual = raw.bytes().all(|byte| IS_USUAL[usize::from(byte)]);
    is_usual && raw.starts_with('/') && !raw.contains("//") && !raw.contains("/.")
}

/// By the byte: whether it means nothing but itself.
static IS_USUAL: [bool; 256] = {
    let mut is_usual = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        is_usual[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'@');
        byte += 1;
    }
    is_usual
};

/// Refuses raw characters that no URI has, malformed escapes, encoded control characters and what is not UTF-8.
fn check_characters(raw: &str) -> Result<(), Refusal> {
    let mut bytes = raw.bytes();
    let mut has_high_escape = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digits = (bytes.next().and_then(hex), bytes.next().and_then(hex));
                let (Some(high), Some(low)) = digits else {
                    return Err(Refusal::Malformed);
                };
                let decoded = high * 16 + low;
                if decoded.is_ascii_control() {
                    return Err(Refusal::Malformed);
                }
                has_high_escape |= !decoded.is_ascii();
            }
            b'<' | b'>' | b'"' | b'{' | b'}' | b'|' | b'^' | b'`' | b'[' | b']' | b'\\' => {
                return Err(Refusal::Malformed);
            }
            byte if byte == b' ' || byte.is_ascii_control() => return Err(Refusal::Malformed),
            _ => {}
        }
    }
    if has_high_escape
        && raw
            .split('/')
            .any(|segment| percent_decode_str(segment).decode_utf8().is_err())
    {
        return Err(Refusal::Malformed);
    }
    Ok(())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

fn canonical(raw: &str) -> Cow<'_, str> {
    let path = without_matrix(raw);
    match path.strip_prefix(OLDER_TREE) {
        Some(rest) if rest != "userservice" => Cow::Owned(format!("{API}{rest}")),
        _ => path,
    }
}

fn without_matrix(raw: &str) -> Cow<'_, str> {
    if !raw.contains(';') {
        return Cow::Borrowed(raw.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(raw));
    }
    let mut path = String::with_capacity(raw.len());
    for name in raw.split('/').map(name_of).filter(|name| !name.is_empty()) {
        path.push('/');
        path.push_str(name);
    }
    if path.is_empty() {
        path.push('/');
    }
    Cow::Owned(path)
}

fn target_length(uri: &Uri) -> usize {
    uri.path().len() + uri.query().map_or(0, |query| query.len() + 1)
}

/// Bytes behind the target: the version, each line with its separators, the empty line.
fn headers_length(headers: &HeaderMap) -> usize {
    const VERSION_AND_EMPTY_LINE: usize = " HTTP/1.1\r\n".len() + "\r\n".len();
    let lines: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len())
        .sum();
    VERSION_AND_EMPTY_LINE + lines
}

#[cfg(test)]
mod tests;
