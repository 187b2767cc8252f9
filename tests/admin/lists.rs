//! Lists come in pages that are bounded by rows and by bytes, whatever stands in the rows.

use std::future::Future;

use crate::administered::{Administered, Configured, HOST};
use crate::room_server::{Server, text};
use firekeeper::admin::AdminSession;
use firekeeper::domain::Result;
use firekeeper::domain::account::{AccountFilter, NewAccount, Password, Properties};
use firekeeper::domain::address::{AccountAddress, Address, Host};
use firekeeper::domain::affiliation::Affiliation;
use firekeeper::domain::page::{MAX_PAGE_BYTES, Page, PageRequest};
use firekeeper::domain::room::RoomFilter;
use firekeeper::domain::roster::{NewRosterItem, Subscription};

/// So many of these make a page.
const HEAVY: usize = MAX_PAGE_BYTES / 4;
const HEAVY_OF_A_PAGE: usize = 4;

async fn administered() -> (tempfile::TempDir, Administered) {
    let folder = tempfile::tempdir().unwrap();
    let configured = Configured {
        texts: &[],
        writable: false,
    };
    let administered = Administered::open(folder.path(), configured).await;
    (folder, administered)
}

fn host() -> Host {
    Host::prepare(HOST).unwrap()
}

/// What all pages hold, and of how many items the longest is.
async fn whole<T, Reading>(read: impl Fn(PageRequest) -> Reading) -> (Vec<T>, usize)
where
    Reading: Future<Output = Result<Page<T>>>,
{
    let (mut items, mut longest) = (Vec::new(), 0);
    let mut request = PageRequest::first();
    loop {
        let page = read(request).await.unwrap();
        longest = longest.max(page.items.len());
        items.extend(page.items);
        match page.next {
            Some(next) => request = PageRequest::after(Some(next)),
            None => return (items, longest),
        }
    }
}

async fn create_account(admin: &AdminSession, localpart: &str, properties: Properties) {
    let new = NewAccount {
        address: AccountAddress::prepare(localpart, &host()).unwrap(),
        password: Password::new("secret").unwrap(),
        name: None,
        email: None,
        properties,
        administrator: false,
    };
    admin.create_account(new).await.unwrap();
}

/// 4000 characters are the most that a value can have.
fn heavy_properties() -> Properties {
    let value = |number: usize| (format!("key{number:03}"), "v".repeat(4000));
    (0..=HEAVY / 4000).map(value).collect()
}

#[tokio::test]
async fn a_page_of_heavy_accounts_is_short_and_no_account_is_missed() {
    let (_folder, administered) = administered().await;
    let admin = administered.session();
    // created in another order than they are listed in
    for number in (0..11).rev() {
        create_account(&admin, &format!("heavy{number:02}"), heavy_properties()).await;
        create_account(&admin, &format!("light{number:02}"), Properties::new()).await;
    }
    let filters = [
        (AccountFilter::All, 22),
        (AccountFilter::Containing("heavy".into()), 11),
        (
            AccountFilter::Property {
                key: "key000".into(),
                value: None,
            },
            11,
        ),
    ];
    for (filter, count) in filters {
        let list = |page| admin.list_accounts(admin.host(), &filter, page);
        let (accounts, longest) = whole(list).await;
        assert_eq!(accounts.len(), count, "{filter:?}");
        let heavy = accounts.iter().filter(|account| !account.properties.is_empty());
        assert!(heavy.clone().all(|account| account.properties == heavy_properties()));
        assert_eq!(heavy.count(), 11);
        let light = count - 11;
        assert!(longest <= HEAVY_OF_A_PAGE + light, "{filter:?}: {longest}");
        if !matches!(filter, AccountFilter::Property { .. }) {
            assert!(accounts.is_sorted_by_key(|account| account.address.localpart().as_str().to_owned()));
        }
    }
}

