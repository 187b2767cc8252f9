//! Telling the log why requests are refused for the moment: once in a while for each reason, however many requests meet it,
//! since a service that is overloaded must not be busy with its log as well.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

const INTERVAL: Duration = Duration::from_secs(10);

/// The reasons are texts of the program, so there are few.
const MOST_REASONS: usize = 32;

static NOTICES: Notices = Notices::new();

/// Logs that a request was refused for this reason, unless it was logged a moment ago.
pub fn tell(reason: &str) {
    if let Some(unmentioned) = NOTICES.due(reason, Instant::now()) {
        tracing::warn!(
            reason,
            unmentioned,
            "requests are refused with 503; said once in ten seconds"
        );
    }
}

struct Notices(Mutex<BTreeMap<String, Notice>>);

struct Notice {
    last: Instant,
    unmentioned: u64,
}

impl Notices {
    const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// Whether `reason` is to be told now, and how many times it was not told since the last time.
    fn due(&self, reason: &str, now: Instant) -> Option<u64> {
        let mut notices = self.0.lock().ok()?;
        if let Some(notice) = notices.get_mut(reason) {
            if now.duration_since(notice.last) < INTERVAL {
                notice.unmentioned += 1;
                return None;
            }
            notice.last = now;
            return Some(std::mem::take(&mut notice.unmentioned));
        }
        if notices.len() < MOST_REASONS {
            let notice = Notice {
                last: now,
                unmentioned: 0,
            };
            notices.insert(reason.to_owned(), notice);
        }
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told_once_in_an_interval_with_how_often_it_was_met() {
        let notices = Notices::new();
        let start = Instant::now();
        assert_eq!(notices.due("full", start), Some(0));
        assert_eq!(notices.due("full", start), None);
        assert_eq!(notices.due("full", start + INTERVAL / 2), None);
        assert_eq!(notices.due("another", start + INTERVAL / 2), Some(0));
        assert_eq!(notices.due("full", start + INTERVAL), Some(2));
        assert_eq!(notices.due("full", start + INTERVAL), None);
        assert_eq!(notices.due("full", start + INTERVAL * 3), Some(1));
    }
}
