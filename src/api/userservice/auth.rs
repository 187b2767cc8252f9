//! Who may call (§11.2): whoever knows the shared secret, from an address of the list. `Authorization` is not looked at,
//! and the mode of the REST API does not matter.

use std::net::IpAddr;
use std::ops::Deref;

use super::error::Failure;
use super::parameters::Parameters;
use crate::admin::{Admin, Caller, Door};
use crate::domain::access::Access;

/// What can be refused before a body is read: everybody while the endpoint is off, and addresses that are not listed.
pub fn admit(
    admin: &Admin,
    is_enabled: bool,
    client: Option<IpAddr>,
) -> Result<impl Deref<Target = Access> + Send + use<>, Failure> {
    let access = admin.settings().access();
    if !access.allowed.contains(client) {
        return Err(Failure::NOT_AUTHORISED);
    }
    if !is_enabled {
        return Err(Failure::Named("UserServiceDisabled"));
    }
    Ok(access)
}

pub fn authenticate(
    access: &Access,
    parameters: &Parameters<'_>,
    client: Option<IpAddr>,
    method: &'static str,
) -> Result<Caller, Failure> {
    let secret = parameters.text("secret").unwrap_or_default();
    if !access.is_secret(secret.as_bytes()) {
        return Err(Failure::NOT_AUTHORISED);
    }
    Ok(Caller::shared_secret(Door::Http {
        api: "userservice",
        method,
        route: "/userservice",
        peer: client,
    }))
}
