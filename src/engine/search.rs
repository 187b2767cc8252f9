//! The directory of users under `search.<host>` (XEP-0055), for those who have an account here. With a form and without,
//! in pages where a client asks for them (XEP-0059).

use std::sync::Arc;

use tokio::sync::Mutex;

use super::Engine;
use super::Service;
use super::answer::{Answer, answer, payload};
use super::disco;
use super::form::{Field, FieldKind, Filled, Form, Table};
use super::rsm::{self, PageWanted};
use super::serving::Serving;
use super::session::Session;
use super::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use super::xml::{Element, ns};
use crate::domain::address::{Address, Host, Localpart};
use crate::domain::search::{Person, PersonFilter};
use crate::storage::people;

/// The most people of one search, and of one page of it.
const MOST_FOUND: usize = 500;
const PAGE: usize = 100;

const INSTRUCTIONS: &str = "Fill in one field or more; what is found has all of it.";

/// What can be looked for: the name of a field and what it is to people.
const FIELDS: [(&str, &str); 4] = [
    ("first", "Given name"),
    ("last", "Family name"),
    ("nick", "Username"),
    ("email", "Email address"),
];

/// Accounts that are looked at between two breaths: others read the database too.
const SLICE: usize = 2_000;

struct Directory {
    host: Host,
    /// One search at a time, as it looks at every account of the host.
    turn: Mutex<()>,
}

/// Serves the directories of all hosts.
pub fn register(engine: &Engine) {
    for host in engine.hosts() {
        let directory = Directory {
            host: host.clone(),
            turn: Mutex::default(),
        };
        let service = Served(Arc::new(directory));
        engine.router().register(&format!("search.{host}"), Arc::new(service));
    }
}

struct Served(Arc<Directory>);

impl Service for Served {
    fn take(&self, engine: &Engine, sender: &Arc<Session>, stanza: Stanza) -> Serving {
        let (engine, sender, directory) = (engine.clone(), Arc::clone(sender), Arc::clone(&self.0));
        Serving::Alone(Box::pin(async move {
            let outcome = serve(&engine, &sender, &directory, &stanza).await;
            answer(&engine, &sender, &stanza, outcome);
        }))
    }
}

async fn serve(engine: &Engine, sender: &Session, directory: &Directory, stanza: &Stanza) -> Answer {
    let none = Err(Condition::ServiceUnavailable.into());
    let is_for_service = stanza.to.as_ref().is_some_and(|to| to.bare.localpart().is_none());
    let (Kind::Iq(kind), true) = (stanza.kind, is_for_service) else {
        return none;
    };
    let request = payload(stanza)?;
    match (request.ns(), kind) {
        (ns::PING, IqType::Get) => Ok(None),
        (ns::DISCO_INFO, IqType::Get) => describe(request),
        (ns::DISCO_ITEMS, IqType::Get) => {
            disco::nodeless(request).map(|()| Some(Element::new("query", ns::DISCO_ITEMS)))
        }
        (ns::SEARCH, _) if sender.account().is_none() => Err(Condition::Forbidden.into()),
        (ns::SEARCH, _) if request.name() != "query" => Err(Condition::BadRequest.into()),
        (ns::SEARCH, IqType::Get) => Ok(Some(offer())),
        (ns::SEARCH, IqType::Set) => search(engine, directory, request).await,
        _ => none,
    }
}

fn describe(request: &Element) -> Answer {
    disco::nodeless(request)?;
    let identity = Element::new("identity", ns::DISCO_INFO)
        .with_attr("category", "directory")
        .with_attr("type", "user")
        .with_attr("name", "Users");
    let features = [ns::DISCO_INFO, ns::DISCO_ITEMS, ns::SEARCH, ns::RSM, ns::PING];
    let features = features
        .iter()
        .map(|feature| Element::new("feature", ns::DISCO_INFO).with_attr("var", feature));
    let query = Element::new("query", ns::DISCO_INFO);
    Ok(Some(query.with_child(identity).with_children(features)))
}

