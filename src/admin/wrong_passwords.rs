//! Wrong passwords of each address, counted from the first one until a window has passed. Bounded: who fills the table
//! with addresses makes it forget.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The most addresses that are remembered.
const MOST_ADDRESSES: usize = 10_000;

#[derive(Debug)]
pub struct WrongPasswords {
    /// How many an address may send within `window`.
    most: u32,
    window: SignedDuration,
    /// When the last of the windows has passed, in seconds since 1970; 0: there is none. Outside of every window, as nearly
    /// always, nobody waits for the lock.
    last_until: AtomicI64,
    of_addresses: Mutex<HashMap<IpAddr, Wrong>>,
}

#[derive(Debug, Clone, Copy)]
struct Wrong {
    count: u32,
    since: Timestamp,
}

impl WrongPasswords {
    pub fn new(most: u32, window: SignedDuration) -> Self {
        Self {
            most,
            window,
            last_until: AtomicI64::new(0),
            of_addresses: Mutex::new(HashMap::new()),
        }
    }

    /// Whether the address has sent as many as it may. The time is asked for where it matters.
    pub fn is_exhausted(&self, address: IpAddr, now: impl Fn() -> Timestamp) -> bool {
        let last_until = self.last_until.load(Ordering::Acquire);
        if last_until == 0 || now().as_second() >= last_until {
            return false;
        }
        let Ok(of_addresses) = self.of_addresses.lock() else {
            return true;
        };
        of_addresses
            .get(&address)
            .is_some_and(|wrong| wrong.count >= self.most && !self.has_passed(wrong, now()))
    }

    pub fn count(&self, address: IpAddr, now: Timestamp) {
        let Ok(mut of_addresses) = self.of_addresses.lock() else {
            return;
        };
        if of_addresses.len() >= MOST_ADDRESSES && !of_addresses.contains_key(&address) {
            of_addresses.retain(|_, old| !self.has_passed(old, now));
            if of_addresses.len() >= MOST_ADDRESSES {
                of_addresses.clear();
            }
        }
        let wrong = of_addresses.entry(address).or_insert(Wrong { count: 0, since: now });
        if self.has_passed(wrong, now) {
            *wrong = Wrong { count: 0, since: now };
        }
        wrong.count = wrong.count.saturating_add(1);
        let until = now
            .saturating_add(self.window)
            .map_or(i64::MAX, |until| until.as_second() + 1);
        self.last_until.fetch_max(until, Ordering::AcqRel);
    }

    fn has_passed(&self, wrong: &Wrong, now: Timestamp) -> bool {
        now.duration_since(wrong.since) >= self.window
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const WINDOW: SignedDuration = SignedDuration::from_mins(1);

    fn address(number: usize) -> IpAddr {
        Ipv4Addr::from(u32::try_from(number).unwrap()).into()
    }

    #[test]
    fn each_window_counts_anew_from_its_first_wrong_password() {
        let wrong = WrongPasswords::new(2, WINDOW);
        for begin in [Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + WINDOW] {
            wrong.count(address(1), begin);
            assert!(!wrong.is_exhausted(address(1), || begin));
            wrong.count(address(1), begin + WINDOW / 2);
            assert!(wrong.is_exhausted(address(1), || begin + WINDOW / 2));
            assert!(!wrong.is_exhausted(address(2), || begin + WINDOW / 2));
            assert!(!wrong.is_exhausted(address(1), || begin + WINDOW));
        }
    }

    #[test]
    fn a_full_table_forgets_what_has_passed_and_else_everybody() {
        let wrong = WrongPasswords::new(1, WINDOW);
        let remembered = || wrong.of_addresses.lock().unwrap().len();
        let start = Timestamp::UNIX_EPOCH;
        for number in 1..MOST_ADDRESSES {
            wrong.count(address(number), start);
        }
        wrong.count(address(0), start + WINDOW / 2);
        wrong.count(address(1), start);
        assert_eq!(remembered(), MOST_ADDRESSES);
        wrong.count(address(MOST_ADDRESSES), start + WINDOW);
        assert_eq!(remembered(), 2);
        assert!(wrong.is_exhausted(address(0), || start + WINDOW));
        for number in 1..=MOST_ADDRESSES {
            wrong.count(address(number), start + WINDOW);
        }
        assert!(remembered() <= MOST_ADDRESSES);
    }
}
