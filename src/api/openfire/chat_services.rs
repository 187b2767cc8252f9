//! Chat services (§10.7).

use futures::FutureExt;

use super::call::Call;
use super::error::{During, Failure};
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::wire::chat_service::{CHAT_SERVICES, ChatService};
use crate::domain::page::PageRequest;
use crate::domain::room::{DEFAULT_SERVICE_DESCRIPTION, RoomService};

pub const OPERATIONS: &[Operation] = &[
    Operation::get("/chatservices", "getMUCServices", |call| list(call).boxed())
        .during("Could not get the chat services"),
    Operation::post("/chatservices", "createMUCService", |call| create(call).boxed())
        .reading()
        .during("Could not create the chat service"),
];

impl From<RoomService> for ChatService {
    fn from(service: RoomService) -> Self {
        Self {
            service_name: Some(service.name),
            description: service.description,
            hidden: service.hidden,
        }
    }
}

async fn list(call: &Call) -> Outcome {
    let first = call.admin.list_room_services(call.host(), PageRequest::first()).await;
    let admin = call.admin.clone();
    let next = move |after| {
        let admin = admin.clone();
        async move {
            let page = PageRequest::after(Some(after));
            admin.list_room_services(admin.host(), page).await
        }
    };
    let first = first.during(call.message(), "")?;
    Ok(Reply::pages(
        call.negotiated(),
        CHAT_SERVICES,
        first,
        next,
        ChatService::from,
    ))
}

async fn create(call: &Call) -> Outcome {
    let absent = || Failure::illegal(call.message(), "chatServices");
    let service: ChatService = call.entity()?.ok_or_else(absent)?;
    let name = service
        .service_name
        .filter(|name| !name.is_empty())
        .ok_or_else(absent)?;
    let description = service.description.filter(|text| !text.is_empty());
    let new = RoomService {
        name: name.clone(),
        description: Some(description.unwrap_or_else(|| DEFAULT_SERVICE_DESCRIPTION.to_owned())),
        hidden: service.hidden,
    };
    let created = call.admin.create_room_service(call.host(), new).await;
    created.during(call.message(), &name)?;
    Ok(Reply::created())
}
