//! Searching the rooms of a service (XEP-0433): those that are listed, by words, with who is in them now.

use super::incoming::Incoming;
use super::refusals::refused;
use crate::domain::address::Address;
use crate::engine::answer::Answer;
use crate::engine::form::{Field, FieldKind, Filled, Form, FormError, Validation};
use crate::engine::rsm::{self, PageWanted, Position};
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::room_directory::{self, Described};
use crate::storage::room_services;

/// The kind of room that there is here.
const ROOMS: &str = "xep-0045";

/// Results of a page.
const PAGE: usize = 50;
const MAX_PAGE: usize = 500;

/// The least characters of a word that is searched for.
const LEAST: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Occupants,
    Address,
}

impl Order {
    fn name(self) -> String {
        let name = match self {
            Self::Occupants => "nusers",
            Self::Address => "address",
        };
        format!("{{{}}}{name}", ns::CHANNEL_SEARCH_ORDER)
    }
}

/// What is searched for.
struct Wanted {
    /// In lower case; none: all rooms.
    words: Vec<String>,
    in_name: bool,
    in_description: bool,
    in_address: bool,
    least_occupants: usize,
    order: Order,
}

/// A room that was found.
struct Hit {
    address: String,
    room: Described,
    occupants: usize,
}

/// Serves a request to a service of rooms.
pub async fn serve(incoming: &Incoming, asked: &Element) -> Answer {
    if asked.name() != "search" {
        return Err(Condition::BadRequest.into());
    }
    let Some(filled) = Filled::read_in(asked)? else {
        let search = Element::new("search", ns::CHANNEL_SEARCH);
        return Ok(Some(search.with_child(form().to_form())));
    };
    let wanted = Wanted::read(&filled)?;
    let page = PageWanted::read(asked, PAGE, MAX_PAGE)?.unwrap_or(PageWanted {
        position: Position::After(None),
        limit: PAGE,
    });
    // Of no kind that there is here, there are none.
    let mut kinds = filled.values("types").peekable();
    let is_of_kind = kinds.peek().is_none() || kinds.any(|kind| kind == ROOMS);
    let hits = if is_of_kind {
        find(incoming, &wanted).await?
    } else {
        Vec::new()
    };
    let (hits, set) = rsm::page(&hits, &page, |hit| &hit.address)?;
    let items = hits.iter().map(Hit::to_element);
    Ok(Some(
        Element::new("result", ns::CHANNEL_SEARCH)
            .with_children(items)
            .with_child(set),
    ))
}

fn form() -> Form {
    let boolean = |name, label, value| Field::boolean(name, value).with_label(label);
    Form::new(ns::CHANNEL_SEARCH_PARAMS)
        .with(Field::new("q", FieldKind::TextSingle).with_label("Search for"))
        .with(boolean("all", "All rooms, whatever they are called", false))
        .with(boolean("sinname", "Search in names", true))
        .with(boolean("sindescription", "Search in descriptions", true))
        .with(boolean("sinaddr", "Search in addresses", true))
        .with(
            Field::new("min_users", FieldKind::TextSingle)
                .with_label("Least number of occupants")
                .with_value(0)
                .with_validation(Validation::Integer {
                    min: 0,
                    max: i64::from(u32::MAX),
                }),
        )
        .with(
            Field::new("types", FieldKind::ListMulti)
                .with_label("Kinds of rooms")
                .with_validation(Validation::Open)
                .with_option(ROOMS, "Multi-user chat")
                .with_value(ROOMS),
        )
        .with(
            Field::new("key", FieldKind::ListSingle)
                .with_label("Order of the results")
                .with_validation(Validation::Open)
                .with_option(Order::Occupants.name(), "Number of occupants")
                .with_option(Order::Address.name(), "Address")
                .with_value(Order::Occupants.name()),
        )
}

