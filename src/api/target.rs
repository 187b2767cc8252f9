//! The rules for request targets, applied to the raw target in front of the router: what the web server
//! refuses, and which form of the path the router sees (Openfire REST API plugin 1.12, §2.3, §2.5, §3.1).
//! It routes nothing and decodes no path value.

use std::borrow::Cow;

use http::header::{HOST, HeaderMap};
use http::request::Parts;
use http::uri::{PathAndQuery, Uri};
use http::{Method, StatusCode, Version};
use percent_encoding::percent_decode_str;

/// Everything below this prefix is the API.
const API: &str = "/plugins/restapi/v1/";

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
    /// Anything else.
    Outside,
}

/// An accepted path.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    raw: &'a str,
    path: Cow<'a, str>,
}

/// Checks the head of a request as the web server of the original does, all but its path. `max_head`
/// (8 KiB there) bounds the bytes of method and target, and those of the whole head.
pub fn check(request: &Parts, max_head: usize) -> Result<(), Refusal> {
    if request.method == Method::TRACE {
        return Err(Refusal::Trace);
    }
    let line = request.method.as_str().len() + 1 + target_length(&request.uri);
    if line > max_head {
        return Err(Refusal::TargetTooLong);
    }
    if line + headers_length(&request.headers) > max_head {
        return Err(Refusal::HeadTooLarge);
    }
    if request.uri.path() == "*" && request.method != Method::OPTIONS {
        return Err(Refusal::Malformed);
    }
    let hosts = request.headers.get_all(HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version == Version::HTTP_11) {
        return Err(Refusal::Malformed);
    }
    Ok(())
}

impl<'a> Target<'a> {
    /// Checks a path as it was sent, without the query.
    pub fn parse(raw: &'a str) -> Result<Self, Refusal> {
        let raw = collapse_leading_slashes(raw);
        if raw == "*" {
            return Ok(Self {
                raw,
                path: Cow::Borrowed(raw),
            });
        }
        let segments = raw.strip_prefix('/').ok_or(Refusal::Malformed)?;
        check_characters(raw)?;
        let mut names = segments.split('/').map(name_of).peekable();
        while let Some(name) = names.next() {
            let is_last = names.peek().is_none();
            if (name.is_empty() && !is_last) || is_dots(name) {
                return Err(Refusal::Malformed);
            }
        }
        Ok(Self {
            raw,
            path: canonical(raw),
        })
    }

    /// What the router matches: no matrix parameters, no trailing slash, escapes as they were sent.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The target is the server as a whole (`OPTIONS *`).
    pub fn is_server(&self) -> bool {
        self.raw == "*"
    }

    /// Read from the path that the router sees, so that no spelling can pass for another place.
    pub fn place(&self) -> Place {
        let Some(rest) = self.path.strip_prefix("/plugins/restapi/") else {
            return Place::Outside;
        };
        let (version, is_below) = rest
            .split_once('/')
            .map_or((rest, self.raw.ends_with('/')), |(v, _)| (v, true));
        match version {
            "v1" if is_below => Place::Api,
            "V1" if is_below => Place::ApiInOtherCase,
            _ => Place::Outside,
        }
    }

    /// The path needs no credentials: a probe or the OpenAPI document. Compared segment by segment after
    /// decoding, so that an encoded separator stays inside its segment and matrix parameters do not match.
    pub fn is_open(&self) -> bool {
        let Some(rest) = self.raw.strip_prefix(API) else {
            return false;
        };
        if decoded_is(rest, "openapi.yaml") {
            return true;
        }
        let mut segments = rest.split('/');
        let (Some(system), Some(probe)) = (segments.next(), segments.next()) else {
            return false;
        };
        decoded_is(system, "system") && (decoded_is(probe, "liveness") || decoded_is(probe, "readiness"))
    }

    /// The path is exactly the legacy endpoint, which checks access itself.
    pub fn is_userservice(&self) -> bool {
        self.path == "/plugins/restapi/v1/userservice"
    }

