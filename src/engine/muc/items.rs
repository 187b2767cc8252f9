//! Items of lists as they are sent to a room (XEP-0045 §8 to §10): whom they mean and what becomes of him. Addresses and
//! nicknames that change nothing are accepted; an item changes an affiliation or a role, never both (§17.4).

use crate::domain::address::{FullAddress, prepare_resource};
use crate::domain::affiliation::Affiliation;
use crate::domain::room::Role;
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::room_changes::NicknameChange;

/// Whom an item means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    Nick(Box<str>),
    Address(FullAddress),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Affiliation {
        affiliation: Option<Affiliation>,
        nickname: NicknameChange,
    },
    Role(Role),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub who: Who,
    pub change: Change,
    pub reason: Option<Box<str>>,
}

/// A list that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    Affiliation(Affiliation),
    Role(Role),
}

/// The changes that a query asks for, at least one.
pub fn read(query: &Element) -> Result<Vec<Item>, StanzaError> {
    let items: Vec<Item> = items(query).map(read_item).collect::<Result<_, _>>()?;
    if items.is_empty() {
        return Err(bad_request("there is no item"));
    }
    Ok(items)
}

/// The lists that a query asks for, at least one, each once.
pub fn read_lists(query: &Element) -> Result<Vec<List>, StanzaError> {
    let mut lists: Vec<List> = Vec::new();
    for item in items(query) {
        let list = read_list(item)?;
        if !lists.contains(&list) {
            lists.push(list);
        }
    }
    if lists.is_empty() {
        return Err(bad_request("there is no item"));
    }
    Ok(lists)
}

fn items(query: &Element) -> impl Iterator<Item = &Element> {
    query.children().filter(|item| item.is("item", ns::MUC_ADMIN))
}

fn read_item(item: &Element) -> Result<Item, StanzaError> {
    // Beside an address, an empty nickname is the end of the one that is reserved (§9.5).
    let is_released = item.attr("nick") == Some("") && item.attr("jid").is_some() && item.attr("role").is_none();
    let nick = item.attr("nick").filter(|_| !is_released);
    let nick = nick.map(read_nick).transpose()?;
    let address = match item.attr("jid") {
        Some(text) => Some(FullAddress::parse(text).map_err(|_| Condition::JidMalformed)?),
        None => None,
    };
    let change = match (item.attr("affiliation"), item.attr("role")) {
        (Some(_), Some(_)) => return Err(bad_request("an item changes an affiliation or a role, not both")),
        (Some(name), None) => Change::Affiliation {
            affiliation: read_affiliation(name)?,
            nickname: match &nick {
                _ if address.is_none() || name != "member" => NicknameChange::Kept,
                _ if is_released => NicknameChange::Released,
                Some(nick) => NicknameChange::Reserved(nick.clone()),
                None => NicknameChange::Kept,
            },
        },
        (None, Some(name)) => Change::Role(Role::from_name(name).ok_or_else(|| bad_request("there is no such role"))?),
        (None, None) => return Err(bad_request("an item has an affiliation or a role")),
    };
    // Roles are those of nicknames, affiliations those of addresses.
    let who = match (&change, nick, address) {
        (Change::Role(_), Some(nick), _) | (Change::Affiliation { .. }, Some(nick), None) => Who::Nick(nick),
        (_, _, Some(address)) => Who::Address(address),
        (_, None, None) => return Err(bad_request("an item has an address or a nickname")),
    };
    let reason = item.child_text("reason", ns::MUC_ADMIN);
    Ok(Item {
        who,
        change,
        reason: reason.filter(|reason| !reason.is_empty()).map(Into::into),
    })
}

fn read_list(item: &Element) -> Result<List, StanzaError> {
    match (item.attr("affiliation"), item.attr("role")) {
        (Some(name), _) => match read_affiliation(name)? {
            Some(affiliation) => Ok(List::Affiliation(affiliation)),
            None => Err(bad_request("there is no list of those without affiliation")),
        },
        (None, Some(name)) => match Role::from_name(name) {
            Some(Role::None) | None => Err(bad_request("there is no list of that role")),
            Some(role) => Ok(List::Role(role)),
        },
        (None, None) => Err(bad_request("an item has an affiliation or a role")),
    }
}

fn read_affiliation(name: &str) -> Result<Option<Affiliation>, StanzaError> {
    match Affiliation::from_name(name) {
        None if name != "none" => Err(bad_request("there is no such affiliation")),
        affiliation => Ok(affiliation),
    }
}

