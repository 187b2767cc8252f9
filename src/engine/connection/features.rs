//! What a stream offers at each of its stages (RFC 6120 §4.3.2).

use std::time::Duration;

use crate::engine::Engine;
use crate::engine::capabilities;
use crate::engine::iq::disco;
use crate::engine::sasl::Offer;
use crate::engine::sasl2;
use crate::engine::xml::{Element, Limits, ns};

/// Before the login.
pub fn before_login(offer: &Offer, starttls: Starttls, registration: Registration) -> Element {
    let mut features = Element::new("features", ns::STREAM);
    match starttls {
        Starttls::Impossible => {}
        Starttls::Optional => features.push(Element::new("starttls", ns::TLS)),
        Starttls::Required => {
            features.push(Element::new("starttls", ns::TLS).with_child(Element::new("required", ns::TLS)));
        }
    }
    if !offer.mechanisms().is_empty() {
        let mechanisms = offer.mechanisms().iter();
        let named = mechanisms.map(|mechanism| Element::new("mechanism", ns::SASL).with_text(mechanism.name()));
        features.push(Element::new("mechanisms", ns::SASL).with_children(named));
    }
    if offer.is_in_one_step() {
        features.push(authentication(offer));
    }
    let mut types = offer.channel_binding_types().peekable();
    if types.peek().is_some() {
        let named =
            types.map(|type_| Element::new("channel-binding", ns::CHANNEL_BINDING).with_attr("type", type_.name()));
        features.push(Element::new("sasl-channel-binding", ns::CHANNEL_BINDING).with_children(named));
    }
    if registration.by_token {
        features.push(Element::new("register", ns::REGISTER_BY_TOKEN));
    }
    if registration.is_possible() {
        features.push(Element::new("register", ns::REGISTER_FEATURE));
    }
    features
}

/// XEP-0388 §2.1, with what a client may ask for along with its login.
fn authentication(offer: &Offer) -> Element {
    let mechanisms = offer.mechanisms().iter();
    let named = mechanisms.map(|mechanism| Element::new("mechanism", ns::SASL2).with_text(mechanism.name()));
    let of_tokens = offer.token_mechanisms().iter();
    let of_tokens = of_tokens.map(|mechanism| Element::new("mechanism", ns::FAST).with_text(mechanism.name()));
    let fast = Element::new("fast", ns::FAST).with_children(of_tokens);
    let inline = Element::new("inline", ns::SASL2)
        .with_child(sasl2::bind_feature())
        .with_child(Element::new("sm", ns::STREAM_MANAGEMENT))
        .with_optional_child((!offer.token_mechanisms().is_empty()).then_some(fast));
    Element::new("authentication", ns::SASL2)
        .with_children(named)
        .with_child(inline)
}

/// XEP-0478
fn limits(limits: &Limits, idle: Duration) -> Element {
    let text = |name: &'static str, number: u64| Element::new(name, ns::STREAM_LIMITS).with_text(number.to_string());
    Element::new("limits", ns::STREAM_LIMITS)
        .with_child(text("max-bytes", limits.stanza_bytes as u64))
        .with_child(text("idle-seconds", idle.as_secs()))
}

/// Who may make an account on a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registration {
    /// Everybody.
    pub open: bool,
    /// Whoever shows the token of an invitation (XEP-0445 §3).
    pub by_token: bool,
}

impl Registration {
    pub fn is_possible(self) -> bool {
        self.open || self.by_token
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starttls {
    Impossible,
    Optional,
    Required,
}

/// Between login and binding.
pub fn after_login(engine: &Engine) -> Element {
    let optional = |name: &'static str, namespace: &'static str| {
        Element::new(name, namespace).with_child(Element::new("optional", namespace))
    };
    Element::new("features", ns::STREAM)
        .with_child(Element::new("bind", ns::BIND))
        .with_child(optional("session", ns::SESSION))
        .with_child(Element::new("sm", ns::STREAM_MANAGEMENT))
        .with_children(of_session(engine))
}

/// For a session that the login has bound or resumed already (XEP-0388 §2.6.1); one that is managed is not managed anew.
pub fn after_binding(engine: &Engine, is_managed: bool) -> Element {
    let management = (!is_managed).then(|| Element::new("sm", ns::STREAM_MANAGEMENT));
    Element::new("features", ns::STREAM)
        .with_optional_child(management)
        .with_children(of_session(engine))
}

fn of_session(engine: &Engine) -> [Element; 5] {
    let own = &engine.settings().limits;
    [
        Element::new("csi", ns::CLIENT_STATE),
        Element::new("ver", ns::ROSTER_VERSIONING),
        Element::new("sub", ns::PRE_APPROVAL),
        capabilities::of_server(&disco::host_info(engine)),
        limits(&own.after_login(), own.idle_timeout),
    ]
}