impl Wanted {
    fn read(filled: &Filled<'_>) -> Result<Self, StanzaError> {
        if filled.is_cancelled() {
            return Err(Condition::BadRequest.into());
        }
        form().check(filled)?;
        let said =
            |name: &str, otherwise: bool| -> Result<bool, FormError> { Ok(filled.boolean(name)?.unwrap_or(otherwise)) };
        let (text, all) = (filled.value("q").filter(|text| !text.is_empty()), said("all", false)?);
        let words: Vec<String> = text
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        match (text, all) {
            (Some(_), true) => return Err(refusal(Condition::BadRequest, conflicting())),
            (None, false) => {
                let error = refusal(Condition::BadRequest, condition("no-search-conditions"));
                return Err(error.with_kind("cancel"));
            }
            (Some(_), false) if !words.iter().any(|word| word.chars().count() >= LEAST) => {
                let error = refusal(Condition::BadRequest, condition("invalid-search-terms"));
                return Err(error.with_text(format!("a word that is searched for has at least {LEAST} characters")));
            }
            _ => {}
        }
        Ok(Self {
            words,
            in_name: said("sinname", true)?,
            in_description: said("sindescription", true)?,
            // The specification has two names for it.
            in_address: said("sinaddr", said("sinaddress", true)?)?,
            least_occupants: filled.number("min_users")?.unwrap_or(0),
            order: read_order(filled.value("key"))?,
        })
    }

    fn meets(&self, hit: &Hit) -> bool {
        let texts = [
            (self.in_name, hit.room.shown.to_lowercase()),
            (self.in_address, hit.address.clone()),
            (
                self.in_description,
                hit.room.description.as_deref().unwrap_or_default().to_lowercase(),
            ),
        ];
        let is_somewhere = |word: &String| {
            texts
                .iter()
                .any(|(is_searched, text)| *is_searched && text.contains(word))
        };
        hit.occupants >= self.least_occupants && self.words.iter().all(is_somewhere)
    }
}

fn read_order(key: Option<&str>) -> Result<Order, StanzaError> {
    let Some(key) = key.filter(|key| !key.is_empty()) else {
        return Ok(Order::Occupants);
    };
    let orders = [Order::Occupants, Order::Address];
    let found = orders.into_iter().find(|order| order.name() == key);
    found.ok_or_else(|| refusal(Condition::FeatureNotImplemented, condition("invalid-sort-key")).with_kind("modify"))
}

async fn find(incoming: &Incoming, wanted: &Wanted) -> Result<Vec<Hit>, StanzaError> {
    let service = &incoming.service;
    let (host, name) = (service.host.clone(), service.name.clone());
    let read = incoming.engine.store().read(move |connection| {
        let service = room_services::locate(connection, &host, &name)?;
        room_directory::describe_public(connection, &service)
    });
    let domain = incoming.to.bare.host();
    let hits = read.await.map_err(refused)?.into_iter().map(|room| {
        let address = format!("{}@{domain}", room.name);
        let live = incoming.engine.rooms().get(&Address::from_stored(address.as_str()));
        let occupants = live.map_or(0, |live| live.lock().occupants.len());
        Hit {
            address,
            room,
            occupants,
        }
    });
    let mut hits: Vec<Hit> = hits.filter(|hit| wanted.meets(hit)).collect();
    if wanted.order == Order::Occupants {
        // Stable: those with as many stay in the order of their addresses.
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.occupants));
    }
    Ok(hits)
}

impl Hit {
    fn to_element(&self) -> Element {
        let text = |name: &'static str, text: &str| Element::new(name, ns::CHANNEL_SEARCH).with_text(text);
        let anonymity = if self.room.shows_addresses {
            "{urn:xmpp:channel-search:0:anonymity}none"
        } else {
            "muc_semianonymous"
        };
        Element::new("item", ns::CHANNEL_SEARCH)
            .with_attr("address", &self.address)
            .with_child(text("name", &self.room.shown))
            .with_optional_child(self.room.description.as_deref().map(|said| text("description", said)))
            .with_optional_child(self.room.language.as_deref().map(|said| text("language", said)))
            .with_child(text("nusers", &self.occupants.to_string()))
            .with_child(text("service-type", ROOMS))
            .with_optional_child(self.room.is_open.then(|| text("is-open", "true")))
            .with_child(text("anonymity-mode", anonymity))
    }
}

fn condition(name: &'static str) -> Element {
    Element::new(name, ns::CHANNEL_SEARCH_ERRORS)
}

fn conflicting() -> Element {
    let field = |name: &str| Element::new("var", ns::CHANNEL_SEARCH_ERRORS).with_text(name);
    condition("conflicting-fields")
        .with_child(field("all"))
        .with_child(field("q"))
}

fn refusal(condition: Condition, specific: Element) -> StanzaError {
    StanzaError::new(condition).with_specific(specific)
}
