//! `proxy.<host>` over XMPP: where the proxy is, and the activation of streams (XEP-0065 §4, §6.3.5). For those who have an
//! account here.

use std::net::SocketAddr;
use std::sync::Arc;

use super::destination::Destination;
use super::waiting::Missing;
use super::{Engine, Proxy};
use crate::domain::address::{FullAddress, Host};
use crate::engine::Service;
use crate::engine::answer::{Answer, answer, payload};
use crate::engine::disco;
use crate::engine::serving::Serving;
use crate::engine::session::Session;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza};
use crate::engine::xml::{Element, ns};

const FEATURES: &[&str] = &[ns::DISCO_INFO, ns::DISCO_ITEMS, ns::BYTESTREAMS, ns::PING];

#[derive(Clone)]
pub struct ProxyService {
    proxy: Arc<Proxy>,
    /// Of the service itself.
    domain: Arc<str>,
    /// Where clients find its listener.
    host: Arc<str>,
    port: u16,
}

impl ProxyService {
    pub fn register(engine: &Engine, proxy: &Arc<Proxy>, host: &Host, address: SocketAddr) {
        let domain = format!("proxy.{host}");
        let told = match &engine.settings().proxy_host {
            Some(told) => told.clone(),
            // No name leads from elsewhere to a loopback address.
            None if address.ip().is_loopback() => address.ip().to_string(),
            None => host.to_string(),
        };
        let service = Self {
            proxy: Arc::clone(proxy),
            domain: domain.as_str().into(),
            host: told.into(),
            port: address.port(),
        };
        engine.router().register(&domain, Arc::new(service));
    }

    async fn serve(&self, sender: &Session, stanza: &Stanza) -> Answer {
        let none = Err(Condition::ServiceUnavailable.into());
        let is_for_service = stanza.to.as_ref().is_some_and(|to| to.bare.localpart().is_none());
        let (Kind::Iq(kind), true) = (stanza.kind, is_for_service) else {
            return none;
        };
        let request = payload(stanza)?;
        match (request.ns(), kind) {
            (ns::PING, IqType::Get) => Ok(None),
            (ns::DISCO_INFO, IqType::Get) => {
                disco::nodeless(request).map(|()| Some(disco::info(&[("proxy", "bytestreams")], FEATURES)))
            }
            (ns::DISCO_ITEMS, IqType::Get) => {
                disco::nodeless(request).map(|()| Some(Element::new("query", ns::DISCO_ITEMS)))
            }
            (ns::BYTESTREAMS, _) if sender.account().is_none() => Err(Condition::Forbidden.into()),
            (ns::BYTESTREAMS, _) if request.name() != "query" => Err(Condition::BadRequest.into()),
            (ns::BYTESTREAMS, IqType::Get) => Ok(Some(self.tell_address())),
            (ns::BYTESTREAMS, IqType::Set) => self.activate(sender, request).await,
            _ => none,
        }
    }

    fn tell_address(&self) -> Element {
        let streamhost = Element::new("streamhost", ns::BYTESTREAMS)
            .with_attr("jid", &self.domain)
            .with_attr("host", &self.host)
            .with_attr("port", self.port);
        Element::new("query", ns::BYTESTREAMS).with_child(streamhost)
    }

    /// Who asks is taken for the initiator: nobody else activates a stream, because the hash is another one.
    async fn activate(&self, initiator: &Session, request: &Element) -> Answer {
        let sid = request.attr("sid").filter(|sid| !sid.is_empty());
        let target = request.child_text("activate", ns::BYTESTREAMS);
        let (Some(sid), Some(target)) = (sid, target) else {
            return Err(Condition::BadRequest.into());
        };
        let target = FullAddress::parse(target.trim()).map_err(|_| Condition::JidMalformed)?;
        let destination = Destination::of(sid, initiator.address(), &target);
        match self.proxy.activate(destination).await {
            Ok(()) => Ok(None),
            Err(Missing::Both) => Err(Condition::ItemNotFound.into()),
            Err(Missing::One) => Err(Condition::NotAllowed.into()),
        }
    }
}

impl Service for ProxyService {
    fn take(&self, engine: &Engine, sender: &Arc<Session>, stanza: Stanza) -> Serving {
        let (service, engine, sender) = (self.clone(), engine.clone(), Arc::clone(sender));
        Serving::Alone(Box::pin(async move {
            let outcome = service.serve(&sender, &stanza).await;
            answer(&engine, &sender, &stanza, outcome);
        }))
    }
}