    /// The URI for the router when it differs from the one that was sent.
    pub fn rewritten(&self, uri: &Uri) -> Option<Uri> {
        if self.path == uri.path() {
            return None;
        }
        let path_and_query = match uri.query() {
            Some(query) => PathAndQuery::try_from(format!("{}?{query}", self.path)),
            None => PathAndQuery::try_from(self.path.as_ref()),
        };
        Some(Uri::from(path_and_query.ok()?))
    }
}

/// Some clients append the path to a base address that ends in a slash.
fn collapse_leading_slashes(raw: &str) -> &str {
    let rest = raw.trim_start_matches('/');
    if raw.len() - rest.len() > 1 && name_of(rest.split('/').next().unwrap_or_default()) == "plugins" {
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
    if segment.contains('%') {
        percent_decode_str(segment).eq(text.bytes())
    } else {
        segment == text
    }
}

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
mod tests {
    use super::*;
    use http::Request;
    use proptest::prelude::*;

    fn path(raw: &str) -> Option<String> {
        Target::parse(raw).ok().map(|target| target.path().to_owned())
    }

    #[test]
    fn the_router_sees_one_spelling() {
        for (raw, expected) in [
            ("/plugins/restapi/v1/users/jane", "/plugins/restapi/v1/users/jane"),
            ("/plugins/restapi/v1/users/jane/", "/plugins/restapi/v1/users/jane"),
            ("/plugins/restapi/v1/users/jane;x=y", "/plugins/restapi/v1/users/jane"),
            ("/plugins/restapi/v1/users/jane;", "/plugins/restapi/v1/users/jane"),
            (
                "/plugins/restapi/v1/users/jane;a=b;c=d",
                "/plugins/restapi/v1/users/jane",
            ),
            ("/plugins/restapi/v1/users;x=y/jane", "/plugins/restapi/v1/users/jane"),
            ("/plugins/restapi/v1/users;/jane;/", "/plugins/restapi/v1/users/jane"),
            (
                "/plugins/restapi/v1/users;restapi/v1/userservice",
                "/plugins/restapi/v1/users/v1/userservice",
            ),
            ("/plugins/restapi/v1/users/;x", "/plugins/restapi/v1/users"),
            ("//plugins/restapi/v1/users", "/plugins/restapi/v1/users"),
            ("///plugins/restapi/v1/users/", "/plugins/restapi/v1/users"),
            (
                "/plugins/restapi/v1/users/jane%3Bx",
                "/plugins/restapi/v1/users/jane%3Bx",
            ),
            (
                "/plugins/restapi/v1/users/a%2Fb%5c%25",
                "/plugins/restapi/v1/users/a%2Fb%5c%25",
            ),
            ("/plugins/restapi/v1/users/t..x", "/plugins/restapi/v1/users/t..x"),
            ("/plugins/restapi/v1/users/...", "/plugins/restapi/v1/users/..."),
            ("/plugins/restapi/v1/users/.jane", "/plugins/restapi/v1/users/.jane"),
            (
                "/plugins/restapi/v1/users/..%2Fusers",
                "/plugins/restapi/v1/users/..%2Fusers",
            ),
            (
                "/plugins/restapi/v1/users/jane%3C%22%5E%7C%3F%23",
                "/plugins/restapi/v1/users/jane%3C%22%5E%7C%3F%23",
            ),
            (
                "/plugins/restapi/v1/users/(jane)~*!$,=+@",
                "/plugins/restapi/v1/users/(jane)~*!$,=+@",
            ),
            (
                "/plugins/restapi/v1/users/%E6%97%A5é",
                "/plugins/restapi/v1/users/%E6%97%A5é",
            ),
            ("/", "/"),
            ("/;x", "/"),
            ("*", "*"),
        ] {
            assert_eq!(path(raw).as_deref(), Some(expected), "{raw}");
        }
    }

    #[test]
    fn malformed_paths_are_refused() {
        for end in [
            "//users",
            "users//jane",
            "users/jane//",
            "users/;/jane",
            "users/./jane",
            "users/../users",
            "./users",
            "users/.",
            "users/%2e%2e/users",
            "users/%2E/jane",
            "users/.%2e",
            "users/..;/users",
            "users/.;x=y/jane",
            "users/jane%",
            "users/jane%zz",
            "users/jane%2",
            "users/jane%+1",
            "users/jane%00",
            "users/jane%0A",
            "users/jane%1f",
            "users/jane%7F",
            "users/jane%FF",
            "users/%C3",
            "users/%C3/%A9",
            "users/%C0%AF",
            "users/%ED%A0%80",
            "users/jane%80",
            "users/jane%u0041",
            "users/jane<x>",
            "users/jane\"",
            "users/jane{x}",
            "users/jane|x",
            "users/jane^x",
            "users/[jane]",
            "users/a\\b",
            "users/a`b",
            "users/a b",
            "users/jane;x=%zz",
            "users/jane;x=<",
            "users/jane;x=%00",
        ] {
            assert_eq!(path(&format!("/plugins/restapi/v1/{end}")), None, "{end}");
        }
        for raw in [
            "",
            "plugins",
            "/plugins//restapi/v1/users",
            "//users",
            "//",
            "/a//plugins/restapi/v1/users",
            "/..",
            "/%2e",
        ] {
            assert_eq!(path(raw), None, "{raw}");
        }
    }

    #[test]
    fn only_paths_below_the_version_are_the_api() {
        for (raw, expected) in [
            ("/plugins/restapi/v1/users", Place::Api),
            ("/plugins/restapi/v1/", Place::Api),
            ("/plugins;x/restapi/v1;y/users", Place::Api),
            ("//plugins/restapi/v1/users", Place::Api),
            ("/plugins/restapi/v1", Place::Outside),
            ("/plugins/restapi/v10/users", Place::Outside),
            ("/plugins/restapi/v2/users", Place::Outside),
            ("/plugins/restapi/V1/users", Place::ApiInOtherCase),
            ("/plugins/restapi/V1", Place::Outside),
            ("/plugins/RESTAPI/v1/users", Place::Outside),
            ("/Plugins/restapi/v1/users", Place::Outside),
            ("/plugins/restapi/", Place::Outside),
            ("/plugins/restapi/%761/users", Place::Outside),
            ("/", Place::Outside),
            ("*", Place::Outside),
        ] {
            assert_eq!(Target::parse(raw).unwrap().place(), expected, "{raw}");
        }
    }

    #[test]
    fn only_probes_and_the_document_are_open() {
        let is_open = |end: &str| Target::parse(&format!("/plugins/restapi/v1/{end}")).unwrap().is_open();
        for end in [
            "openapi.yaml",
            "%6Fpenapi.yaml",
            "system/liveness",
            "system/liveness/",
            "system/readiness/",
            "system/liveness/none",
            "system/readiness/connections",
            "system/%6Civeness",
            "system/liveness/%64eadlock",
            "system/liveness/deadlock;x",
        ] {
            assert!(is_open(end), "{end}");
        }
        for end in [
            "openapi.yaml/",
            "openapi.yaml;x=y",
            "openapi.yaml;",
            "Openapi.yaml",
            "openapi.json",
            "openapi",
            "system",
            "system/",
            "system/livenessx",
            "system/Liveness",
            "system/liveness;x=y",
            "system;x=y/liveness",
            "users/system/liveness",
            "system/liveness%2Fdeadlock",
            "system/liveness%2F..%2F..%2Fusers",
            "system%2Fliveness",
            "users;/system/liveness",
            "system/properties;system/liveness",
            "users/x%2Fsystem%2Fliveness",
            "users/openapi.yaml",
            "userservice",
        ] {
            assert!(!is_open(end), "{end}");
        }
        for raw in [
            "/plugins/restapi/v2/system/liveness",
            "/plugins;x/restapi/v1/system/liveness",
            "/system/liveness",
        ] {
            assert!(!Target::parse(raw).unwrap().is_open(), "{raw}");
        }
    }

    #[test]
    fn only_the_exact_legacy_path_is_the_userservice() {
        let is_userservice = |end: &str| {
            Target::parse(&format!("/plugins/restapi/v1/{end}"))
                .unwrap()
                .is_userservice()
        };
        assert!(is_userservice("userservice") && is_userservice("userservice/"));
        for end in [
            "userservicex",
            "userService",
            "userservice/x",
            "users/userservice",
            "users;restapi/v1/userservice",
            "x%2Fuserservice",
        ] {
            assert!(!is_userservice(end), "{end}");
        }
    }

    fn head(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
        let builder = Request::builder().method(method).uri(uri);
        headers
            .iter()
            .fold(builder, |builder, (name, value)| builder.header(*name, *value))
            .body(())
            .unwrap()
            .into_parts()
            .0
    }

    #[test]
    fn the_head_is_checked_as_the_web_server_does() {
        let host = ("host", "example.org");
        let refusal =
            |method: &str, uri: &str, headers: &[(&str, &str)]| check(&head(method, uri, headers), 8 * 1024).err();
        assert_eq!(refusal("GET", "/a", &[host]), None);
        assert_eq!(refusal("OPTIONS", "*", &[host]), None);
        assert_eq!(refusal("GET", "*", &[host]), Some(Refusal::Malformed));
        assert_eq!(refusal("GET", "/a", &[]), Some(Refusal::Malformed));
        assert_eq!(refusal("GET", "/a", &[host, host]), Some(Refusal::Malformed));
        assert_eq!(refusal("TRACE", "/a//", &[host]), Some(Refusal::Trace));
        let long = format!("/{}", "a".repeat(8_186));
        assert_eq!(
            refusal("GET", &format!("{long}a"), &[host]),
            Some(Refusal::HeadTooLarge)
        );
        assert_eq!(
            refusal("GET", &format!("{long}aaa"), &[host]),
            Some(Refusal::TargetTooLong)
        );
        assert_eq!(
            refusal("GET", &format!("/?{long}"), &[host]),
            Some(Refusal::TargetTooLong)
        );
        assert_eq!(refusal("GET", "/", &[host, ("x", &"a".repeat(8_000))]), None);
        assert_eq!(
            refusal("GET", "/", &[host, ("x", &"a".repeat(8_192))]),
            Some(Refusal::HeadTooLarge)
        );
    }

    #[test]
    fn a_rewritten_target_keeps_its_query() {
        let uri: Uri = "/plugins/restapi/v1/users/;x?search=a%20b".parse().unwrap();
        let rewritten = Target::parse(uri.path()).unwrap().rewritten(&uri).unwrap();
        assert_eq!(rewritten, "/plugins/restapi/v1/users?search=a%20b");
        let uri: Uri = "/plugins/restapi/v1/users?search".parse().unwrap();
        assert_eq!(Target::parse(uri.path()).unwrap().rewritten(&uri), None);
    }

    proptest! {
        #[test]
        fn no_path_is_too_odd(raw in "\\PC*") {
            let _ = Target::parse(&raw).map(|target| (target.place(), target.is_open(), target.is_userservice()));
        }

        #[test]
        fn what_is_accepted_is_canonical(raw in "(/|//)(plugins|[a.%25eE2;=/]{0,4})(/[a.%25eE2fF;=/]{0,6}){0,4}") {
            let Ok(target) = Target::parse(&raw) else { return Ok(()) };
            let path = target.path();
            prop_assert!(path.starts_with('/') && !path.contains("//") && !path.contains(';'));
            prop_assert!(path == "/" || !path.ends_with('/'));
            for segment in path.split('/') {
                let decoded = percent_decode_str(segment).decode_utf8().unwrap();
                prop_assert!(decoded != "." && decoded != "..");
            }
            let again = Target::parse(path).unwrap();
            prop_assert_eq!(again.path(), path);
        }
    }
}
