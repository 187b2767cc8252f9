//! Clients for a load test of an XMPP server, which `benches/xmpp/run` starts and measures: many, each with its own TCP
//! connection, TLS session and account (`load0`, `load1`, …).
//!
//! Argument: the port. Each line on standard input is a phase with its numbers; one line of JSON answers it when it is over.

mod client;
mod latency;
mod pep;
mod rooms;
mod scram;
mod stanzas;
mod storm;
mod talk;
mod tls;

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use client::{Client, World};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

pub const HOST: &str = "example.org";

/// How long a phase may make no progress.
const PATIENCE: Duration = Duration::from_secs(15);

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Logs accounts in, `parallel` at a time.
pub async fn log_in(world: &Arc<World>, from: usize, count: usize, parallel: usize) -> Result<Vec<Client>, Failure> {
    let places = Arc::new(Semaphore::new(parallel));
    let mut logins = Vec::new();
    for number in from..from + count {
        let (world, places) = (Arc::clone(world), Arc::clone(&places));
        logins.push(tokio::spawn(async move {
            let _place = places.acquire_owned().await?;
            Client::log_in(world, number, rooms::is_slow(number)).await
        }));
    }
    let mut clients = Vec::new();
    for login in logins {
        clients.push(login.await??);
    }
    Ok(clients)
}

/// Waits until `done`, or until `seen` has not changed for long.
pub async fn wait(done: impl Fn() -> bool, seen: impl Fn() -> usize) -> Result<(), Failure> {
    let (mut last, mut changed) = (seen(), Instant::now());
    while !done() {
        tokio::time::sleep(Duration::from_millis(2)).await;
        let now = seen();
        if now != last {
            (last, changed) = (now, Instant::now());
        }
        if changed.elapsed() > PATIENCE {
            return Err(format!("nothing more has come for {PATIENCE:?}, after {now}").into());
        }
    }
    Ok(())
}

struct Run {
    world: Arc<World>,
    clients: Vec<Client>,
    others: Vec<Client>,
}

impl Run {
    async fn phase(&mut self, name: &str, numbers: &[usize]) -> Result<Value, Failure> {
        let begun = Instant::now();
        match (name, numbers) {
            ("login", &[from, count, parallel]) => {
                self.clients.extend(log_in(&self.world, from, count, parallel).await?);
                Ok(json!({ "seconds": begun.elapsed().as_secs_f64(), "count": count }))
            }
            ("talk", &[clients, window, milliseconds]) => {
                let clients = self.clients.get(..clients).ok_or("too few clients")?;
                talk::run(&self.world, clients, window, milliseconds).await
            }
            ("storm", &[from, count, contacts]) => {
                let (clients, found) = storm::run(&self.world, from, count, contacts).await?;
                self.others.extend(clients);
                Ok(found)
            }
            ("pep", &[publisher, contacts, milliseconds]) => {
                pep::run(&self.world, publisher, contacts, milliseconds).await
            }
            ("join", &[count, parallel, seconds]) => {
                let clients = self.clients.get(..count).ok_or("too few clients")?;
                rooms::join(&self.world, clients, parallel, seconds).await
            }
            ("say", &[count, senders, bytes, milliseconds]) => {
                let occupants = self.clients.get(..count).ok_or("too few clients")?;
                rooms::say(&self.world, occupants, senders, bytes, milliseconds).await
            }
            ("stall", &[count, stops]) => {
                let slow = self.clients.get(..count).ok_or("too few clients")?.iter();
                let mut stalled = 0;
                for client in slow.filter(|client| rooms::is_slow(client.number)) {
                    client.read(stops == 0);
                    stalled += 1;
                }
                Ok(json!({ "count": stalled }))
            }
            ("rooms", &[from, clients, each, seconds]) => {
                let owners = self.clients.get(from..from + clients).ok_or("too few clients")?;
                rooms::create(&self.world, owners, each, seconds).await
            }
            _ => Err(format!("no such phase: {name} {numbers:?}").into()),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let port = std::env::args().nth(1).ok_or("name the port")?.parse()?;
    let mut run = Run {
        world: World::new(port, tls::connector()?),
        clients: Vec::new(),
        others: Vec::new(),
    };
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        let numbers: Vec<usize> = words.map(str::parse).collect::<Result<_, _>>()?;
        let mut found = match run.phase(name, &numbers).await {
            Ok(found) => found,
            Err(failure) => json!({ "failure": failure.to_string() }),
        };
        found["lost"] = json!(run.world.lost.load(Ordering::Relaxed));
        println!("{found}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