fn read_nick(text: &str) -> Result<Box<str>, StanzaError> {
    // One of blanks alone cannot be seen (§17.1).
    let nick = prepare_resource(text).ok().filter(|nick| !nick.trim().is_empty());
    nick.ok_or_else(|| bad_request("that is no nickname"))
}

fn bad_request(text: &str) -> StanzaError {
    StanzaError::new(Condition::BadRequest).with_text(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::xml::{Limits, parse_element};

    fn query(items: &str) -> Element {
        let text = format!("<query xmlns='{}'>{items}</query>", ns::MUC_ADMIN);
        parse_element(&text, Limits::OWN_TEXT).unwrap()
    }

    fn address(text: &str) -> Who {
        Who::Address(FullAddress::parse(text).unwrap())
    }

    fn affiliation(affiliation: Option<Affiliation>) -> Change {
        Change::Affiliation {
            affiliation,
            nickname: NicknameChange::Kept,
        }
    }

    #[test]
    fn items_say_who_becomes_what() {
        use Affiliation::{Member, Outcast};
        let nick = |nick: &str| Who::Nick(nick.into());
        for (item, who, change, reason) in [
            ("nick='Ed' role='none'", nick("Ed"), Change::Role(Role::None), None),
            (
                "nick='Ed' jid='ed@x/y' role='visitor'",
                nick("Ed"),
                Change::Role(Role::Visitor),
                None,
            ),
            (
                "jid='ed@x/y' role='moderator'",
                address("ed@x/y"),
                Change::Role(Role::Moderator),
                None,
            ),
            (
                "jid='ED@x' affiliation='outcast'",
                address("ed@x"),
                affiliation(Some(Outcast)),
                Some("rude"),
            ),
            (
                "jid='ed@x/y' affiliation='none'",
                address("ed@x/y"),
                affiliation(None),
                None,
            ),
            (
                "jid='ed@x' nick='Ed' affiliation='outcast'",
                address("ed@x"),
                affiliation(Some(Outcast)),
                None,
            ),
            (
                "nick='Ed' affiliation='member'",
                nick("Ed"),
                affiliation(Some(Member)),
                None,
            ),
            (
                "nick='Ed' jid='ed@x' affiliation='member'",
                address("ed@x"),
                Change::Affiliation {
                    affiliation: Some(Member),
                    nickname: NicknameChange::Reserved("Ed".into()),
                },
                None,
            ),
            (
                "nick='' jid='ed@x' affiliation='member'",
                address("ed@x"),
                Change::Affiliation {
                    affiliation: Some(Member),
                    nickname: NicknameChange::Released,
                },
                None,
            ),
        ] {
            let inside = reason
                .map(|reason| format!("<reason>{reason}</reason>"))
                .unwrap_or_default();
            let read = read(&query(&format!("<item {item}>{inside}</item>"))).unwrap();
            let reason = reason.map(Into::into);
            assert_eq!(read, [Item { who, change, reason }], "{item}");
        }
    }

    #[test]
    fn items_that_say_nothing_clear_are_refused() {
        for (items, condition) in [
            ("", Condition::BadRequest),
            ("<item/>", Condition::BadRequest),
            ("<item nick='Ed'/>", Condition::BadRequest),
            ("<item role='none'/>", Condition::BadRequest),
            ("<item nick='Ed' role='king'/>", Condition::BadRequest),
            ("<item nick='' role='none'/>", Condition::BadRequest),
            (
                "<item jid='ed@x' nick='  ' affiliation='member'/>",
                Condition::BadRequest,
            ),
            ("<item jid='ed@x' affiliation='king'/>", Condition::BadRequest),
            ("<item jid='@' affiliation='member'/>", Condition::JidMalformed),
            ("<item nick='Ed' role='none'/><item/>", Condition::BadRequest),
            (
                "<item jid='ed@x' affiliation='member' role='visitor'/>",
                Condition::BadRequest,
            ),
        ] {
            let error = read(&query(items)).unwrap_err();
            assert_eq!(error.condition, condition, "{items}");
        }
    }

    #[test]
    fn lists_are_asked_for_by_affiliation_or_role() {
        let twice = "<item affiliation='owner'/><item role='moderator'/><item affiliation='owner'/>";
        let lists = read_lists(&query(twice)).unwrap();
        assert_eq!(
            lists,
            [List::Affiliation(Affiliation::Owner), List::Role(Role::Moderator)]
        );
        for items in [
            "",
            "<item/>",
            "<item affiliation='none'/>",
            "<item role='none'/>",
            "<item role='x'/>",
        ] {
            assert!(read_lists(&query(items)).is_err(), "{items}");
        }
    }
}
