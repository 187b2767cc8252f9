//! System properties (§10.15).

use futures::FutureExt;
use http::StatusCode;

use super::call::Call;
use super::error::{During, Failure, NOT_ALLOWED, ServiceError};
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::wire::property::{PROPERTIES, Property};
use crate::domain::page::PageRequest;
use crate::domain::{self, Error};

pub const OPERATIONS: &[Operation] = &[
    Operation::get("/system/properties", "getSystemProperties", |call| list(call).boxed())
        .during("Could not get properties"),
    Operation::post("/system/properties", "createSystemProperty", |call| {
        create(call).boxed()
    })
    .reading()
    .during("Could not create property"),
    Operation::get("/system/properties/{propertyKey}", "getSystemProperty", |call| {
        find(call).boxed()
    })
    .during("Could not find property"),
    Operation::put("/system/properties/{propertyKey}", "updateSystemProperty", |call| {
        change(call).boxed()
    })
    .reading()
    .during("Could not update property"),
    Operation::delete("/system/properties/{propertyKey}", "deleteSystemProperty", |call| {
        remove(call).boxed()
    })
    .during("Could not find property"),
];

const NONE_TO_UPDATE: &str = "Could not find property for update";

impl From<domain::property::Property> for Property {
    fn from(property: domain::property::Property) -> Self {
        Self {
            key: Some(property.key),
            value: property.value,
        }
    }
}

async fn list(call: &Call) -> Outcome {
    let first = call
        .admin
        .list_properties(PageRequest::first())
        .await
        .during(call.message(), "")?;
    let admin = call.admin.clone();
    let next = move |after| {
        let admin = admin.clone();
        async move { admin.list_properties(PageRequest::after(Some(after))).await }
    };
    Ok(Reply::pages(call.negotiated(), PROPERTIES, first, next, Property::from))
}

async fn create(call: &Call) -> Outcome {
    let absent = || Failure::illegal(call.message(), "properties");
    let property: Property = call.entity()?.ok_or_else(absent)?;
    let key = property.key.ok_or_else(absent)?;
    write(call, &key, property.value).await?;
    Ok(Reply::created())
}

async fn find(call: &Call) -> Outcome {
    let key = call.parameter("propertyKey");
    match call.admin.find_property(key).await.during(call.message(), key)? {
        Some(property) => Ok(Reply::entity(call, &Property::from(property))),
        None => Err(missing(call.message(), Some(key.to_owned()))),
    }
}

/// The path says what must exist, the entity what is written. That there is no such property is found out before anything
/// in the request is refused.
async fn change(call: &Call) -> Outcome {
    let key = call.parameter("propertyKey");
    let absent = || Failure::illegal(call.message(), key);
    let property: Property = call.entity()?.ok_or_else(absent)?;
    let mut refused = None;
    if let (Some(given), Some(value)) = (&property.key, &property.value)
        && given == key
    {
        match call.admin.change_property(key, value.clone()).await {
            Ok(()) => return Ok(Reply::done()),
            Err(Error::NotFound { .. }) => return Err(missing(NONE_TO_UPDATE, property.key)),
            Err(error) => refused = Some(failure(call, error, key)),
        }
    }
    let stored = call.admin.find_property(key).await.during(call.message(), key)?;
    if stored.is_none() {
        return Err(missing(NONE_TO_UPDATE, property.key));
    }
    if let Some(refused) = refused {
        return Err(refused);
    }
    let given = property.key.ok_or_else(absent)?;
    if given != key {
        return Err(Failure::illegal(
            "Path property name and entity property name doesn't match",
            key,
        ));
    }
    write(call, key, property.value).await?;
    Ok(Reply::done())
}

async fn remove(call: &Call) -> Outcome {
    let key = call.parameter("propertyKey");
    call.admin
        .remove_property(key)
        .await
        .map_err(|error| failure(call, error, key))?;
    Ok(Reply::done())
}

/// Without a value the property is removed, and all below it.
async fn write(call: &Call, key: &str, value: Option<String>) -> Result<(), Failure> {
    let written = match value {
        Some(value) => call.admin.write_property(key, value).await,
        None => call.admin.clear_property(key).await,
    };
    written.map_err(|error| failure(call, error, key))
}

/// A refusal tells the way out.
fn failure(call: &Call, error: Error, key: &str) -> Failure {
    match error {
        Error::NotAllowed { reason } => Failure::service(StatusCode::FORBIDDEN, NOT_ALLOWED, reason, key),
        error => call.failed(error, key),
    }
}

fn missing(message: &'static str, key: Option<String>) -> Failure {
    Failure::Service(ServiceError {
        status: StatusCode::NOT_FOUND,
        exception: "PropertyNotFoundException",
        message: message.into(),
        resource: key,
    })
}
