//! With whom the service has to do.

use firekeeper::domain::Error;
use firekeeper::domain::address::FullAddress;
use firekeeper::domain::service::{AddressList, MAX_ADDRESSES};

use super::administered::{Administered, Configured};

#[tokio::test]
async fn a_list_of_addresses_that_is_too_long_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let configured = Configured {
        texts: &[],
        writable: false,
    };
    let session = Administered::open(folder.path(), configured).await.session();
    let addresses = |count: usize| -> Vec<FullAddress> {
        (0..count)
            .map(|number| FullAddress::parse(&format!("host{number:04}.example")).unwrap())
            .collect()
    };
    let most = addresses(MAX_ADDRESSES);
    session
        .set_service_addresses(AddressList::Blocked, most.clone())
        .await
        .unwrap();
    let refused = session
        .set_service_addresses(AddressList::Blocked, addresses(MAX_ADDRESSES + 1))
        .await;
    assert!(matches!(refused, Err(Error::LimitReached { .. })), "{refused:?}");
    assert_eq!(
        session.list_service_addresses(AddressList::Blocked).await.unwrap(),
        most
    );
}
