//! Connections that wait for the activation of their stream. Each stays with the task that accepted it until it is called.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::destination::Destination;

/// The clients of one stream.
const PARTIES: usize = 2;

/// What of a stream is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Both,
    One,
}

/// `C`: what is waited for with.
pub struct Waiting<C>(Mutex<Parties<C>>);

struct Parties<C> {
    seated: u64,
    by_destination: HashMap<Destination, Vec<Party<C>>>,
}

struct Party<C> {
    number: u64,
    call: oneshot::Sender<oneshot::Sender<C>>,
}

/// The seat of one connection, given up when it is dropped.
pub struct Seat<'a, C> {
    waiting: &'a Waiting<C>,
    destination: Destination,
    number: u64,
    called: oneshot::Receiver<oneshot::Sender<C>>,
}

impl<C> Default for Waiting<C> {
    fn default() -> Self {
        Self(Mutex::new(Parties {
            seated: 0,
            by_destination: HashMap::new(),
        }))
    }
}

impl<C> Waiting<C> {
    /// `None`: both clients are there.
    pub fn join(&self, destination: Destination) -> Option<Seat<'_, C>> {
        let mut parties = self.lock();
        parties.seated += 1;
        let number = parties.seated;
        let there = parties.by_destination.entry(destination).or_default();
        if there.len() == PARTIES {
            return None;
        }
        let (call, called) = oneshot::channel();
        there.push(Party { number, call });
        Some(Seat {
            waiting: self,
            destination,
            number,
            called,
        })
    }

    /// Calls both connections to a destination. Each comes, unless it has just gone.
    pub fn call(&self, destination: &Destination) -> Result<(oneshot::Receiver<C>, oneshot::Receiver<C>), Missing> {
        let mut parties = self.lock();
        let there = parties.by_destination.remove(destination).ok_or(Missing::Both)?;
        let [one, other] = <[Party<C>; PARTIES]>::try_from(there).map_err(|alone| {
            parties.by_destination.insert(*destination, alone);
            Missing::One
        })?;
        Ok((one.call(), other.call()))
    }

    fn lock(&self) -> MutexGuard<'_, Parties<C>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> Party<C> {
    fn call(self) -> oneshot::Receiver<C> {
        let (come, comes) = oneshot::channel();
        let _whoever_has_gone_does_not_come = self.call.send(come);
        comes
    }
}

impl<C> Seat<'_, C> {
    /// Where to bring the connection when the stream is activated.
    pub async fn called(&mut self) -> Option<oneshot::Sender<C>> {
        (&mut self.called).await.ok()
    }
}

impl<C> Drop for Seat<'_, C> {
    fn drop(&mut self) {
        let mut parties = self.waiting.lock();
        let Some(there) = parties.by_destination.get_mut(&self.destination) else {
            return;
        };
        there.retain(|party| party.number != self.number);
        if there.is_empty() {
            parties.by_destination.remove(&self.destination);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(digit: char) -> Destination {
        Destination::parse(digit.to_string().repeat(40).as_bytes()).unwrap()
    }

    #[tokio::test]
    async fn two_are_called_and_nobody_else() {
        let waiting = Waiting::default();
        let (here, elsewhere) = (destination('a'), destination('b'));
        assert_eq!(waiting.call(&here).err(), Some(Missing::Both));
        let mut one = waiting.join(here).unwrap();
        let _elsewhere = waiting.join(elsewhere).unwrap();
        assert_eq!(waiting.call(&here).err(), Some(Missing::One));
        let mut other = waiting.join(here).unwrap();
        assert!(waiting.join(here).is_none());
        let (first, second) = waiting.call(&here).unwrap();
        one.called().await.unwrap().send("one").unwrap();
        other.called().await.unwrap().send("other").unwrap();
        assert_eq!((first.await, second.await), (Ok("one"), Ok("other")));
        assert_eq!(waiting.call(&here).err(), Some(Missing::Both));
    }

    #[tokio::test]
    async fn who_has_gone_is_not_called_and_leaves_nothing() {
        let waiting = Waiting::<()>::default();
        let here = destination('a');
        let one = waiting.join(here).unwrap();
        let other = waiting.join(here).unwrap();
        drop(one);
        assert_eq!(waiting.call(&here).err(), Some(Missing::One));
        drop(other);
        assert_eq!(waiting.call(&here).err(), Some(Missing::Both));
        assert!(waiting.lock().by_destination.is_empty());
        let (one, other) = (waiting.join(here), waiting.join(here));
        let (first, _second) = waiting.call(&here).unwrap();
        drop((one, other));
        assert!(first.await.is_err());
    }
}