#[tokio::test]
async fn a_page_of_heavy_properties_is_short_and_none_is_missed() {
    let (_folder, administered) = administered().await;
    let admin = administered.session();
    for number in 0..300 {
        let key = format!("heavy.{number:03}");
        admin.write_property(&key, "v".repeat(4000)).await.unwrap();
    }
    let (properties, longest) = whole(|page| admin.list_properties(page)).await;
    let heavy = properties.iter().filter(|property| property.key.starts_with("heavy."));
    assert_eq!(heavy.count(), 300);
    assert!(properties.is_sorted_by_key(|property| property.key.clone()));
    assert!(longest < 300, "{longest}");
}

#[tokio::test]
async fn a_page_of_rooms_with_many_affiliations_is_short_and_keeps_their_order() {
    let server = Server::start().await;
    let members: Vec<String> = (0..6000).rev().map(|number| format!("m{number}@example.net")).collect();
    let mut affiliations: Vec<_> = members
        .iter()
        .map(|member| (member.as_str(), Affiliation::Member))
        .collect();
    affiliations.insert(0, ("admin@example.org", Affiliation::Owner));
    for name in ["c", "a", "b"] {
        server.set(name, &affiliations).await.unwrap();
    }
    let (host, filter) = (host(), RoomFilter::default());
    let list = |page| server.session.list_rooms(&host, "conference", &filter, page);
    let (rooms, longest) = whole(list).await;
    assert_eq!(
        rooms.iter().map(|room| room.name.as_str()).collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
    assert!(longest < 3);
    for room in rooms {
        let held = room.affiliations.iter().map(|(affiliate, _)| text(affiliate));
        assert!(held.eq(affiliations.iter().map(|(address, _)| (*address).to_owned())));
    }
}

#[tokio::test]
async fn a_page_of_heavy_contacts_is_short_and_none_is_missed() {
    let (_folder, administered) = administered().await;
    let admin = administered.session();
    let owner = AccountAddress::prepare("jane", &host()).unwrap();
    for number in (0..11).rev() {
        let new = NewRosterItem {
            contact: Address::parse(&format!("contact{number:02}@example.net")).unwrap(),
            nickname: None,
            subscription: Subscription::None,
            groups: vec!["g".repeat(HEAVY)],
        };
        admin.create_roster_item(&owner, new).await.unwrap();
    }
    let (items, longest) = whole(|page| admin.list_roster(&owner, page)).await;
    assert_eq!(items.len(), 11);
    assert!(items.is_sorted_by_key(|item| item.contact.as_str().to_owned()));
    assert!(longest <= HEAVY_OF_A_PAGE, "{longest}");
}

#[tokio::test]
async fn a_roster_of_several_pages_is_renamed_as_a_whole() {
    let (_folder, administered) = administered().await;
    let admin = administered.session();
    let jane = AccountAddress::prepare("jane", &host()).unwrap();
    create_account(&admin, "jane", Properties::new()).await;
    let theirs = |contact: &Address| NewRosterItem {
        contact: contact.clone(),
        nickname: None,
        subscription: Subscription::Both,
        groups: vec!["g".repeat(HEAVY)],
    };
    for number in 0..9 {
        let contact = AccountAddress::prepare(&format!("contact{number}"), &host()).unwrap();
        let ours = theirs(&contact.to_address());
        admin.create_roster_item(&jane, ours).await.unwrap();
        admin
            .create_roster_item(&contact, theirs(&jane.to_address()))
            .await
            .unwrap();
    }
    let janet = AccountAddress::prepare("janet", &host()).unwrap();
    let nothing = firekeeper::domain::account::AccountChanges::default();
    admin.rename_account(&jane, &janet, nothing).await.unwrap();
    for number in 0..9 {
        let contact = AccountAddress::prepare(&format!("contact{number}"), &host()).unwrap();
        let (items, _) = whole(|page| admin.list_roster(&contact, page)).await;
        let contacts: Vec<_> = items.iter().map(|item| item.contact.as_str()).collect();
        assert_eq!(contacts, ["janet@example.org"], "contact{number}");
    }
}
