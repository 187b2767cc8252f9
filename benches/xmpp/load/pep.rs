//! A user publishes, and everybody who is interested hears of it (XEP-0163): the first clients, who all see the publisher.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Client, Listener, NODE, World};
use crate::{Failure, wait};

#[derive(Default)]
struct Notices(AtomicUsize);

impl Listener for Notices {
    fn hear(&self, _: usize, stanza: &str) -> Option<String> {
        if stanza.starts_with("<message") && stanza.contains("<mood") {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        None
    }
}

fn publication(number: usize) -> String {
    format!(
        "<iq type='set' id='p{number}'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='{NODE}'>\
         <item id='current'><mood xmlns='urn:load:mood'>as well as can be expected, for the {number}. time</mood></item>\
         </publish></pubsub></iq>"
    )
}

pub async fn run(world: &Arc<World>, publisher: usize, contacts: usize, milliseconds: usize) -> Result<Value, Failure> {
    let notices = Arc::new(Notices::default());
    world.listen(Arc::clone(&notices) as Arc<dyn Listener>);
    let publisher = Client::log_in(Arc::clone(world), publisher, false).await?;
    // What was published last comes with the presence, and is no part of it.
    tokio::time::sleep(Duration::from_millis(500)).await;
    notices.0.store(0, Ordering::Relaxed);
    let count = || notices.0.load(Ordering::Relaxed);
    let (begun, mut published) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_millis(milliseconds as u64) {
        published += 1;
        publisher.send(publication(published));
        wait(|| count() >= published * contacts, count).await?;
    }
    let found = json!({ "count": count(), "published": published, "seconds": begun.elapsed().as_secs_f64() });
    publisher.send("</stream:stream>".to_owned());
    tokio::time::sleep(Duration::from_millis(300)).await;
    Ok(found)
}
