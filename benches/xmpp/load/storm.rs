//! Many users who see each other log in at once: user `i` of `count` has those up to `contacts / 2` before and behind it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value, json};

use crate::client::{Client, Listener, World};
use crate::stanzas::attribute;
use crate::{Failure, log_in, wait};

struct Storm {
    from: usize,
    count: usize,
    /// Who has heard of whom.
    heard: Vec<AtomicBool>,
    distinct: AtomicUsize,
    all: AtomicUsize,
}

impl Listener for Storm {
    fn hear(&self, client: usize, stanza: &str) -> Option<String> {
        if !stanza.starts_with("<presence") {
            return None;
        }
        let from = attribute(stanza, "from")?.split('@').next()?.strip_prefix("load")?;
        let other = from.parse::<usize>().ok()?.checked_sub(self.from)?;
        let own = client.checked_sub(self.from)?;
        if other == own || attribute(stanza, "type").is_some() {
            return None;
        }
        self.all.fetch_add(1, Ordering::Relaxed);
        if !self.heard.get(own * self.count + other)?.swap(true, Ordering::Relaxed) {
            self.distinct.fetch_add(1, Ordering::Relaxed);
        }
        None
    }
}

pub async fn run(
    world: &Arc<World>,
    from: usize,
    count: usize,
    contacts: usize,
) -> Result<(Vec<Client>, Value), Failure> {
    let storm = Arc::new(Storm {
        from,
        count,
        heard: (0..count * count).map(|_| AtomicBool::new(false)).collect(),
        distinct: AtomicUsize::new(0),
        all: AtomicUsize::new(0),
    });
    world.listen(Arc::clone(&storm) as Arc<dyn Listener>);
    let begun = Instant::now();
    let clients = log_in(world, from, count, count).await?;
    let logged_in = begun.elapsed().as_secs_f64();
    let distinct = || storm.distinct.load(Ordering::Relaxed);
    wait(|| distinct() >= count * contacts, distinct).await?;
    let found = json!({
        "seconds": begun.elapsed().as_secs_f64(),
        "logins_seconds": logged_in,
        "count": storm.all.load(Ordering::Relaxed),
    });
    Ok((clients, found))
}
