//! Metrics as Prometheus reads them: how they are made, gathered, and written as text (exposition format 0.0.4).
//!
//! Each part of the service makes its own metrics and hands them over as collectors; nothing is registered globally.
//! Label values are route templates and fixed words, never what a client sent.

use std::fmt;

use prometheus::core::{Collector, Desc};
use prometheus::process_collector::ProcessCollector;
use prometheus::proto::MetricFamily;
use prometheus::{HistogramOpts, Opts, Registry, TextEncoder};

pub use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

/// What a part of the service hands over to be shown.
pub type Collectors = Vec<Box<dyn Collector>>;

/// The `Content-Type` of [`Metrics::text`].
pub const TEXT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Seconds of what takes from a tenth of a millisecond to ten seconds.
pub const SECONDS: &[f64] = &[
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Everything that is measured. Clones are the same.
#[derive(Clone, Default)]
pub struct Metrics(Registry);

impl Metrics {
    /// With what is known of the process and of the program.
    pub fn of_process() -> Self {
        let metrics = Self::default();
        let build = gauges(
            "firekeeper_build_info",
            "The program that runs; always 1.",
            &["version"],
        );
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        metrics.register(vec![Box::new(ProcessCollector::for_self()), Box::new(build)]);
        metrics
    }

    /// Shows these metrics from now on. Every name is registered once.
    pub fn register(&self, collectors: Collectors) {
        for collector in collectors {
            valid(self.0.register(collector));
        }
    }

    /// All of them as text. Reads files of the system, so it blocks for a moment.
    pub fn text(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.0.gather())
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Metrics")
    }
}

pub fn counter(name: &str, help: &str) -> IntCounter {
    valid(IntCounter::new(name, help))
}

pub fn counters(name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    valid(IntCounterVec::new(Opts::new(name, help), labels))
}

pub fn gauge(name: &str, help: &str) -> IntGauge {
    valid(IntGauge::new(name, help))
}

pub fn gauges(name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    valid(IntGaugeVec::new(Opts::new(name, help), labels))
}

pub fn histogram(name: &str, help: &str, buckets: &[f64]) -> Histogram {
    valid(Histogram::with_opts(
        HistogramOpts::new(name, help).buckets(buckets.to_vec()),
    ))
}

pub fn histograms(name: &str, help: &str, buckets: &[f64], labels: &[&str]) -> HistogramVec {
    let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
    valid(HistogramVec::new(options, labels))
}

/// A gauge that is read when somebody asks, a truth as 0 or 1; `None` leaves it as it was. `read` may block for a moment.
pub fn reading<V: Into<Option<u64>>>(
    name: &str,
    help: &str,
    read: impl Fn() -> V + Send + Sync + 'static,
) -> Box<dyn Collector> {
    Box::new(Reading {
        gauge: gauge(name, help),
        read,
    })
}

/// The same with one gauge for each value of a label.
pub fn readings<F: Fn() -> Option<u64> + Send + Sync + 'static>(
    name: &str,
    help: &str,
    label: &str,
    reads: impl Iterator<Item = (String, F)>,
) -> Box<dyn Collector> {
    Box::new(Readings {
        gauges: gauges(name, help, &[label]),
        reads: reads.collect(),
    })
}

struct Readings<F> {
    gauges: IntGaugeVec,
    reads: Vec<(String, F)>,
}

impl<F: Fn() -> Option<u64> + Send + Sync> Collector for Readings<F> {
    fn desc(&self) -> Vec<&Desc> {
        self.gauges.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        for (value, read) in &self.reads {
            if let Some(number) = read() {
                let gauge = self.gauges.with_label_values(&[value]);
                gauge.set(i64::try_from(number).unwrap_or(i64::MAX));
            }
        }
        self.gauges.collect()
    }
}

struct Reading<F> {
    gauge: IntGauge,
    read: F,
}

impl<V: Into<Option<u64>>, F: Fn() -> V + Send + Sync> Collector for Reading<F> {
    fn desc(&self) -> Vec<&Desc> {
        self.gauge.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        if let Some(value) = (self.read)().into() {
            self.gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
        self.gauge.collect()
    }
}

/// Names, labels and buckets are constants of this program, and the first start of any test uses all of them.
fn valid<T>(made: Result<T, prometheus::Error>) -> T {
    made.unwrap_or_else(|error| unreachable!("a metric of this program is wrong: {error}"))
}
