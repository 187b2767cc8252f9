//! The picture of a room (XEP-0486): part of a vCard that its owners set and everybody may read.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use sha1::{Digest, Sha1};

use super::announce::tell_changed;
use super::finding;
use super::incoming::Incoming;
use super::refusals::refused;
use crate::domain::affiliation::Affiliation;
use crate::domain::room::RoomPlace;
use crate::domain::vcard::VCard;
use crate::engine::answer::Answer;
use crate::engine::stanza::{Condition, IqType, Kind, StanzaError};
use crate::engine::xml::{Element, Limits, Scope, ns, parse_element, write_element};
use crate::storage::{room_affiliations, room_profiles, rooms};

/// The most bytes of the vCard of a room.
const MOST: usize = 256 * 1024;

/// Serves a request about the vCard of a room.
pub async fn serve(incoming: &Incoming, place: &RoomPlace, vcard: &Element) -> Answer {
    if vcard.name() != "vCard" {
        return Err(Condition::BadRequest.into());
    }
    if incoming.stanza.kind == Kind::Iq(IqType::Get) {
        return show(incoming, place).await;
    }
    publish(incoming, place, vcard).await
}

async fn show(incoming: &Incoming, place: &RoomPlace) -> Answer {
    let place = place.clone();
    let read = incoming.engine.store().read(move |connection| {
        let found = rooms::locate(connection, &place)?;
        room_profiles::find_vcard(connection, &found)
    });
    let found = read.await.map_err(refused)?;
    let vcard = found.and_then(|vcard| parse_element(vcard.as_str(), Limits::OWN_TEXT).ok());
    Ok(Some(vcard.unwrap_or_else(|| Element::new("vCard", ns::VCARD))))
}

async fn publish(incoming: &Incoming, place: &RoomPlace, vcard: &Element) -> Answer {
    let photos = photos(vcard)?;
    let mut text = Vec::new();
    write_element(vcard, Scope::NONE, &mut text);
    if text.len() > MOST {
        let error = format!("the vCard of a room has at most {MOST} bytes");
        return Err(StanzaError::new(Condition::ResourceConstraint).with_text(error));
    }
    let vcard = VCard::from_well_formed(String::from_utf8(text).unwrap_or_default())?;
    let room = finding::expect(&incoming.engine, place).await?;
    let (engine, held, sender) = (
        incoming.engine.clone(),
        Arc::clone(&room),
        incoming.sender.address().bare.clone(),
    );
    let stored = incoming.engine.store().submit(move |transaction| {
        let found = rooms::locate(transaction, held.place())?;
        if room_affiliations::effective(transaction, &found, &sender)? != Some(Affiliation::Owner) {
            let error = StanzaError::new(Condition::Forbidden).with_text("only owners change the picture of a room");
            return Ok(Err(error));
        }
        room_profiles::put_vcard(transaction, &found, &vcard, &photos)?;
        let (engine, room) = (engine.clone(), Arc::clone(&held));
        transaction.after_commit(move || tell_changed(&engine, &room));
        Ok(Ok(()))
    });
    stored.await.map_err(refused)??;
    Ok(None)
}

/// The hash of each picture (XEP-0153 §4.1).
fn photos(vcard: &Element) -> Result<Vec<String>, StanzaError> {
    let photos = vcard.children().filter(|child| child.is("PHOTO", ns::VCARD));
    let data = photos.filter_map(|photo| photo.child_text("BINVAL", ns::VCARD));
    data.map(|data| {
        let data: String = data.chars().filter(|character| !character.is_whitespace()).collect();
        let bytes = STANDARD
            .decode(data)
            .map_err(|_| StanzaError::new(Condition::BadRequest).with_text("a picture is given in Base64"))?;
        Ok(HEXLOWER.encode(&Sha1::digest(bytes)))
    })
    .collect()
}