/// What can be looked for, for clients with forms and for others.
fn offer() -> Element {
    let mut form = Form::new(ns::SEARCH)
        .with_title("User search")
        .with_instructions(INSTRUCTIONS);
    for (name, label) in FIELDS {
        form.push(Field::new(name, FieldKind::TextSingle).with_label(label));
    }
    Element::new("query", ns::SEARCH)
        .with_child(Element::new("instructions", ns::SEARCH).with_text(INSTRUCTIONS))
        .with_children(FIELDS.map(|(name, _)| Element::new(name, ns::SEARCH)))
        .with_child(form.to_form())
}

async fn search(engine: &Engine, directory: &Directory, request: &Element) -> Answer {
    let host = &directory.host;
    let filled = Filled::read_in(request)?;
    if let Some(filled) = &filled {
        filled.check_type(ns::SEARCH)?;
    }
    let wanted = |name: &str| {
        let text = match &filled {
            Some(filled) => filled.value(name).map(str::to_owned),
            None => request.child_text(name, ns::SEARCH).map(std::borrow::Cow::into_owned),
        };
        // Some clients put an asterisk where others put nothing.
        let text = text.map(|text| text.trim().trim_matches('*').to_owned());
        text.filter(|text| !text.is_empty())
    };
    let filter = PersonFilter {
        first: wanted("first"),
        last: wanted("last"),
        nick: wanted("nick"),
        email: wanted("email"),
    };
    if filter.is_empty() {
        return Err(StanzaError::new(Condition::NotAcceptable).with_text("fill in one field at least"));
    }
    let found = find(engine, directory, &filter).await?;
    let wanted = PageWanted::read(request, PAGE, PAGE)?;
    let (page, set) = match &wanted {
        Some(wanted) => {
            let (page, set) = rsm::page(&found, wanted, |person| &person.localpart)?;
            (page, Some(set))
        }
        None => (&found[..found.len().min(PAGE)], None),
    };
    let query = Element::new("query", ns::SEARCH);
    let query = if filled.is_some() {
        query.with_child(table(host, page))
    } else {
        query.with_children(page.iter().map(|person| item(host, person)))
    };
    Ok(Some(query.with_optional_child(set)))
}

async fn find(engine: &Engine, directory: &Directory, filter: &PersonFilter) -> Result<Vec<Person>, StanzaError> {
    let _turn = directory.turn.lock().await;
    let (mut found, mut after) = (Vec::new(), None::<String>);
    loop {
        let (host, filter) = (directory.host.clone(), filter.clone());
        let looked = engine
            .store()
            .read(move |connection| people::look(connection, &host, &filter, after.as_deref(), SLICE))
            .await?;
        found.extend(looked.found);
        if found.len() >= MOST_FOUND || looked.last.is_none() {
            found.truncate(MOST_FOUND);
            return Ok(found);
        }
        after = looked.last;
    }
}

fn address(host: &Host, person: &Person) -> String {
    Address::new(&Localpart::from_stored(person.localpart.as_str()), host).to_string()
}

fn item(host: &Host, person: &Person) -> Element {
    let (first, last) = person.names();
    let email = person.email.as_deref().unwrap_or_default();
    let told = [
        ("first", first),
        ("last", last),
        ("nick", &person.localpart),
        ("email", email),
    ];
    let told = told.map(|(name, text)| Element::new(name, ns::SEARCH).with_text(text));
    Element::new("item", ns::SEARCH)
        .with_attr("jid", address(host, person))
        .with_children(told)
}

fn table(host: &Host, page: &[Person]) -> Element {
    let columns = FIELDS.map(|(name, label)| Field::new(name, FieldKind::TextSingle).with_label(label));
    let mut columns = Vec::from(columns);
    columns.push(Field::new("jid", FieldKind::JidSingle).with_label("Address"));
    let mut table = Table::new(Form::new(ns::SEARCH), columns);
    for person in page {
        let (first, last) = person.names();
        let email = person.email.as_deref().unwrap_or_default();
        let address = address(host, person);
        let row = [first, last, &person.localpart, email, &address];
        table.push(row.map(|text| vec![text.to_owned()]).into());
    }
    table.to_result()
}
