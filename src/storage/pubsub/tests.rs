use super::{affiliations, items, moves, nodes, subscriptions};
use crate::domain::Error;
use crate::domain::address::{Address, FullAddress};
use crate::domain::pubsub::{
    Expiry, Item, Node, NodeAddress, NodeAffiliation, NodeConfig, NodeSubscription, NodeSubscriptionState,
    PubsubLimits, SubscriptionOptions,
};
use crate::storage::testing::{TestStore, moment};

const LIMITS: PubsubLimits = PubsubLimits {
    nodes: 2,
    items: 10,
    bytes: 30,
    subscriptions: 2,
    affiliations: 2,
};

fn jane() -> Address {
    Address::from_stored("jane@example.org")
}

fn at(service: &str, name: &str) -> NodeAddress {
    NodeAddress {
        service: Address::from_stored(service),
        name: name.to_owned(),
    }
}

async fn create(test: &TestStore, address: NodeAddress, config: NodeConfig) -> Result<Node, Error> {
    test.write(move |transaction| nodes::insert(transaction, &address, &jane(), config.clone(), moment(0), &LIMITS))
        .await
}

async fn publish(test: &TestStore, node: &Node, id: &'static str, text: &str, at: i64) -> Result<Vec<String>, Error> {
    let items = [Item {
        id: id.to_owned(),
        publisher: jane(),
        at: moment(at),
        payload: Some(text.to_owned()),
    }];
    let node = node.clone();
    test.write(move |transaction| items::put(transaction, &node, &items, 2, &LIMITS))
        .await
}

async fn ids(test: &TestStore, node: &Node, now: i64) -> Vec<String> {
    let node = node.clone();
    test.read(move |connection| items::list_ids(connection, &node, moment(now)))
        .await
}

#[tokio::test]
async fn a_node_is_found_as_it_was_made() {
    let test = TestStore::with_accounts(&["jane"]).await;
    let made = create(&test, at("pubsub.example.org", "n"), NodeConfig::of_account())
        .await
        .unwrap();
    let found = test
        .read(|connection| nodes::find(connection, &at("pubsub.example.org", "n")))
        .await
        .unwrap();
    assert_eq!(
        (found.id, &found.config, &found.creator),
        (made.id, &made.config, &jane())
    );
    let affiliation = test
        .read(move |connection| affiliations::find(connection, &found, &jane()))
        .await;
    assert_eq!(affiliation, NodeAffiliation::Owner);
}

#[tokio::test]
async fn an_account_makes_so_many_nodes_and_keeps_so_many_bytes() {
    let test = TestStore::with_accounts(&["jane"]).await;
    let node = create(&test, at("jane@example.org", "a"), NodeConfig::of_account())
        .await
        .unwrap();
    create(&test, at("pubsub.example.org", "b"), NodeConfig::of_service())
        .await
        .unwrap();
    let third = create(&test, at("pubsub.example.org", "c"), NodeConfig::of_service()).await;
    assert!(matches!(third, Err(Error::LimitReached { what: "nodes", most: 2 })));
    publish(&test, &node, "1", &"x".repeat(20), 0).await.unwrap();
    let too_much = publish(&test, &node, "2", &"x".repeat(20), 0).await;
    assert!(matches!(too_much, Err(Error::LimitReached { most: 30, .. })));
    assert_eq!(ids(&test, &node, 0).await, ["1"]);
    publish(&test, &node, "1", &"y".repeat(29), 0).await.unwrap();
}

#[tokio::test]
async fn the_oldest_items_make_room_and_a_new_one_of_the_same_id_stands_at_the_end() {
    let test = TestStore::with_accounts(&["jane"]).await;
    let node = create(&test, at("jane@example.org", "a"), NodeConfig::of_account())
        .await
        .unwrap();
    assert!(publish(&test, &node, "1", "", 0).await.unwrap().is_empty());
    assert!(publish(&test, &node, "2", "", 0).await.unwrap().is_empty());
    assert!(publish(&test, &node, "1", "", 0).await.unwrap().is_empty());
    assert_eq!(ids(&test, &node, 0).await, ["2", "1"]);
    assert_eq!(publish(&test, &node, "3", "", 0).await.unwrap(), ["2"]);
}

#[tokio::test]
async fn what_has_expired_is_not_there() {
    let test = TestStore::with_accounts(&["jane"]).await;
    let config = NodeConfig {
        expiry: Expiry::Seconds(1),
        ..NodeConfig::of_account()
    };
    let node = create(&test, at("jane@example.org", "a"), config).await.unwrap();
    publish(&test, &node, "1", "", 0).await.unwrap();
    publish(&test, &node, "2", "", 500).await.unwrap();
    assert_eq!(ids(&test, &node, 1_000).await, ["1", "2"]);
    assert_eq!(ids(&test, &node, 1_001).await, ["2"]);
    let gone = test
        .write(move |transaction| items::expire(transaction, &node, moment(1_001)))
        .await;
    assert_eq!(gone.unwrap(), ["1"]);
}

#[tokio::test]
async fn what_an_account_had_goes_with_it_or_follows_its_name() {
    let test = TestStore::with_accounts(&["jane"]).await;
    let own = create(&test, at("jane@example.org", "a"), NodeConfig::of_account())
        .await
        .unwrap();
    publish(&test, &own, "1", "", 0).await.unwrap();
    let shared = create(&test, at("pubsub.example.org", "b"), NodeConfig::of_service())
        .await
        .unwrap();
    let john = Address::from_stored("john@example.org");
    let node = shared.clone();
    test.write(move |transaction| {
        affiliations::set(transaction, &node, &john, NodeAffiliation::Owner, &LIMITS)?;
        let subscription = NodeSubscription {
            subscriber: FullAddress::from(jane()),
            id: "s".to_owned(),
            state: NodeSubscriptionState::Subscribed,
            options: SubscriptionOptions::default(),
        };
        subscriptions::insert(transaction, &node, &subscription, &LIMITS)?;
        moves::rename(transaction, &jane(), &Address::from_stored("mary@example.org"))
    })
    .await
    .unwrap();
    let (found, node) = test
        .read(|connection| {
            let service = Address::from_stored("mary@example.org");
            let found = nodes::list(connection, &service, None, 10)?;
            Ok((
                found.len(),
                nodes::find(connection, &at("pubsub.example.org", "b"))?.unwrap(),
            ))
        })
        .await;
    assert_eq!(found, 1);
    let mary = Address::from_stored("mary@example.org");
    test.write(move |transaction| moves::remove(transaction, &mary))
        .await
        .unwrap();
    let left = test
        .read(move |connection| {
            let own = nodes::list(connection, &Address::from_stored("mary@example.org"), None, 10)?;
            let affiliations = affiliations::list(connection, &node)?;
            Ok((
                own.len(),
                affiliations.len(),
                subscriptions::list(connection, &node)?.len(),
            ))
        })
        .await;
    assert_eq!(left, (0, 1, 0));
}
