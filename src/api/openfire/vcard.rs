//! vCards (§10.5): raw XML, and nothing else. The owner need not have an account.

use futures::FutureExt;
use http::StatusCode;

use super::call::Call;
use super::error::{During, Failure, USER_NOT_FOUND};
use super::names;
use super::operation::{Consumes, Operation, Outcome, Produces};
use super::reply::Reply;
use super::wire::vcard::stored_form;
use crate::domain::address::AccountAddress;
use crate::domain::vcard::VCard;

pub const OPERATIONS: &[Operation] = &[
    Operation::get(PATH, "getUserVcard", |call| find(call).boxed())
        .producing(Produces::Only(XML))
        .during("Could not get vCard"),
    Operation::put(PATH, "setUserVcard", |call| change(call).boxed())
        .consuming(Consumes::Xml)
        .during("Could not parse the provided data as a vCard"),
    Operation::delete(PATH, "deleteUserVcard", |call| remove(call).boxed()).during("Could not delete vCard"),
];

const PATH: &str = "/users/{username}/vcard";
const XML: &str = "application/xml";

async fn find(call: &Call) -> Outcome {
    let owner = owner(call)?;
    let found = call.admin.find_vcard(&owner).await;
    match found.during(call.message(), names::shown(call, &owner))? {
        Some(vcard) => {
            // One that an XMPP client stored is written like one that came this way.
            let xml = stored_form(vcard.as_str().as_bytes()).unwrap_or_else(|_| vcard.as_str().to_owned());
            Ok(Reply::text(XML, xml))
        }
        None => Ok(Reply::status(StatusCode::NO_CONTENT)),
    }
}

async fn change(call: &Call) -> Outcome {
    let owner = owner(call)?;
    let name = names::shown(call, &owner);
    let xml = stored_form(call.body()).map_err(|error| {
        tracing::debug!(%error, "a request body is no vCard");
        Failure::illegal(call.message(), name)
    })?;
    let vcard = VCard::from_well_formed(xml).during(call.message(), name)?;
    let changed = call.admin.change_vcard(&owner, vcard).await;
    changed.during(call.message(), name).map(|()| Reply::done())
}

async fn remove(call: &Call) -> Outcome {
    let owner = owner(call)?;
    let removed = call.admin.remove_vcard(&owner).await;
    removed.during(call.message(), names::shown(call, &owner))?;
    Ok(Reply::done())
}

fn owner(call: &Call) -> Result<AccountAddress, Failure> {
    names::local_account(call, USER_NOT_FOUND)
}
