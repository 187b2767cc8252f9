//! XEP-0313: the archive of an account, read in pages (XEP-0059) by its owner alone.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Answer, stamp};
use crate::domain::address::{AccountAddress, FullAddress};
use crate::domain::archive::{
    ArchiveEnd, ArchiveFilter, ArchiveOwner, ArchivePage, ArchivePosition, ArchivePreferences, ArchiveStandard,
    ArchivedMessage,
};
use crate::engine::Engine;
use crate::engine::form::Form;
use crate::engine::session::Session;
use crate::engine::stanza::{Condition, IqType, Kind, MessageType, Stanza, StanzaError};
use crate::engine::xml::{Element, Limits, ns, parse_element};
use crate::storage::archive;

/// Messages of a page, by default and at most.
const PAGE: usize = 50;
const MAX_PAGE: usize = 250;

/// Addresses in the lists of preferences, together.
const MAX_PREFERENCES: usize = 500;

/// Serves a request of a client about its own archive.
pub async fn serve(engine: &Engine, session: &Arc<Session>, account: &AccountAddress, request: &Stanza) -> Answer {
    let asked = super::payload(request)?;
    if !engine.settings().archive {
        return Err(Condition::ServiceUnavailable.into());
    }
    match (request.kind, asked.name()) {
        (Kind::Iq(IqType::Set), "query") => query(engine, session, account, asked).await,
        (Kind::Iq(IqType::Get), "query") => Ok(Some(Element::new("query", ns::MAM).with_child(fields()))),
        (Kind::Iq(IqType::Get), "metadata") => metadata(engine, account).await,
        (Kind::Iq(IqType::Get), "prefs") => preferences(engine, account).await,
        (Kind::Iq(IqType::Set), "prefs") => set_preferences(engine, account, asked).await,
        _ => Err(Condition::BadRequest.into()),
    }
}

/// What can be asked for (§4.1).
fn fields() -> Element {
    let field = |var: &'static str, type_: &'static str| {
        Element::new("field", ns::DATA_FORMS)
            .with_attr("var", var)
            .with_attr("type", type_)
    };
    Element::new("x", ns::DATA_FORMS)
        .with_attr("type", "form")
        .with_child(field("FORM_TYPE", "hidden").with_child(Element::new("value", ns::DATA_FORMS).with_text(ns::MAM)))
        .with_child(field("with", "jid-single"))
        .with_child(field("start", "text-single"))
        .with_child(field("end", "text-single"))
        .with_child(field("before-id", "text-single"))
        .with_child(field("after-id", "text-single"))
        .with_child(field("ids", "list-multi"))
}

async fn query(engine: &Engine, session: &Arc<Session>, account: &AccountAddress, asked: &Element) -> Answer {
    let filter = filter(asked)?;
    let page = PageWanted::read(asked)?;
    let owner = ArchiveOwner::Account(account.clone());
    let wanted = (filter.clone(), page.position.clone());
    let limit = page.limit;
    let (found, count) = engine
        .store()
        .read(move |connection| {
            let count = archive::count(connection, &owner, &wanted.0)?;
            if limit == 0 {
                let empty = ArchivePage {
                    messages: Vec::new(),
                    complete: count == 0,
                };
                return Ok((empty, count));
            }
            Ok((archive::list(connection, &owner, &wanted.0, &wanted.1, limit)?, count))
        })
        .await
        .map_err(|error| match error {
            crate::domain::Error::NotFound { .. } => Condition::ItemNotFound.into(),
            other => StanzaError::from(other),
        })?;
    let mut messages: Vec<_> = found.messages.iter().collect();
    if asked.child("flip-page", ns::MAM).is_some() {
        messages.reverse();
    }
    for message in messages {
        if let Some(result) = result(session, asked.attr("queryid"), message) {
            engine.deliver(session, result);
        }
    }
    Ok(Some(fin(&found, count)))
}

fn filter(asked: &Element) -> Result<ArchiveFilter, StanzaError> {
    let Some(form) = asked.child("x", ns::DATA_FORMS) else {
        return Ok(ArchiveFilter::default());
    };
    let form = Form::read(form);
    let refuse = |text: String| StanzaError::new(Condition::BadRequest).with_text(text);
    if form.value("FORM_TYPE").is_some_and(|form_type| form_type != ns::MAM) {
        return Err(refuse(format!("the FORM_TYPE is {}", ns::MAM)));
    }
    let known = ["FORM_TYPE", "with", "start", "end", "before-id", "after-id", "ids"];
    if let Some(unknown) = form.names().find(|name| !known.contains(name)) {
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
    let ids: Vec<String> = form.values("ids").map(str::to_owned).collect();
    Ok(ArchiveFilter {
        with,
        start: time("start")?,
        end: time("end")?,
        after: form.value("after-id").map(str::to_owned),
        before: form.value("before-id").map(str::to_owned),
        ids: (!ids.is_empty()).then_some(ids),
    })
}

/// Which page is asked for (XEP-0059).
struct PageWanted {
    position: ArchivePosition,
    limit: usize,
}

impl PageWanted {
    fn read(asked: &Element) -> Result<Self, StanzaError> {
        let Some(set) = asked.child("set", ns::RSM) else {
            return Ok(Self {
                position: ArchivePosition::After(None),
                limit: PAGE,
            });
        };
        let limit = match set.child_text("max", ns::RSM) {
            Some(max) => max
                .trim()
                .parse::<usize>()
                .map_err(|_| Condition::BadRequest)?
                .min(MAX_PAGE),
            None => PAGE,
        };
        let id = |name: &str| set.child_text(name, ns::RSM).map(Cow::into_owned);
        let some = |id: String| (!id.is_empty()).then_some(id);
        let position = match (id("before"), id("after")) {
            (Some(before), _) => ArchivePosition::Before(some(before)),
            (None, after) => ArchivePosition::After(after.and_then(some)),
        };
        if set.child("index", ns::RSM).is_some() {
            return Err(Condition::FeatureNotImplemented.into());
        }
        Ok(Self { position, limit })
    }
}

fn result(session: &Session, query: Option<&str>, message: &ArchivedMessage) -> Option<Stanza> {
    let stanza = parse_element(&message.stanza, Limits::OWN_TEXT).ok()?;
    let delay = Element::new("delay", ns::DELAY).with_attr("stamp", stamp(message.at));
    let forwarded = Element::new("forwarded", ns::FORWARD)
        .with_child(delay)
        .with_child(stanza);
    let result = Element::new("result", ns::MAM)
        .with_optional_attr("queryid", query)
        .with_attr("id", &message.id)
        .with_child(forwarded);
    Some(
        Stanza::new(Kind::Message(MessageType::Normal))
            .with_from(session.address().bare.clone().into())
            .with_to(session.address().clone())
            .with_child(result),
    )
}

fn fin(found: &ArchivePage, count: u64) -> Element {
    let text = |name: &'static str, text: &str| Element::new(name, ns::RSM).with_text(text);
    let mut set = Element::new("set", ns::RSM);
    if let (Some(first), Some(last)) = (found.messages.first(), found.messages.last()) {
        set.push(text("first", &first.id));
        set.push(text("last", &last.id));
    }
    set.push(text("count", &count.to_string()));
    let fin = Element::new("fin", ns::MAM).with_child(set);
    if found.complete {
        return fin.with_attr("complete", "true");
    }
    fin
}

async fn metadata(engine: &Engine, account: &AccountAddress) -> Answer {
    let owner = ArchiveOwner::Account(account.clone());
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
