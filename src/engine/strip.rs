//! What only a server may say is taken out of what clients send, so that nobody speaks in our name.

use super::stanza::Stanza;
use super::xml::{Element, Node, ns};
use crate::domain::address::Host;

/// `is_ours` tells the domains that are served here; the message is for a room or another service, or it is not.
pub fn strip_message(stanza: &mut Stanza, is_for_service: bool, is_ours: impl Fn(&str) -> bool) {
    strip(stanza, |child| match (child.name(), child.ns()) {
        ("stanza-id", ns::STANZA_ID) => child.attr("by").is_none_or(|by| is_ours(&domain_of(by))),
        ("result" | "fin", ns::MAM) | ("sent" | "received", ns::CARBONS) | (_, ns::PUBSUB_EVENT) => true,
        // Invitations and refusals pass to rooms, which make their own of them.
        ("x", ns::MUC_USER) => {
            let mut children = child.children();
            !is_for_service || !children.any(|child| matches!(child.name(), "invite" | "decline"))
        }
        ("moderated", namespace) => is_moderation(namespace),
        ("apply-to", ns::FASTEN) | ("retract", ns::RETRACT) => child.children().any(|child| is_moderation(child.ns())),
        _ => is_said_by_servers(child, &is_ours),
    });
}

pub fn strip_presence(stanza: &mut Stanza, is_ours: impl Fn(&str) -> bool) {
    strip(stanza, |child| {
        child.is("x", ns::MUC_USER) || is_said_by_servers(child, &is_ours)
    });
}

fn is_moderation(namespace: &str) -> bool {
    matches!(namespace, ns::MODERATE | ns::MODERATE_0)
}

fn is_said_by_servers(child: &Element, is_ours: &impl Fn(&str) -> bool) -> bool {
    match (child.name(), child.ns()) {
        ("delay", ns::DELAY) | ("x", ns::LEGACY_DELAY) => {
            child.attr("from").is_none_or(|from| is_ours(&domain_of(from)))
        }
        ("occupant-id", ns::OCCUPANT_ID) | ("hats", ns::HATS) => true,
        _ => false,
    }
}

fn strip(stanza: &mut Stanza, forbidden: impl Fn(&Element) -> bool) {
    stanza.content.retain(|node| match node {
        Node::Element(child) => !forbidden(child),
        Node::Text(_) => true,
    });
}

/// The domain of an address, prepared where it can be: it is ours in any letter case.
fn domain_of(address: &str) -> String {
    let bare = address.split('/').next().unwrap_or_default();
    let domain = bare.rsplit('@').next().unwrap_or_default();
    Host::prepare(domain).map_or_else(|_| domain.to_owned(), |host| host.to_string())
}
