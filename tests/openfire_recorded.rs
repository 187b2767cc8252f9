//! Replays every recorded exchange against the running service, one fresh service per file.
//!
//! A step agrees with the recording, or stands in `plugins-compat` with the answer that is given instead. A listed step that
//! agrees with the recording after all is stale and fails. Steps of XMPP clients are not run.
//!
//! `FIREKEEPER_RECORDED=users,groups` replays only the files whose names begin so.

mod support;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use support::compat::Compat;
use support::recording::{self, Captured, Exchange, Recording, Step};
use support::service::Service;

const WORKERS: usize = 4;
const SHOWN: usize = 6000;

#[derive(Default)]
struct Tally {
    files: usize,
    compared: usize,
    listed: usize,
    engine: usize,
    not_run: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.files += other.files;
        self.compared += other.compared;
        self.listed += other.listed;
        self.engine += other.engine;
        self.not_run += other.not_run;
        self.wrong.extend(other.wrong);
    }
}

#[test]
fn every_recorded_exchange_is_answered_as_recorded_or_as_listed() {
    let compat = Compat::read();
    let files = chosen_files();
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let tally = replay(file, &compat);
                    total.lock().expect("a sound tally").add(tally);
                }
            });
        }
    });
    let mut total = total.into_inner().expect("a sound tally");
    total.wrong.sort();
    println!(
        "{} files: {} exchanges compared with the recording, {} listed and answered as listed, {} waiting for the engine; {} steps of XMPP clients not run",
        total.files, total.compared, total.listed, total.engine, total.not_run
    );
    assert!(
        total.wrong.is_empty(),
        "{} exchanges differ:\n{}",
        total.wrong.len(),
        total.wrong[..total.wrong.len().min(SHOWN)].join("\n")
    );
}

#[test]
fn every_listed_step_exists_and_follows_from_a_decision() {
    let compat = Compat::read();
    let known: Vec<_> = recording::files()
        .iter()
        .map(|path| Recording::read(path))
        .flat_map(|file| {
            let ids: Vec<_> = file.steps().filter_map(exchange).map(|e| e.id).collect();
            ids.into_iter().map(move |id| (file.name.clone(), id))
        })
        .collect();
    for (file, step, deviation) in compat.deviations() {
        assert!(
            known.iter().any(|(name, id)| name == file && id == step),
            "{file} {step} is listed but not recorded"
        );
        let quirks = compat.rest.quirks.iter().chain(&compat.userservice.quirks);
        let row_exists = deviation
            .row
            .is_some_and(|row| quirks.clone().any(|quirk| quirk.row == row));
        assert!(
            row_exists || deviation.reason.is_some(),
            "{file} {step} is listed without a row of the table or a reason"
        );
    }
}

fn exchange(step: Step) -> Option<Exchange> {
    match step {
        Step::Http(exchange) => Some(*exchange),
        _ => None,
    }
}

fn chosen_files() -> Vec<PathBuf> {
    let wanted = std::env::var("FIREKEEPER_RECORDED").unwrap_or_default();
    let wanted: Vec<_> = wanted.split(',').map(str::trim).collect();
    let files: Vec<_> = recording::files()
        .into_iter()
        .filter(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            wanted.iter().any(|start| name.starts_with(start))
        })
        .collect();
    assert!(!files.is_empty(), "no recording is called {wanted:?}");
    files
}

fn replay(path: &Path, compat: &Compat) -> Tally {
    let file = Recording::read(path);
    let mut captured = Captured::default();
    let mut tally = Tally {
        files: 1,
        ..Tally::default()
    };
    let mut service = match file.start() {
        Ok(service) => service,
        Err(log) => {
            tally
                .wrong
                .push(format!("{}: the service does not start: {log}", file.name));
            return tally;
        }
    };
    for step in file.steps() {
        match step {
            Step::Http(exchange) => {
                run(&exchange, &file, &service, compat, &mut captured, &mut tally);
            }
            Step::Wait { milliseconds } => std::thread::sleep(Duration::from_millis(milliseconds)),
            Step::Restart => service.restart(),
            Step::Xmpp { .. } => tally.not_run += 1,
        }
    }
    tally
}

fn run(
    exchange: &Exchange,
    file: &Recording,
    service: &Service,
    compat: &Compat,
    captured: &mut Captured,
    tally: &mut Tally,
) {
    let mut report = |differences: Vec<String>| {
        tally.wrong.push(format!(
            "{} {} {} {} | {}",
            file.name,
            exchange.id,
            exchange.request.method,
            exchange.request.path,
            differences.join("; ")
        ));
    };
    let answer = match service.send(&exchange.request(captured)) {
        Ok(answer) => answer,
        Err(error) => return report(vec![format!("no answer: {error}")]),
    };
    let differences = exchange.differences(&answer, captured);
    let deviation = compat.deviation(&file.name, &exchange.id);
    match deviation {
        None if !differences.is_empty() => report(differences),
        None => tally.compared += 1,
        Some(_) if differences.is_empty() => {
            report(vec!["listed, but it agrees with the recording".to_owned()]);
        }
        Some(deviation) if deviation.reason.as_deref() == Some("engine") => tally.engine += 1,
        Some(deviation) => {
            let differences = compat.differences(deviation, exchange, &answer, file);
            if differences.is_empty() {
                tally.listed += 1;
            } else {
                report(differences);
            }
        }
    }
    captured.take_from(exchange, &answer);
}
