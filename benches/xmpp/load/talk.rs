//! Clients talk in pairs: each message is answered by the next, so the rate is bounded by the latency.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::Failure;
use crate::client::{Client, Listener, World, address};
use crate::latency::Latencies;

/// Bytes of a message's text.
const BYTES: usize = 80;

struct Talk {
    latencies: Latencies,
    over: AtomicBool,
}

impl Talk {
    fn message(&self, from: usize) -> String {
        let (to, body) = (address(from ^ 1), self.latencies.body(BYTES));
        format!("<message to='{to}/l' type='chat' id='m'>{body}</message>")
    }
}

impl Listener for Talk {
    fn hear(&self, client: usize, stanza: &str) -> Option<String> {
        if !stanza.starts_with("<message") || !self.latencies.note(stanza) || self.over.load(Ordering::Relaxed) {
            return None;
        }
        Some(self.message(client))
    }
}

pub async fn run(world: &World, clients: &[Client], window: usize, milliseconds: usize) -> Result<Value, Failure> {
    let talk = Arc::new(Talk {
        latencies: Latencies::new(),
        over: AtomicBool::new(false),
    });
    world.listen(Arc::clone(&talk) as Arc<dyn Listener>);
    for client in clients.iter().filter(|client| client.number.is_multiple_of(2)) {
        for _ in 0..window {
            client.send(talk.message(client.number));
        }
    }
    tokio::time::sleep(Duration::from_millis(milliseconds as u64)).await;
    talk.over.store(true, Ordering::Relaxed);
    Ok(talk.latencies.found_when_quiet().await)
}
