//! Request bodies: no bytes panic in any entity, what is strictly right is read the same generously, and what was read
//! stands still when it is written, read and written again. The first byte chooses the format.
#![no_main]

use firekeeper::api::openfire::input::{FromFields, Strictness, read};
use firekeeper::api::openfire::negotiate::Format;
use firekeeper::api::openfire::output::{Entity, write_entity};
use firekeeper::api::openfire::wire::{
    affiliations::SentAffiliations,
    chat_room::{ChatRoom, ChatRooms},
    chat_service::ChatService,
    group::Group,
    invitation::{Invitation, Invitations},
    messages::Broadcast,
    property::Property,
    roster::RosterItem,
    user::{NewUsers, User},
    user_groups::UserGroups,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, body)) = bytes.split_first() else {
        return;
    };
    let format = if choice % 2 == 0 { Format::Xml } else { Format::Json };
    stands_still::<ChatRoom>(format, body);
    stands_still::<ChatService>(format, body);
    stands_still::<Group>(format, body);
    stands_still::<Property>(format, body);
    stands_still::<RosterItem>(format, body);
    stands_still::<UserGroups>(format, body);
    is_read::<Broadcast>(format, body);
    is_read::<ChatRooms>(format, body);
    is_read::<Invitation>(format, body);
    is_read::<Invitations>(format, body);
    is_read::<NewUsers>(format, body);
    is_read::<SentAffiliations>(format, body);
    is_read::<User>(format, body);
});

fn is_read<T: FromFields + PartialEq>(format: Format, body: &[u8]) -> Option<T> {
    let strict = read::<T>(format, body, Strictness::Strict);
    let generous = read::<T>(format, body, Strictness::Generous);
    assert!(strict.is_err() || strict == generous, "strictly right, and generously something else");
    generous.ok().flatten()
}

fn stands_still<T: FromFields + Entity + PartialEq>(format: Format, body: &[u8]) {
    let Some(entity) = is_read::<T>(format, body) else {
        return;
    };
    let mut written = Vec::new();
    write_entity(format, &entity, &mut written);
    let text = String::from_utf8_lossy(&written);
    let again = read::<T>(format, &written, Strictness::Strict);
    let Ok(Some(again)) = again else {
        panic!("cannot be read again: {text}");
    };
    let mut rewritten = Vec::new();
    write_entity(format, &again, &mut rewritten);
    assert_eq!(text, String::from_utf8_lossy(&rewritten));
}
