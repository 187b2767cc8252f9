//! XEP-0215: services beside this server, such as TURN, with credentials that hold for a while (draft-uberti-behave-turn-
//! rest: the time until which they hold and the user, and the HMAC-SHA1 of both under a secret shared with the service).

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha1::Sha1;

use crate::domain::address::AccountAddress;
use crate::engine::Engine;
use crate::engine::answer::{Answer, payload};
use crate::engine::settings::ExternalService;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza};
use crate::engine::xml::{Element, ns};

/// How long credentials hold.
const LIFETIME: SignedDuration = SignedDuration::from_hours(12);

pub fn serve(engine: &Engine, account: Option<&AccountAddress>, request: &Stanza) -> Answer {
    let account = account.ok_or(Condition::Forbidden)?;
    let asked = payload(request)?;
    if request.kind != Kind::Iq(IqType::Get) {
        return Err(Condition::BadRequest.into());
    }
    match asked.name() {
        "services" => {
            let kind = asked.attr("type");
            let told = engine.settings().external_services.iter();
            let told = told.filter(|service| kind.is_none_or(|kind| kind == service.kind));
            let told = told.map(|service| element(engine, service, account));
            let services = Element::new("services", ns::EXTERNAL_SERVICES).with_optional_attr("type", kind);
            Ok(Some(services.with_children(told)))
        }
        "credentials" => {
            let wanted = asked
                .child("service", ns::EXTERNAL_SERVICES)
                .ok_or(Condition::BadRequest)?;
            let (Some(host), Some(kind)) = (wanted.attr("host"), wanted.attr("type")) else {
                return Err(Condition::BadRequest.into());
            };
            let port = wanted.attr("port");
            let found: Vec<_> = engine
                .settings()
                .external_services
                .iter()
                .filter(|service| service.host == host && service.kind == kind && service.secret.is_some())
                .filter(|service| port.is_none_or(|port| service.port.to_string() == port))
                .map(|service| element(engine, service, account))
                .collect();
            if found.is_empty() {
                return Err(Condition::ItemNotFound.into());
            }
            let credentials = Element::new("credentials", ns::EXTERNAL_SERVICES);
            Ok(Some(credentials.with_children(found)))
        }
        _ => Err(Condition::BadRequest.into()),
    }
}

fn element(engine: &Engine, service: &ExternalService, account: &AccountAddress) -> Element {
    let described = Element::new("service", ns::EXTERNAL_SERVICES)
        .with_attr("type", &service.kind)
        .with_attr("host", &service.host)
        .with_attr("port", service.port)
        .with_optional_attr("transport", service.transport.as_ref());
    let Some(secret) = &service.secret else {
        return described;
    };
    let expires = engine.clock().now().saturating_add(LIFETIME).unwrap_or(Timestamp::MAX);
    let (username, password) = credentials(secret.expose().as_bytes(), account, expires);
    described
        .with_attr("restricted", "true")
        .with_attr("username", username)
        .with_attr("password", password)
        .with_attr("expires", expires.round(jiff::Unit::Second).unwrap_or(expires))
}

fn credentials(secret: &[u8], account: &AccountAddress, expires: Timestamp) -> (String, String) {
    let username = format!("{}:{account}", expires.as_second());
    let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(secret)
        .unwrap_or_else(|_| unreachable!("a key of HMAC has any length"));
    mac.update(username.as_bytes());
    let password = BASE64.encode(&mac.finalize().into_bytes());
    (username, password)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::Host;

    #[test]
    fn credentials_are_those_that_a_turn_server_works_out() {
        let account = AccountAddress::prepare("jane", &Host::from_stored("example.org")).unwrap();
        let expires = Timestamp::from_second(1_433_895_918).unwrap();
        let (username, password) = credentials(b"north", &account, expires);
        assert_eq!(username, "1433895918:jane@example.org");
        assert_eq!(password, "ETZyrtIGBKHgyNXoY5YvUzgonTQ=");
    }
}
