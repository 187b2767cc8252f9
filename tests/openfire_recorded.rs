//! Replays every recorded exchange against the running service, one fresh service per file.
//!
//! A step agrees with the recording, or stands in `plugins-compat` with the answer that is given instead. A listed step that
//! agrees with the recording after all is stale and fails. A listed step of an XMPP client must not come out as recorded.
//!
//! `FIREKEEPER_RECORDED=users,groups` replays only the files whose names begin so.

mod support;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use support::compat::Compat;
use support::recorded_clients::{ClientStep, Clients};
use support::recording::{self, Captured, Exchange, Recording, Step};
use support::service::Service;

const WORKERS: usize = 4;
const SHOWN: usize = 6000;

/// Longer than any step of a client waits.
const FULLY: Duration = Duration::from_secs(60);

/// For what is listed not to come: what has been caused has come by then.
const BRIEFLY: Duration = Duration::from_secs(1);

#[derive(Default)]
struct Tally {
    files: usize,
    compared: usize,
    clients: usize,
    listed: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.files += other.files;
        self.compared += other.compared;
        self.clients += other.clients;
        self.listed += other.listed;
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
        "{} files: {} exchanges and {} steps of XMPP clients as recorded, {} listed and answered as listed",
        total.files, total.compared, total.clients, total.listed
    );
    assert!(
        total.wrong.is_empty(),
        "{} steps differ:\n{}",
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
            let ids: Vec<_> = file.ids().collect();
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
    let mut clients = Clients::of(&service);
    for step in file.steps() {
        match step {
            Step::Http(exchange) => {
                run(&exchange, &file, &service, compat, &mut captured, &mut tally);
            }
            Step::Wait { milliseconds } => std::thread::sleep(Duration::from_millis(milliseconds)),
            Step::Restart => {
                clients.clear();
                service.restart();
            }
            Step::Client(step) => run_client(&step, &file, &mut clients, compat, &captured, &mut tally),
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

fn run_client(
    step: &ClientStep,
    file: &Recording,
    clients: &mut Clients,
    compat: &Compat,
    captured: &Captured,
    tally: &mut Tally,
) {
    let deviation = compat.deviation(&file.name, &step.id);
    let most = if deviation.is_some() { BRIEFLY } else { FULLY };
    let counted = match (clients.run(step, captured, most), deviation) {
        (Ok(()), None) if step.is_expectation() => &mut tally.clients,
        (Ok(()), None) => return,
        (Err(_), Some(_)) => &mut tally.listed,
        (outcome, _) => {
            let difference = outcome
                .err()
                .unwrap_or_else(|| "listed, but it comes out as recorded".to_owned());
            let report = format!("{} {} {} | {difference}", file.name, step.id, step.client);
            return tally.wrong.push(report);
        }
    };
    *counted += 1;
}
