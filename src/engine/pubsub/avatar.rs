//! XEP-0398: one avatar in two forms, published (XEP-0084) and as the photo of a vCard (XEP-0153). Whichever a client
//! changes, the other follows.

use data_encoding::{BASE64, HEXLOWER};
use rusqlite::Connection;
use sha1::{Digest, Sha1};

use super::Call;
use super::error::Refusal;
use super::item::payload;
use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::pubsub::NodeConfig;
use crate::domain::vcard::VCard;
use crate::engine::Engine;
use crate::engine::broadcast;
use crate::engine::session::Session;
use crate::engine::stanza::Stanza;
use crate::engine::xml::{Element, Limits, Node, ns, parse_element};
use crate::storage::pubsub::{items, nodes};
use crate::storage::{Transaction, accounts, vcards};

/// The id of metadata that say that there is no avatar.
const NONE_ID: &str = "none";

/// The metadata have changed: the photo of the vCard follows.
pub fn from_metadata(call: &Call, transaction: &mut Transaction<'_>) -> Result<(), Refusal> {
    let Some(account) = call.place.account.clone() else {
        return Ok(());
    };
    let shown = shown(call, transaction)?;
    announce(call, transaction, shown.as_ref().map(|shown| shown.id.clone()));
    let Some(shown) = shown else {
        return put_photo(transaction, &account, None);
    };
    // Without the image here there is nothing to put into the vCard.
    let Some(node) = nodes::find(transaction, &call.place.node(ns::AVATAR_DATA))? else {
        return Ok(());
    };
    let item = items::find(transaction, &node, &shown.id, call.engine.clock().now())?;
    let Some(image) = item.as_ref().and_then(payload) else {
        return Ok(());
    };
    let photo = Element::new("PHOTO", ns::VCARD)
        .with_child(Element::new("TYPE", ns::VCARD).with_text(shown.kind))
        .with_child(Element::new("BINVAL", ns::VCARD).with_text(image.text()));
    put_photo(transaction, &account, Some(photo))
}

/// Puts the hash of the account's avatar into a presence of a session (XEP-0398 §4). A client that says that it shows no
/// avatar is left alone; one that has yet to find out which there is, is not.
pub async fn stamp(engine: &Engine, session: &Session, presence: &mut Stanza) {
    let Some(account) = session.account() else { return };
    let photo = presence
        .child("x", ns::VCARD_UPDATE)
        .and_then(|x| x.child_text("photo", ns::VCARD_UPDATE));
    let hides_avatar = photo.is_some_and(|photo| photo.is_empty());
    if presence.to.is_none() {
        session.state().hides_avatar = hides_avatar;
    }
    if hides_avatar {
        return;
    }
    let known = session.state().avatar.clone();
    let hash = if let Some(hash) = known {
        hash
    } else {
        let call = Call::of_account(engine, account);
        let found = call.read(|call, connection| Ok(shown(call, connection)?)).await;
        let hash: Box<str> = match found {
            Ok(shown) => shown.map(|shown| shown.id).unwrap_or_default().into(),
            Err(error) => return tracing::warn!(?error, "an avatar could not be looked up"),
        };
        session.state().avatar.get_or_insert(hash).clone()
    };
    if !hash.is_empty() {
        set_hash(presence, &hash);
    }
}

fn set_hash(presence: &mut Stanza, hash: &str) {
    presence.content.retain(|node| match node {
        Node::Element(child) => !child.is("x", ns::VCARD_UPDATE),
        Node::Text(_) => true,
    });
    let photo = Element::new("photo", ns::VCARD_UPDATE).with_text(hash);
    let x = Element::new("x", ns::VCARD_UPDATE).with_child(photo);
    presence.content.push(Node::Element(x));
}

/// Tells everybody who sees the account of its new avatar, once the change is on disk.
fn announce(call: &Call, transaction: &mut Transaction<'_>, hash: Option<String>) {
    let (engine, account) = (call.engine.clone(), call.place.address.clone());
    let hash: Box<str> = hash.unwrap_or_default().into();
    transaction.after_commit(move || {
        for session in engine.registry().sessions(&account) {
            let (before, hides_avatar) = {
                let mut state = session.state();
                (state.avatar.replace(hash.clone()), state.hides_avatar)
            };
            if before.as_ref() != Some(&hash) && !hides_avatar {
                broadcast::restate(&engine, &session, |stanza| set_hash(stanza, &hash));
            }
        }
    });
}

/// The avatar that the metadata tell of.
struct Shown {
    /// The SHA-1 of the image.
    id: String,
    kind: String,
}

