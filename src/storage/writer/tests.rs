//! Groups of changes, their answers and their effects.

use super::*;
use crate::domain::event::Event;
use crate::storage::{Store, rows};

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        max_group: 8,
        ..Options::default()
    };
    let store = Store::open(&folder.path().join("test.db"), &options).unwrap();
    (folder, store)
}

fn set(key: &str) -> impl FnMut(&mut Transaction<'_>) -> Result<()> + Send + 'static {
    let key = key.to_owned();
    move |transaction| {
        transaction
            .execute("INSERT INTO properties VALUES (?1, 'x')", [&key])
            .map_err(rows::failure)?;
        transaction.emit(Event::PropertyRemoved { key: key.clone() });
        Ok(())
    }
}

async fn keys(store: &Store) -> Vec<String> {
    store
        .read(|connection| {
            let mut statement = connection
                .prepare("SELECT key FROM properties ORDER BY key")
                .map_err(rows::failure)?;
            let keys = statement.query_map([], |row| row.get(0)).map_err(rows::failure)?;
            keys.collect::<rusqlite::Result<_>>().map_err(rows::failure)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_job_that_fails_leaves_nothing_and_the_others_of_its_group_stand() {
    let (_folder, store) = store().await;
    let failing = store.write(|transaction| {
        transaction
            .execute("INSERT INTO properties VALUES ('half', 'x')", [])
            .map_err(rows::failure)?;
        Err::<(), _>(Error::conflict("on purpose"))
    });
    let (one, none, two) = tokio::join!(store.write(set("one")), failing, store.write(set("two")));
    assert!(one.is_ok() && two.is_ok());
    assert!(matches!(none, Err(Error::Conflict { .. })));
    assert_eq!(keys(&store).await, ["one", "two"]);
}

#[tokio::test]
async fn a_job_that_panics_fails_alone() {
    let (_folder, store) = store().await;
    let panicking = store.write(|_| -> Result<()> { panic!("on purpose") });
    let (bad, good) = tokio::join!(panicking, store.write(set("good")));
    assert!(matches!(bad, Err(Error::Internal(_))));
    assert!(good.is_ok());
    assert!(store.writer_state().alive);
}

#[tokio::test]
async fn jobs_run_again_only_where_one_of_their_group_fails_after_a_change() {
    for (changes_first, runs) in [(false, 1), (true, 2)] {
        let (_folder, store) = store().await;
        let (started, has_started) = std::sync::mpsc::channel();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let holding = tokio::spawn(store.submit(move |_| {
            started.send(()).map_err(Error::internal)?;
            let _released = held.recv();
            Ok(())
        }));
        tokio::task::spawn_blocking(move || has_started.recv())
            .await
            .unwrap()
            .unwrap();
        let count = Arc::new(AtomicU64::new(0));
        let (counted, mut good) = (Arc::clone(&count), set("good"));
        let counting = store.write(move |transaction| {
            counted.fetch_add(1, Ordering::Relaxed);
            good(transaction)
        });
        let mut bad = set("bad");
        let failing = store.write(move |transaction| {
            if changes_first {
                bad(transaction)?;
            }
            Err::<(), _>(Error::conflict("on purpose"))
        });
        // Both are queued before the writer goes on, so they share a group.
        let (counting, failing, ()) = tokio::join!(biased; counting, failing, async { drop(release) });
        holding.await.unwrap().unwrap();
        counting.unwrap();
        failing.unwrap_err();
        assert_eq!(count.load(Ordering::Relaxed), runs, "changes first: {changes_first}");
        assert_eq!(keys(&store).await, ["good"]);
    }
}

#[tokio::test]
async fn when_the_transaction_is_lost_the_other_jobs_run_again() {
    let (_folder, store) = store().await;
    let losing = store.write(|transaction| {
        transaction.execute("ROLLBACK", []).map_err(rows::failure)?;
        Err::<(), _>(Error::unavailable("disk full"))
    });
    let (one, lost, two) = tokio::join!(store.write(set("one")), losing, store.write(set("two")));
    assert!(one.is_ok() && two.is_ok());
    assert!(lost.is_err());
    assert_eq!(keys(&store).await, ["one", "two"]);
}

#[tokio::test]
async fn a_change_that_the_disk_refuses_is_known_until_one_is_stored() {
    let (_folder, store) = store().await;
    assert!(!store.writer_state().failing);
    let refused = store.write(|_| Err::<(), _>(Error::unavailable("disk full")));
    refused.await.unwrap_err();
    assert!(store.writer_state().failing);
    store.write(set("one")).await.unwrap();
    assert!(!store.writer_state().failing);
}

#[tokio::test]
async fn events_are_told_after_the_commit_and_before_the_answer() {
    let (folder, store) = store().await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (ears, database) = (Arc::clone(&heard), folder.path().join("test.db"));
    store.listen(Box::new(move |event| {
        // Another connection sees what is committed, and nothing else.
        let other = rusqlite::Connection::open(&database).unwrap();
        let is_committed: bool = other
            .query_row("SELECT count(*) FROM properties", [], |row| row.get(0))
            .unwrap();
        ears.lock().unwrap().push((event.clone(), is_committed));
    }));
    store.write(set("a")).await.unwrap();
    let told = Event::PropertyRemoved { key: "a".into() };
    assert_eq!(*heard.lock().unwrap(), [(told, true)]);
    store.write(set("a")).await.unwrap_err();
    assert_eq!(heard.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn closing_finishes_what_is_queued_and_refuses_what_comes_later() {
    let (_folder, store) = store().await;
    let queued = store.write(set("queued"));
    let (queued, ()) = tokio::join!(queued, store.close());
    queued.unwrap();
    assert!(matches!(store.write(set("late")).await, Err(Error::Unavailable { .. })));
}
