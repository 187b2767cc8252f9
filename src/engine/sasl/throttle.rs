//! How fast passwords can be tried, by (client address, account): beyond a few mistakes each attempt waits for the ones
//! before it, longer and longer. An attempt is charged when it begins, so neither leaving early nor trying many side by
//! side gains anything. Who tries one password at many accounts is turned away as an address, when it has been wrong too
//! often. An address from which the account has logged in before is never turned away.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quick_cache::unsync::Cache;
use tokio::time::Instant;

use crate::domain::address::AccountAddress;
use crate::domain::network::origin;

/// Attempts that cost nothing: somebody has mistyped.
const FREE_ATTEMPTS: u32 = 3;
/// What the first attempt after those costs; each further one costs twice as much.
const FIRST_COST: Duration = Duration::from_secs(1);
/// The most that an attempt costs.
const HIGHEST_COST: Duration = Duration::from_secs(30);
/// The longest that an attempt waits: well below the time that a connection has for its login.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// After so long without an attempt the earlier ones are forgotten.
const MEMORY: Duration = Duration::from_mins(15);
/// Wrong attempts of one address, at whatever accounts, in a window of so long.
const WRONG_OF_ADDRESS: u32 = 200;
const WINDOW: Duration = Duration::from_mins(1);
/// The most pairs and addresses whose attempts are remembered, and the most pairs that have logged in.
const MOST_PAIRS: usize = 20_000;
const MOST_ADDRESSES: usize = 20_000;
const MOST_KNOWN: usize = 100_000;

pub struct Throttle {
    /// Keeps the tables small, and unknown to clients which pairs share an entry.
    hasher: RandomState,
    tables: Mutex<Tables>,
}

struct Tables {
    attempts: Cache<u64, Attempts>,
    wrong: Cache<IpAddr, Wrong>,
    /// Pairs that have logged in since the start.
    known: Cache<u64, ()>,
}

/// How often an address was wrong since when.
#[derive(Clone, Copy)]
struct Wrong {
    count: u32,
    since: Instant,
}

#[derive(Clone, Copy)]
struct Attempts {
    count: u32,
    /// When those before have been waited for.
    free: Instant,
}

/// An attempt that may be made. Without a further word it counts as a wrong one.
#[must_use]
pub struct Attempt {
    pair: u64,
    origin: IpAddr,
    is_known: bool,
    wait: Duration,
}

/// An attempt that comes too soon.
#[derive(Debug)]
pub struct TooSoon;

impl Attempt {
    /// How long a client waits for the news that it was right or wrong.
    pub fn wait(&self, right: bool) -> Duration {
        if right && self.is_known {
            return Duration::ZERO;
        }
        self.wait
    }
}

