//! The service `pubsub.<host>`.

use std::sync::Arc;

use super::{Call, Place, approval, disco, lost, pending, serve};
use crate::domain::address::{Address, FullAddress, Host};
use crate::engine::Engine;
use crate::engine::Service;
use crate::engine::refusal::{NOBODY, bounce};
use crate::engine::serving::Serving;
use crate::engine::session::Session;
use crate::engine::stanza::{Condition, IqType, Kind, MessageType, PresenceType, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};

/// Before the name of a host.
const LABEL: &str = "pubsub";

struct PubsubService {
    place: Place,
}

impl PubsubService {
    /// The service of a host. `None`: its name leaves no room for the label.
    fn of_host(host: &Host) -> Option<Self> {
        let domain = Host::prepare(&format!("{LABEL}.{host}")).ok()?;
        let place = Place {
            address: Address::of_host(&domain),
            account: None,
        };
        Some(Self { place })
    }
}

/// Serves `pubsub.<host>` of every host.
pub fn register_services(engine: &Engine) {
    for service in engine.hosts().iter().filter_map(PubsubService::of_host) {
        let domain = service.place.address.clone();
        engine.router().register(domain.as_str(), Arc::new(service));
    }
}

/// The service at an address.
pub fn service_at(engine: &Engine, address: &FullAddress) -> Option<Place> {
    let places = engine.hosts().iter().filter_map(PubsubService::of_host);
    let mut places = places.map(|service| service.place);
    places.find(|place| address.bare == place.address && address.resource.is_none())
}

impl Service for PubsubService {
    fn take(&self, engine: &Engine, _sender: &Arc<Session>, stanza: Stanza) -> Serving {
        let (engine, place) = (engine.clone(), self.place.clone());
        Serving::Alone(Box::pin(async move {
            let is_here = stanza
                .to
                .as_ref()
                .is_some_and(|to| to.bare == place.address && to.resource.is_none());
            if !is_here {
                return bounce(&engine, &stanza, NOBODY);
            }
            match stanza.kind {
                Kind::Iq(IqType::Get | IqType::Set) => answer(&engine, place, &stanza).await,
                Kind::Message(kind) => hear(&engine, place, kind, &stanza).await,
                Kind::Presence(PresenceType::Subscribe) => bounce(&engine, &stanza, Condition::NotAllowed),
                Kind::Presence(_) | Kind::Iq(_) => {}
            }
        }))
    }
}

async fn answer(engine: &Engine, place: Place, request: &Stanza) {
    let namespace = request.children().next().map(Element::ns);
    let outcome = match namespace {
        Some(ns::PUBSUB | ns::PUBSUB_OWNER) => serve(engine, place, request).await,
        Some(ns::COMMANDS) => pending::serve(engine, place, request).await,
        Some(ns::DISCO_INFO | ns::DISCO_ITEMS) => disco::serve_service(engine, place, request).await,
        Some(ns::PING) if request.kind == Kind::Iq(IqType::Get) => Ok(None),
        _ => Err(NOBODY.into()),
    };
    let payload = match outcome {
        Ok(payload) => payload,
        Err(error) => return bounce(engine, request, error),
    };
    let session = request.from.as_ref().and_then(|from| engine.registry().find(from));
    if let Some(session) = session {
        engine.deliver(&session, request.result(payload));
    }
}

/// Owners answer requests for approval with messages; nothing else is for the service.
async fn hear(engine: &Engine, place: Place, kind: MessageType, message: &Stanza) {
    if matches!(kind, MessageType::Error) {
        return lost::take_back(engine, place, message).await;
    }
    if let Err(error) = take_decision(engine, place, message).await {
        bounce(engine, message, error);
    }
}

/// Takes a message to a place, in which there may be an owner's decision.
pub async fn take_decision(engine: &Engine, place: Place, message: &Stanza) -> Result<(), StanzaError> {
    let (Some(requester), Some(form)) = (message.from.clone(), message.child("x", ns::DATA_FORMS)) else {
        return Err(NOBODY.into());
    };
    let call = Call {
        engine: engine.clone(),
        place,
        requester,
    };
    approval::authorize(call, form).await
}
