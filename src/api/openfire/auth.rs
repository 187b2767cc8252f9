//! Who may call (§3): the checks that stand before routing, so that without credentials every path looks alike.
//! Every failed check is a 401 without a challenge.

use std::borrow::Cow;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, StatusCode};

use super::context::Context;
use crate::admin::{Caller, Door};
use crate::api::target::Target;
use crate::api::unavailable;
use crate::domain::access::{Access, AuthMode};
use crate::domain::address::AccountAddress;

/// The proof that credentials were checked; put among the extensions of the request.
#[derive(Clone, Debug)]
pub struct Authenticated {
    identity: Identity,
    /// Where the request came from, through trusted proxies.
    client: Option<IpAddr>,
}

#[derive(Clone, Debug)]
enum Identity {
    SharedSecret,
    Administrator(AccountAddress),
}

impl Authenticated {
    /// The caller of the operation with this method and route.
    pub fn caller(&self, method: &'static str, route: &'static str) -> Caller {
        let door = Door::Http {
            api: "openfire",
            method,
            route,
            peer: self.client,
        };
        match &self.identity {
            Identity::SharedSecret => Caller::shared_secret(door),
            Identity::Administrator(account) => Caller::administrator(account, door),
        }
    }
}

/// Checks a request. `Ok(None)`: it may go on to what is open to everybody. The error is the status.
pub async fn authenticate(
    context: &Context,
    target: &Target,
    method: &Method,
    headers: &HeaderMap,
    client: Option<IpAddr>,
) -> Result<Option<Authenticated>, StatusCode> {
    if target.is_open() {
        return Ok(None);
    }
    let access = context.admin().settings().access();
    if !access.enabled {
        return Err(StatusCode::FORBIDDEN);
    }
    if *method == Method::OPTIONS {
        return Ok(None);
    }
    if !access.allowed.contains(client) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    // Two of these headers are one value with a comma for the original, which is never right.
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(StatusCode::UNAUTHORIZED);
    };
    let identity = match access.mode {
        AuthMode::Secret => access.is_secret(value.as_bytes()).then_some(Identity::SharedSecret),
        AuthMode::Basic => administrator(context, &access, value.as_bytes(), client).await?,
    };
    let identity = identity.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(Some(Authenticated { identity, client }))
}

async fn administrator(
    context: &Context,
    access: &Access,
    value: &[u8],
    client: Option<IpAddr>,
) -> Result<Option<Identity>, StatusCode> {
    let Some((name, password)) = credentials(value) else {
        return Ok(None);
    };
    let Ok(account) = AccountAddress::prepare(&name, context.admin().host()) else {
        return Ok(None);
    };
    let checked = context
        .login()
        .verify(&account, access.is_administrator(&account), &password, client);
    let is_right = checked.await.map_err(|cause| {
        unavailable::tell(&cause.to_string());
        StatusCode::SERVICE_UNAVAILABLE
    })?;
    Ok(is_right.then_some(Identity::Administrator(account)))
}

/// Name and password of a Basic header. The scheme may be missing, and Base64 is read as leniently as the original
/// reads it: what is no letter of it is skipped, surplus padding is fine, missing padding is not.
pub fn credentials(value: &[u8]) -> Option<(String, String)> {
    let encoded = without_scheme(value);
    // what is right in the strict sense means the same in the lenient one
    let decoded = STANDARD.decode(&encoded).ok().or_else(|| decode_leniently(&encoded))?;
    let mut name = String::from_utf8(decoded).ok()?;
    let password = name.split_off(name.find(':')? + 1);
    name.pop();
    Some((name, password))
}

/// The original cuts `[B|b]asic ` out wherever it stands first; clients write the scheme in any letter case.
fn without_scheme(value: &[u8]) -> Cow<'_, [u8]> {
    const SCHEME: &[u8] = b"basic ";
    let is_scheme = |at: usize, window: &[u8]| {
        let is_cut = matches!(window[0], b'B' | b'b' | b'|') && window[1..] == SCHEME[1..];
        is_cut || (at == 0 && window.eq_ignore_ascii_case(SCHEME))
    };
    let found = value
        .windows(SCHEME.len())
        .enumerate()
        .find(|(at, window)| is_scheme(*at, window));
    match found {
        Some((0, _)) => Cow::Borrowed(&value[SCHEME.len()..]),
        Some((at, _)) => Cow::Owned([&value[..at], &value[at + SCHEME.len()..]].concat()),
        None => Cow::Borrowed(value),
    }
}

fn decode_leniently(value: &[u8]) -> Option<Vec<u8>> {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let end = value.iter().position(|byte| *byte == b'=').unwrap_or(value.len());
    let (content, padding) = value.split_at(end);
    if padding.iter().any(is_letter) {
        return None;
    }
    let mut letters: Vec<u8> = content.iter().copied().filter(is_letter).collect();
    let needed = (4 - letters.len() % 4) % 4;
    let padding = padding.iter().filter(|byte| **byte == b'=').take(3).count();
    if needed == 3 || padding < needed {
        return None;
    }
    letters.resize(letters.len() + needed, b'=');
    STANDARD.decode(&letters).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn credentials_are_read_as_clients_write_them() {
        for (value, expected) in [
            ("Basic YWRtaW46YWRtaW4=", Some(("admin", "admin"))),
            ("basic YWRtaW46YWRtaW4=", Some(("admin", "admin"))),
            ("BASIC YWRtaW46YWRtaW4=", Some(("admin", "admin"))),
            ("YWRtaW46YWRtaW4=", Some(("admin", "admin"))),
            ("Basic  YWRt aW46\tYWRtaW4==", Some(("admin", "admin"))),
            ("Basic YTpiOmMg", Some(("a", "b:c "))),
            ("Basic YWRtaW46", Some(("admin", ""))),
            ("|asic YWRtaW46YWRtaW4=", Some(("admin", "admin"))),
            ("xBasic YWRtaW46YWRtaW4=", None),
            ("Basic YWRtaW46YWRtaW4= Basic", None),
            ("Basic YWRtaW46YWRtaW4", None),
            ("Basic YWRtaW4=", None),
            ("Basic", None),
            ("Bearer potato", None),
            ("", None),
        ] {
            let found = credentials(value.as_bytes());
            let expected = expected.map(|(name, password)| (name.to_owned(), password.to_owned()));
            assert_eq!(found, expected, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_or_refused(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _read_or_refused = credentials(&value);
        }
    }
}
