//! Whom a name in a path or an entity means (§8.5).

use http::StatusCode;

use super::call::Call;
use super::error::{During, Failure};
use crate::domain::account::check_localpart;
use crate::domain::address::{AccountAddress, Address, Localpart};
use crate::domain::{Error, Result};

/// The account that `{username}` names; a JID is refused.
pub fn account(call: &Call) -> Result<AccountAddress, Failure> {
    let name = call.parameter("username");
    AccountAddress::prepare(name, call.host())
        // An error does not repeat a name that is too long anyway.
        .or_else(|error| check_localpart(name).and(Err(error)))
        .during(call.message(), name)
}

/// The account of a local name under which something is to be stored.
pub fn account_named(call: &Call, name: &str) -> Result<AccountAddress, Failure> {
    check_localpart(name)
        .and_then(|()| AccountAddress::prepare(name, call.host()))
        .during(call.message(), name)
}

/// The account that `{username}` names, by its name or by its JID. One of another domain is answered with 500 and
/// `exception`.
pub fn local_account(call: &Call, exception: &'static str) -> Result<AccountAddress, Failure> {
    let name = call.parameter("username");
    let address = member(call)?;
    address.account_on(call.host()).ok_or_else(|| {
        Failure::service(
            StatusCode::INTERNAL_SERVER_ERROR,
            exception,
            "This service cannot be used for non-local users.",
            name,
        )
    })
}

/// How an error names the account of [`local_account`]: a name as it was sent, a JID by its localpart.
pub fn shown<'call>(call: &'call Call, account: &'call AccountAddress) -> &'call str {
    let name = call.parameter("username");
    if name.contains('@') {
        account.localpart().as_str()
    } else {
        name
    }
}

/// Whom `{username}` names as the member of a group: anybody, by local name or by JID.
pub fn member(call: &Call) -> Result<Address, Failure> {
    let name = call.parameter("username");
    address(call, name).map_err(|_| Failure::illegal(call.message(), name))
}

/// An address: with `@` a JID, whose resource is dropped, else a local name.
pub fn address(call: &Call, text: &str) -> Result<Address, Error> {
    if text.contains('@') {
        return Address::parse(text);
    }
    Ok(Address::new(&Localpart::prepare(text)?, call.host()))
}
