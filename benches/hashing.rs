//! What `benches/run` compares the creation of accounts with: on every core, nothing but deriving the keys of new
//! passwords. Arguments: seconds, rounds of PBKDF2. Prints derivations per second.

use std::{
    env, thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use firekeeper::{
    domain::{account::Password, random::Random},
    scram,
};

struct Salt;

impl Random for Salt {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let seconds: f64 = arguments.next().context("seconds")?.parse()?;
    let iterations: u32 = arguments.next().context("iterations")?.parse()?;
    let cores = thread::available_parallelism()?.get();
    let started = Instant::now();
    let limit = Duration::from_secs_f64(seconds);
    let derived: u32 = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    let mut derived = 0;
                    while started.elapsed() < limit {
                        let password = Password::new("benchmark").expect("a password");
                        std::hint::black_box(scram::derive(&password, iterations, &Salt));
                        derived += 1;
                    }
                    derived
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or(0)).sum()
    });
    println!("{:.1}", f64::from(derived) / started.elapsed().as_secs_f64());
    Ok(())
}
