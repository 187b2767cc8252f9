//! Keys for many passwords, on all processors.

use std::thread;

use crate::{
    domain::{
        account::{Credentials, Password},
        random::Random,
    },
    scram,
};

/// The keys of each password, in their order.
pub fn derive_all(passwords: &[Password], iterations: u32, random: &dyn Random) -> Vec<Credentials> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let share = passwords.len().div_ceil(processors).max(1);
    thread::scope(|scope| {
        let shares: Vec<_> = passwords
            .chunks(share)
            .map(|share| {
                let derive = move |password| scram::derive(password, iterations, random);
                scope.spawn(move || share.iter().map(derive).collect::<Vec<_>>())
            })
            .collect();
        shares
            .into_iter()
            .flat_map(|share| share.join().unwrap_or_default())
            .collect()
    })
}
