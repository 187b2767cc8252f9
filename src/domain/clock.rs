//! Time is passed in, so that tests can stand still.

use jiff::Timestamp;

pub trait Clock: Send + Sync {
    /// The present, in UTC.
    fn now(&self) -> Timestamp;
}

/// The present to the millisecond, which is what is stored and shown.
pub fn now_in_milliseconds(clock: &dyn Clock) -> Timestamp {
    let now = clock.now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
