//! How fast a client may send: so many stanzas at once, and so many a second for long. One that is faster is not closed
//! but read later.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

pub struct Pace {
    /// Between two stanzas.
    step: Duration,
    /// How far the stanzas of a client may run ahead of that.
    ahead: Duration,
    /// When the stanzas read so far would have come at an even pace.
    even: Instant,
}

impl Pace {
    pub fn new(rate: u32, burst: u32, now: Instant) -> Self {
        let step = Duration::from_secs(1) / rate.max(1);
        Self {
            step,
            ahead: step * burst.saturating_sub(1),
            even: now,
        }
    }

    /// Counts a stanza.
    pub fn count(&mut self, now: Instant) {
        self.even = self.even.max(now) + self.step;
    }

    /// Waits until another may be read. May be cancelled without loss.
    pub async fn ready(&self) {
        if let Some(at) = self.wait(Instant::now()) {
            sleep_until(at).await;
        }
    }

    fn wait(&self, now: Instant) -> Option<Instant> {
        (self.even > now + self.ahead).then(|| self.even - self.ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_read_at_once_and_the_rest_at_the_rate() {
        let start = Instant::now();
        let mut pace = Pace::new(10, 3, start);
        for _ in 0..3 {
            assert_eq!(pace.wait(start), None);
            pace.count(start);
        }
        assert_eq!(pace.wait(start), Some(start + Duration::from_millis(100)));
        let later = start + Duration::from_millis(100);
        assert_eq!(pace.wait(later), None);
        pace.count(later);
        assert_eq!(pace.wait(later), Some(start + Duration::from_millis(200)));
    }

    #[test]
    fn who_was_silent_may_send_a_burst_again_and_no_more() {
        let start = Instant::now();
        let mut pace = Pace::new(10, 2, start);
        let later = start + Duration::from_mins(1);
        for _ in 0..2 {
            assert_eq!(pace.wait(later), None);
            pace.count(later);
        }
        assert!(pace.wait(later).is_some());
    }
}
