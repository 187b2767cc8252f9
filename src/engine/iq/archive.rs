//! XEP-0313: the archive of an account, read in pages (XEP-0059) by its owner alone.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::address::{AccountAddress, Address, FullAddress};
use crate::domain::archive::{
    ArchiveEnd, ArchiveFilter, ArchiveOwner, ArchivePage, ArchivePosition, ArchivePreferences, ArchiveStandard,
    ArchivedMessage,
};
use crate::engine::Engine;
use crate::engine::answer::{Answer, payload};
use crate::engine::delay::stamp;
use crate::engine::form::{Field, FieldKind, Filled, Form, Validation};
use crate::engine::rsm::{self, PageWanted, Position};
use crate::engine::session::Session;
use crate::engine::stanza::{Condition, IqType, Kind, MessageType, Stanza, StanzaError};
use crate::engine::xml::{Element, Limits, ns, parse_element};
use crate::storage::archive;

/// Messages of a page, by default and at most.
const PAGE: usize = 50;
const MAX_PAGE: usize = 250;
/// A page tells how many messages there are in all if they are no more: it would count them all each time (XEP-0059
/// §2.7 leaves that out then). Whoever asks for the number alone gets it.
const COUNTED: usize = 10_000;

/// Addresses in the lists of preferences, together.
const MAX_PREFERENCES: usize = 500;

/// Serves a request of a client about its own archive.
pub async fn serve(engine: &Engine, session: &Arc<Session>, account: &AccountAddress, request: &Stanza) -> Answer {
    let asked = payload(request)?;
    if !engine.settings().archive {
        return Err(Condition::ServiceUnavailable.into());
    }
    if asked.attr("node").is_some() {
        // §4: nodes have no archives of their own.
        return Err(Condition::ItemNotFound.into());
    }
    match (request.kind, asked.name()) {
        (Kind::Iq(IqType::Set), "query") => query(engine, session, account, asked).await,
        (Kind::Iq(IqType::Get), "query") => Ok(Some(Element::new("query", ns::MAM).with_child(of_account().to_form()))),
        (Kind::Iq(IqType::Get), "metadata") => metadata(engine, ArchiveOwner::Account(account.clone())).await,
        (Kind::Iq(IqType::Get), "prefs") => preferences(engine, account).await,
        (Kind::Iq(IqType::Set), "prefs") => set_preferences(engine, account, asked).await,
        _ => Err(Condition::BadRequest.into()),
    }
}

/// What can be asked for (§4.1).
pub fn fields() -> Form {
    Form::new(ns::MAM)
        .with(Field::new("with", FieldKind::JidSingle))
        .with(Field::new("start", FieldKind::TextSingle))
        .with(Field::new("end", FieldKind::TextSingle))
        .with(Field::new("before-id", FieldKind::TextSingle))
        .with(Field::new("after-id", FieldKind::TextSingle))
        .with(Field::new("ids", FieldKind::ListMulti).with_validation(Validation::Open))
}

/// The same of an account. What is said in rooms stays with them, whatever is wanted (§6.1.1).
fn of_account() -> Form {
    fields().with(Field::new("include-groupchat", FieldKind::Boolean))
}

async fn query(engine: &Engine, session: &Arc<Session>, account: &AccountAddress, asked: &Element) -> Answer {
    let query = Query::read(asked, &of_account())?;
    let found = query.find(engine, ArchiveOwner::Account(account.clone())).await?;
    let from = session.address().bare.clone();
    Ok(Some(query.answer(engine, session, &from, &found, |_, stanza| stanza)))
}

/// A query as it was asked.
pub struct Query {
    pub filter: ArchiveFilter,
    position: ArchivePosition,
    limit: usize,
    is_flipped: bool,
    id: Option<String>,
}

/// What a query found.
pub struct Found {
    page: ArchivePage,
    /// Of all that the filter lets through; `None` of more than are counted for a page.
    count: Option<u64>,
}

