//! Contacts in the `jabber:iq:roster` namespace (RFC 6121 §2.1).

use std::collections::HashSet;

use crate::domain::address::{Address, FullAddress};
use crate::domain::roster::{RosterItem, RosterSet, Subscription};
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::{Element, ns};

/// What a client wants of a contact.
#[derive(Debug, PartialEq)]
pub enum Wanted {
    Content(RosterSet),
    Removal(Address),
}

/// Reads the only item of a roster set. `ask`, and every subscription but `remove`, are not the client's to say (§2.1.2).
pub fn read(query: &Element) -> Result<Wanted, StanzaError> {
    let refuse = |text: &str| Err(StanzaError::new(Condition::BadRequest).with_text(text));
    let mut items = query.children();
    let item = match (items.next(), items.next()) {
        (Some(item), None) if item.is("item", ns::ROSTER) => item,
        _ => return refuse("a roster set has exactly one item"),
    };
    let Some(address) = item.attr("jid") else {
        return refuse("the item has no jid");
    };
    let contact = match FullAddress::parse(address) {
        Ok(address) => address.bare,
        Err(error) => return Err(StanzaError::new(Condition::JidMalformed).with_text(error.to_string())),
    };
    if item.attr("subscription") == Some("remove") {
        return Ok(Wanted::Removal(contact));
    }
    let named = item.children().filter(|child| child.is("group", ns::ROSTER));
    let groups: Vec<String> = named.map(|group| group.text().into_owned()).collect();
    let mut seen = HashSet::new();
    if !groups.iter().all(|group| seen.insert(group)) {
        return refuse("the item has a group twice");
    }
    let nickname = item.attr("name").filter(|name| !name.is_empty()).map(str::to_owned);
    Ok(Wanted::Content(RosterSet {
        contact,
        nickname,
        groups,
    }))
}

/// A contact as clients are shown it.
pub fn element(item: &RosterItem) -> Element {
    let flag = |set: bool, value| set.then_some(value);
    let groups = item.groups.iter().chain(&item.shared_groups);
    Element::new("item", ns::ROSTER)
        .with_attr("jid", item.contact.as_str())
        .with_optional_attr("name", item.nickname.as_ref())
        .with_attr("subscription", name(item.subscription))
        .with_optional_attr("ask", flag(item.asked, "subscribe"))
        .with_optional_attr("approved", flag(item.approved, "true"))
        .with_children(groups.map(|group| Element::new("group", ns::ROSTER).with_text(group.as_str())))
}

/// A contact that is gone.
pub fn removal(contact: &Address) -> Element {
    Element::new("item", ns::ROSTER)
        .with_attr("jid", contact.as_str())
        .with_attr("subscription", name(Subscription::Remove))
}

fn name(subscription: Subscription) -> &'static str {
    match subscription {
        Subscription::Remove => "remove",
        Subscription::None => "none",
        Subscription::To => "to",
        Subscription::From => "from",
        Subscription::Both => "both",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::xml::{Limits, parse_element};

    fn wanted(items: &str) -> Result<Wanted, Condition> {
        let text = format!("<query xmlns='jabber:iq:roster'>{items}</query>");
        read(&parse_element(&text, Limits::OWN_TEXT).unwrap()).map_err(|error| error.condition)
    }

    #[test]
    fn a_set_names_one_contact() {
        let content = wanted(
            "<item jid='Ann@Example.org/r' name='A' subscription='both' ask='subscribe'><group>G</group></item>",
        );
        assert_eq!(
            content.unwrap(),
            Wanted::Content(RosterSet {
                contact: Address::from_stored("ann@example.org"),
                nickname: Some("A".into()),
                groups: vec!["G".into()],
            })
        );
        let removal = wanted("<item jid='ann@example.org' subscription='remove'/>");
        assert_eq!(removal, Ok(Wanted::Removal(Address::from_stored("ann@example.org"))));
    }

    #[test]
    fn sets_that_say_nothing_or_too_much_are_refused() {
        for (items, condition) in [
            ("", Condition::BadRequest),
            ("<item/>", Condition::BadRequest),
            ("<other jid='a@b'/>", Condition::BadRequest),
            ("<item jid='a@b'/><item jid='c@d'/>", Condition::BadRequest),
            (
                "<item jid='a@b'><group>G</group><group>G</group></item>",
                Condition::BadRequest,
            ),
            ("<item jid='@'/>", Condition::JidMalformed),
        ] {
            assert_eq!(wanted(items), Err(condition), "{items}");
        }
    }

    #[test]
    fn a_contact_is_shown_with_the_groups_of_both_kinds() {
        let item = RosterItem {
            contact: Address::from_stored("a@b"),
            nickname: None,
            subscription: Subscription::From,
            asked: true,
            approved: false,
            is_request: false,
            groups: vec!["own".into()],
            shared_groups: vec!["<shared>".into()],
        };
        let expected = "<item xmlns='jabber:iq:roster' jid='a@b' subscription='from' ask='subscribe'>\
                        <group>own</group><group>&lt;shared&gt;</group></item>";
        assert_eq!(element(&item), parse_element(expected, Limits::OWN_TEXT).unwrap());
    }
}