fn shown(call: &Call, connection: &Connection) -> Result<Option<Shown>> {
    let Some(node) = nodes::find(connection, &call.place.node(ns::AVATAR_METADATA))? else {
        return Ok(None);
    };
    let last = items::find_last(connection, &node, call.engine.clock().now())?;
    let metadata = last.as_ref().and_then(payload);
    let info = metadata.as_ref().and_then(|metadata| {
        let mut infos = metadata.children().filter(|info| info.is("info", ns::AVATAR_METADATA));
        infos.find(|info| info.attr("url").is_none())
    });
    Ok(info.and_then(|info| {
        Some(Shown {
            id: info.attr("id")?.to_owned(),
            kind: info.attr("type").unwrap_or("image/png").to_owned(),
        })
    }))
}

/// Puts a photo into the vCard of an account, or takes it out. A vCard that says so already is left alone.
fn put_photo(
    transaction: &mut Transaction<'_>,
    account: &AccountAddress,
    photo: Option<Element>,
) -> Result<(), Refusal> {
    let stored = vcards::find(transaction, account)?;
    let read = stored.and_then(|vcard| parse_element(vcard.as_str(), Limits::OWN_TEXT).ok());
    let vcard = read.filter(|vcard| vcard.is("vCard", ns::VCARD));
    let before = vcard.as_ref().and_then(image).map(|(_, image)| image);
    let now = photo.as_ref().and_then(image_of).map(|(_, image)| image);
    if before == now {
        return Ok(());
    }
    let mut vcard = vcard.unwrap_or_else(|| Element::new("vCard", ns::VCARD));
    vcard.retain_children(|child| !child.is("PHOTO", ns::VCARD));
    if let Some(photo) = photo {
        vcard.push(photo);
    }
    let vcard = VCard::from_well_formed(vcard.to_string())?;
    Ok(vcards::put(transaction, account, &vcard)?)
}

/// A vCard has changed: what is published follows.
pub async fn follow_vcard(engine: Engine, account: AccountAddress) {
    let call = Call::of_account(&engine, &account);
    let followed = call.change(move |call, transaction| from_vcard(call, transaction, &account));
    if let Err(error) = followed.await {
        tracing::warn!(?error, "an avatar could not be published");
    }
}

fn from_vcard(call: &Call, transaction: &mut Transaction<'_>, account: &AccountAddress) -> Result<(), Refusal> {
    // An administrator may give a vCard to nobody.
    if !accounts::exists(transaction, account)? {
        return Ok(());
    }
    let stored = vcards::find(transaction, account)?;
    let vcard = stored.and_then(|vcard| parse_element(vcard.as_str(), Limits::OWN_TEXT).ok());
    let photo = vcard.as_ref().and_then(image);
    let before = shown(call, transaction)?.map(|shown| shown.id);
    let Some((kind, image)) = photo else {
        if before.is_none() {
            return Ok(());
        }
        let node = call.node_or_new(transaction, ns::AVATAR_METADATA, NodeConfig::of_account())?;
        let nothing = Element::new("metadata", ns::AVATAR_METADATA);
        announce(call, transaction, None);
        return call.put_converted(transaction, &node, NONE_ID, nothing);
    };
    let id = HEXLOWER.encode(&Sha1::digest(&image));
    if before.as_ref() == Some(&id) {
        return Ok(());
    }
    let config = NodeConfig::of_account();
    let data = call.node_or_new(transaction, ns::AVATAR_DATA, config.clone())?;
    let content = Element::new("data", ns::AVATAR_DATA).with_text(BASE64.encode(&image));
    call.put_converted(transaction, &data, &id, content)?;
    let info = Element::new("info", ns::AVATAR_METADATA)
        .with_attr("id", &id)
        .with_attr("type", kind)
        .with_attr("bytes", image.len());
    let node = call.node_or_new(transaction, ns::AVATAR_METADATA, config)?;
    let metadata = Element::new("metadata", ns::AVATAR_METADATA).with_child(info);
    announce(call, transaction, Some(id.clone()));
    call.put_converted(transaction, &node, &id, metadata)
}

/// The type and the bytes of the photo in a vCard.
fn image(vcard: &Element) -> Option<(String, Vec<u8>)> {
    image_of(vcard.child("PHOTO", ns::VCARD)?)
}

fn image_of(photo: &Element) -> Option<(String, Vec<u8>)> {
    let mut text = photo.child_text("BINVAL", ns::VCARD)?.into_owned();
    text.retain(|c| !c.is_ascii_whitespace());
    let image = BASE64.decode(text.as_bytes()).ok().filter(|image| !image.is_empty())?;
    let kind = photo.child_text("TYPE", ns::VCARD).filter(|kind| !kind.is_empty());
    Some((
        kind.map_or_else(|| "image/png".to_owned(), std::borrow::Cow::into_owned),
        image,
    ))
}