impl Query {
    /// Reads a query that may have these fields.
    pub fn read(asked: &Element, fields: &Form) -> Result<Self, StanzaError> {
        let mut filter = filter(asked, fields)?;
        let (position, limit) = page_wanted(asked, &mut filter)?;
        Ok(Self {
            filter,
            position,
            limit,
            is_flipped: asked.has_child("flip-page", ns::MAM),
            id: asked.attr("queryid").map(str::to_owned),
        })
    }

    /// An id that the archive does not have is `item-not-found`.
    pub async fn find(&self, engine: &Engine, owner: ArchiveOwner) -> Result<Found, StanzaError> {
        let (filter, position, limit) = (self.filter.clone(), self.position.clone(), self.limit);
        let read = engine.store().read(move |connection| {
            if limit == 0 {
                let count = archive::count(connection, &owner, &filter, usize::MAX)?;
                let empty = ArchivePage {
                    messages: Vec::new(),
                    complete: count == 0,
                };
                return Ok(Found {
                    page: empty,
                    count: Some(count),
                });
            }
            let counted = archive::count(connection, &owner, &filter, COUNTED + 1)?;
            let page = archive::list(connection, &owner, &filter, &position, limit)?;
            Ok(Found {
                page,
                count: Some(counted).filter(|count| usize::try_from(*count).is_ok_and(|count| count <= COUNTED)),
            })
        });
        read.await.map_err(|error| match error {
            crate::domain::Error::NotFound { .. } => Condition::ItemNotFound.into(),
            other => StanzaError::from(other),
        })
    }

    /// Sends what was found in the name of `from`, each message as `shown` makes it, and gives the end of the answer.
    pub fn answer(
        &self,
        engine: &Engine,
        session: &Arc<Session>,
        from: &Address,
        found: &Found,
        shown: impl Fn(&ArchivedMessage, Element) -> Element,
    ) -> Element {
        let mut messages: Vec<_> = found.page.messages.iter().collect();
        if self.is_flipped {
            messages.reverse();
        }
        for message in messages {
            if let Ok(stanza) = parse_element(&message.stanza, Limits::OWN_TEXT) {
                let forwarded = forwarded(message, shown(message, stanza));
                let result = Element::new("result", ns::MAM)
                    .with_optional_attr("queryid", self.id.as_ref())
                    .with_attr("id", &message.id)
                    .with_child(forwarded);
                let stanza = Stanza::new(Kind::Message(MessageType::Normal))
                    .with_from(from.clone().into())
                    .with_to(session.address().clone())
                    .with_child(result);
                engine.deliver(session, stanza);
            }
        }
        fin(&found.page, found.count)
    }
}

fn forwarded(message: &ArchivedMessage, stanza: Element) -> Element {
    let delay = Element::new("delay", ns::DELAY).with_attr("stamp", stamp(message.at));
    Element::new("forwarded", ns::FORWARD)
        .with_child(delay)
        .with_child(stanza)
}

fn filter(asked: &Element, fields: &Form) -> Result<ArchiveFilter, StanzaError> {
    let Some(form) = Filled::read_in(asked)? else {
        return Ok(ArchiveFilter::default());
    };
    form.check_type(ns::MAM)?;
    let refuse = |text: String| StanzaError::new(Condition::BadRequest).with_text(text);
    if let Some(unknown) = form.names().find(|name| fields.field(name).is_none()) {
        return Err(StanzaError::new(Condition::FeatureNotImplemented).with_text(format!("no field {unknown}")));
    }
    let time = |name: &str| -> Result<Option<Timestamp>, StanzaError> {
        let Some(text) = form.value(name) else { return Ok(None) };
        let read = text.parse::<Timestamp>();
        read.map(Some)
            .map_err(|_| refuse(format!("{name} is a time such as 2026-01-31T12:00:00Z")))
    };
    let with = match form.value("with") {
        Some(text) => Some(FullAddress::parse(text).map_err(|_| Condition::JidMalformed)?),
        None => None,
    };
    form.boolean("include-groupchat")?;
    let ids: Vec<String> = form.values("ids").map(str::to_owned).collect();
    Ok(ArchiveFilter {
        with,
        only_visible: false,
        nickname: None,
        start: time("start")?,
        end: time("end")?,
        after: form.value("after-id").map(str::to_owned),
        before: form.value("before-id").map(str::to_owned),
        ids: (!ids.is_empty()).then_some(ids),
    })
}