impl Throttle {
    pub fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            tables: Mutex::new(Tables {
                attempts: Cache::new(MOST_PAIRS),
                wrong: Cache::new(MOST_ADDRESSES),
                known: Cache::new(MOST_KNOWN),
            }),
        }
    }

    /// Charges an attempt to log in as `address`.
    pub fn begin(&self, peer: Option<IpAddr>, address: &AccountAddress, now: Instant) -> Result<Attempt, TooSoon> {
        let pair = self.pair(peer, address);
        let mut tables = self.tables();
        let is_known = tables.known.get(&pair).is_some();
        let origin = origin(peer);
        let wrong = tables.wrong.get(&origin).filter(|wrong| now < wrong.since + WINDOW);
        if !is_known && wrong.is_some_and(|wrong| wrong.count >= WRONG_OF_ADDRESS) {
            return Err(TooSoon);
        }
        let before = tables.attempts.get(&pair).filter(|before| now < before.free + MEMORY);
        let count = before.map_or(0, |before| before.count);
        let free = before.map_or(now, |before| before.free.max(now));
        let wait = free - now;
        if wait > LONGEST_WAIT && !is_known {
            return Err(TooSoon);
        }
        let wait = wait.min(LONGEST_WAIT);
        let charged = Attempts {
            count: count.saturating_add(1),
            free: now + wait + cost(count),
        };
        tables.attempts.insert(pair, charged);
        Ok(Attempt {
            pair,
            origin,
            is_known,
            wait,
        })
    }

    /// It was wrong.
    pub fn failed(&self, attempt: &Attempt, now: Instant) {
        let mut tables = self.tables();
        let before = tables.wrong.get(&attempt.origin).copied();
        let before = before.filter(|wrong| now < wrong.since + WINDOW);
        let Wrong { count, since } = before.unwrap_or(Wrong { count: 0, since: now });
        let count = count.saturating_add(1);
        tables.wrong.insert(attempt.origin, Wrong { count, since });
    }

    /// The password was right.
    pub fn succeeded(&self, attempt: &Attempt) {
        self.know(attempt.pair);
    }

    /// The client has shown what nobody guesses, whatever others have tried from its address.
    pub fn trust(&self, peer: Option<IpAddr>, address: &AccountAddress) {
        self.know(self.pair(peer, address));
    }

    fn know(&self, pair: u64) {
        let mut tables = self.tables();
        tables.attempts.remove(&pair);
        tables.known.insert(pair, ());
    }

    fn pair(&self, peer: Option<IpAddr>, address: &AccountAddress) -> u64 {
        self.hasher.hash_one((origin(peer), address))
    }

    /// Nobody looked at the password.
    pub fn take_back(&self, attempt: &Attempt) {
        let mut tables = self.tables();
        if let Some(mut attempts) = tables.attempts.get_mut(&attempt.pair) {
            attempts.count = attempts.count.saturating_sub(1);
            let refund = cost(attempts.count);
            attempts.free = attempts.free.checked_sub(refund).unwrap_or(attempts.free);
        }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // The tables are whole after every statement, also if somebody panicked between two.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an attempt costs those after it, when there were `earlier` ones.
fn cost(earlier: u32) -> Duration {
    match earlier.checked_sub(FREE_ATTEMPTS) {
        None => Duration::ZERO,
        Some(step) => FIRST_COST.saturating_mul(1 << step.min(5)).min(HIGHEST_COST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::Host;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));
    const THERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)));

    fn account(name: &str) -> AccountAddress {
        AccountAddress::prepare(name, &Host::from_stored("example.org")).unwrap()
    }

    /// The waits of so many attempts at one moment; `None` for those that come too soon.
    fn waits(throttle: &Throttle, peer: Option<IpAddr>, name: &str, now: Instant, times: usize) -> Vec<Option<u64>> {
        let wait = |attempt: Attempt| attempt.wait(false).as_secs();
        (0..times)
            .map(|_| throttle.begin(peer, &account(name), now).ok().map(wait))
            .collect()
    }

    #[test]
    fn waits_grow_until_attempts_come_too_soon() {
        let throttle = Throttle::new();
        let now = Instant::now();
        let expected = [0, 0, 0, 0, 1, 3, 7].map(Some);
        assert_eq!(waits(&throttle, HERE, "jane", now, 7), expected);
        assert_eq!(waits(&throttle, HERE, "jane", now, 3), [None, None, None]);
    }

    #[test]
    fn in_the_long_run_there_is_one_attempt_in_thirty_seconds() {
        let throttle = Throttle::new();
        let start = Instant::now();
        // an eager client gets in as soon as the one before it has been paid for
        let hour = (0..3600).map(|second| start + Duration::from_secs(second));
        let made = hour
            .filter(|now| throttle.begin(HERE, &account("jane"), *now).is_ok())
            .count();
        assert!((100..140).contains(&made), "{made}");
    }

    #[test]
    fn other_addresses_and_other_accounts_do_not_wait() {
        let throttle = Throttle::new();
        let now = Instant::now();
        waits(&throttle, HERE, "jane", now, 20);
        assert_eq!(waits(&throttle, THERE, "jane", now, 1), [Some(0)]);
        assert_eq!(waits(&throttle, HERE, "john", now, 1), [Some(0)]);
    }

    #[test]
    fn who_is_wrong_at_many_accounts_is_turned_away_as_an_address_for_a_while() {
        let throttle = Throttle::new();
        let now = Instant::now();
        throttle.succeeded(&throttle.begin(HERE, &account("jane"), now).unwrap());
        for number in 0..WRONG_OF_ADDRESS {
            let attempt = throttle.begin(HERE, &account(&format!("u{number}")), now).unwrap();
            throttle.failed(&attempt, now);
        }
        assert_eq!(waits(&throttle, HERE, "john", now, 1), [None]);
        assert_eq!(waits(&throttle, HERE, "jane", now, 1), [Some(0)]);
        assert_eq!(waits(&throttle, THERE, "john", now, 1), [Some(0)]);
        assert_eq!(waits(&throttle, HERE, "john", now + WINDOW, 1), [Some(0)]);
    }

    #[test]
    fn a_network_of_ipv6_addresses_is_one_client() {
        let throttle = Throttle::new();
        let now = Instant::now();
        waits(&throttle, "2001:db8::1".parse().ok(), "jane", now, 20);
        assert_eq!(waits(&throttle, "2001:db8::2".parse().ok(), "jane", now, 1), [None]);
        assert_eq!(
            waits(&throttle, "2001:db8:0:1::1".parse().ok(), "jane", now, 1),
            [Some(0)]
        );
    }

    #[test]
    fn where_the_account_has_logged_in_before_it_is_never_turned_away() {
        let throttle = Throttle::new();
        let now = Instant::now();
        let right = throttle.begin(HERE, &account("jane"), now).unwrap();
        throttle.succeeded(&right);
        for _ in 0..100 {
            let attempt = throttle.begin(HERE, &account("jane"), now).unwrap();
            assert_eq!(attempt.wait(true), Duration::ZERO);
            assert!(attempt.wait(false) <= LONGEST_WAIT);
        }
        waits(&throttle, THERE, "jane", now, 20);
        assert_eq!(waits(&throttle, THERE, "jane", now, 1), [None]);
    }

    #[test]
    fn a_right_password_waits_as_long_as_a_wrong_one_where_nobody_logged_in_before() {
        let throttle = Throttle::new();
        let now = Instant::now();
        waits(&throttle, HERE, "jane", now, 6);
        let attempt = throttle.begin(HERE, &account("jane"), now).unwrap();
        assert_eq!(attempt.wait(true), attempt.wait(false));
        assert_eq!(attempt.wait(true), Duration::from_secs(7));
    }

    #[test]
    fn a_right_password_and_a_long_pause_forget_the_mistakes() {
        let throttle = Throttle::new();
        let now = Instant::now();
        waits(&throttle, HERE, "jane", now, 6);
        throttle.succeeded(&throttle.begin(HERE, &account("jane"), now).unwrap());
        assert_eq!(waits(&throttle, HERE, "jane", now, 4), [Some(0); 4]);

        waits(&throttle, HERE, "john", now, 20);
        let later = now + MEMORY + 2 * HIGHEST_COST;
        assert_eq!(waits(&throttle, HERE, "john", later, 4), [Some(0); 4]);
    }

    #[test]
    fn an_attempt_that_nobody_looked_at_costs_nothing() {
        let throttle = Throttle::new();
        let now = Instant::now();
        for _ in 0..100 {
            let attempt = throttle.begin(HERE, &account("jane"), now).unwrap();
            throttle.take_back(&attempt);
        }
        assert_eq!(waits(&throttle, HERE, "jane", now, 4), [Some(0); 4]);
    }

    #[test]
    fn the_tables_are_bounded_and_many_other_pairs_do_not_push_out_one_that_is_busy() {
        let throttle = Throttle::new();
        let now = Instant::now();
        waits(&throttle, HERE, "jane", now, 20);
        for number in 0..3 * MOST_PAIRS {
            let name = format!("u{number}");
            let attempt = throttle.begin(HERE, &account(&name), now).unwrap();
            assert_eq!(attempt.wait(false), Duration::ZERO);
        }
        assert!(throttle.tables().attempts.len() <= MOST_PAIRS);
        assert_eq!(waits(&throttle, HERE, "jane", now, 1), [None]);
    }
}
