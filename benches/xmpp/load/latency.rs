//! How long messages are on their way: they carry the time at which they were sent.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stanzas::text_behind;

/// So often in a row nothing more has come when all has come.
const QUIET: usize = 50;
/// The same before anything has come.
const NOTHING: usize = 500;
const PAUSE: Duration = Duration::from_millis(20);

pub struct Latencies {
    begun: Instant,
    microseconds: Mutex<Vec<u64>>,
}

impl Latencies {
    pub fn new() -> Self {
        Self {
            begun: Instant::now(),
            microseconds: Mutex::default(),
        }
    }

    /// A body that tells when it was made, of at least so many bytes.
    pub fn body(&self, bytes: usize) -> String {
        let mut body = format!("t{} ", self.begun.elapsed().as_micros());
        while body.len() < bytes {
            body.push_str("what is said here is of no importance ");
        }
        format!("<body>{body}</body>")
    }

    /// Notes a message that has come. False: it is none of these.
    pub fn note(&self, stanza: &str) -> bool {
        let sent = text_behind(stanza, "<body>t").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
        let Some(sent) = sent else { return false };
        let now = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let mut all = self.microseconds.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(now.saturating_sub(sent));
        true
    }

    fn count(&self) -> usize {
        self.microseconds.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Waits until nothing more comes, and gives what came, until when, and the latencies in milliseconds.
    pub async fn found_when_quiet(&self) -> Value {
        let (mut before, mut last, mut quiet) = (0, self.begun.elapsed(), 0);
        while quiet < if before == 0 { NOTHING } else { QUIET } {
            tokio::time::sleep(PAUSE).await;
            let now = self.count();
            if now == before {
                quiet += 1;
            } else {
                (before, last, quiet) = (now, self.begun.elapsed(), 0);
            }
        }
        let mut all = self.microseconds.lock().unwrap_or_else(PoisonError::into_inner);
        all.sort_unstable();
        let at = |share: usize| all.get(all.len() * share / 100).copied().unwrap_or_default();
        let milliseconds = |share| f64::from(u32::try_from(at(share)).unwrap_or(u32::MAX)) / 1000.0;
        json!({
            "count": all.len(),
            "seconds": last.as_secs_f64(),
            "p50_ms": milliseconds(50),
            "p99_ms": milliseconds(99),
        })
    }
}