/// A page that ends before a message leaves out what comes behind it, as a filter does.
fn page_wanted(asked: &Element, filter: &mut ArchiveFilter) -> Result<(ArchivePosition, usize), StanzaError> {
    let Some(wanted) = PageWanted::read(asked, PAGE, MAX_PAGE)? else {
        return Ok((ArchivePosition::After(None), PAGE));
    };
    let position = match wanted.position {
        Position::After(id) => ArchivePosition::After(id),
        Position::Before(id) => ArchivePosition::Before(id),
        Position::Between { after, before } => {
            filter.before.get_or_insert(before);
            ArchivePosition::After(Some(after))
        }
        Position::Index(_) => return Err(Condition::FeatureNotImplemented.into()),
    };
    Ok((position, wanted.limit))
}

fn fin(found: &ArchivePage, count: Option<u64>) -> Element {
    let id = |message: &'_ ArchivedMessage| message.id.clone();
    let (first, last) = (found.messages.first().map(id), found.messages.last().map(id));
    let set = rsm::given(first.as_deref().map(|first| (first, None)), last.as_deref(), count);
    let fin = Element::new("fin", ns::MAM).with_child(set);
    if found.complete {
        return fin.with_attr("complete", "true");
    }
    fin
}

/// The oldest and the newest message (XEP-0313 §5).
pub async fn metadata(engine: &Engine, owner: ArchiveOwner) -> Answer {
    let ends = engine
        .store()
        .read(move |connection| archive::find_ends(connection, &owner))
        .await?;
    let end = |name: &'static str, end: &ArchiveEnd| {
        Element::new(name, ns::MAM)
            .with_attr("id", &end.id)
            .with_attr("timestamp", stamp(end.at))
    };
    let metadata = Element::new("metadata", ns::MAM);
    Ok(Some(match ends {
        Some(ends) => metadata
            .with_child(end("start", &ends.first))
            .with_child(end("end", &ends.last)),
        None => metadata,
    }))
}

async fn preferences(engine: &Engine, account: &AccountAddress) -> Answer {
    let owner = account.clone();
    let found = engine
        .store()
        .read(move |connection| archive::find_preferences(connection, &owner))
        .await?;
    let standard = engine.settings().archive_standard;
    Ok(Some(shown(&found.unwrap_or_else(|| ArchivePreferences::of(standard)))))
}

async fn set_preferences(engine: &Engine, account: &AccountAddress, asked: &Element) -> Answer {
    let standard = match asked.attr("default") {
        Some("always") => ArchiveStandard::Everything,
        Some("roster") => ArchiveStandard::Contacts,
        Some("never") => ArchiveStandard::Nothing,
        _ => return Err(Condition::BadRequest.into()),
    };
    let list = |name: &str| -> Result<Vec<FullAddress>, StanzaError> {
        let Some(list) = asked.child(name, ns::MAM) else {
            return Ok(Vec::new());
        };
        list.children()
            .map(|jid| FullAddress::parse(&jid.text()).map_err(|_| Condition::JidMalformed.into()))
            .collect()
    };
    let new = ArchivePreferences {
        standard,
        always: list("always")?,
        never: list("never")?,
    };
    let answer = shown(&new);
    let owner = account.clone();
    let stored = engine
        .store()
        .write(move |transaction| archive::set_preferences(transaction, &owner, &new, MAX_PREFERENCES));
    stored.await?;
    Ok(Some(answer))
}

fn shown(preferences: &ArchivePreferences) -> Element {
    let standard = match preferences.standard {
        ArchiveStandard::Everything => "always",
        ArchiveStandard::Contacts => "roster",
        ArchiveStandard::Nothing => "never",
    };
    let list = |name: &'static str, addresses: &[FullAddress]| {
        let jids = addresses
            .iter()
            .map(|address| Element::new("jid", ns::MAM).with_text(address.to_string()));
        Element::new(name, ns::MAM).with_children(jids)
    };
    Element::new("prefs", ns::MAM)
        .with_attr("default", standard)
        .with_child(list("always", &preferences.always))
        .with_child(list("never", &preferences.never))
}
