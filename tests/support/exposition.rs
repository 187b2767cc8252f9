//! The text format 0.0.4 of Prometheus, read strictly: what breaks a rule of the format or of the naming conventions is a
//! panic that shows the line.

use std::collections::{BTreeMap, BTreeSet};

/// A sample: its name, its labels, its value.
#[derive(Clone, Debug)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// Metrics of one name.
#[derive(Debug, Default)]
pub struct Family {
    pub help: String,
    pub kind: String,
    pub samples: Vec<Sample>,
}

/// A scrape that was read.
#[derive(Debug, Default)]
pub struct Exposition(pub BTreeMap<String, Family>);

impl Exposition {
    pub fn read(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line is not ended");
        let mut families = Self::default();
        let mut current = String::new();
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, help) = help.split_once(' ').expect("a text of help");
                let known = families.0.insert(name.to_owned(), Family::default());
                assert!(known.is_none(), "{name} comes twice");
                families.0.get_mut(name).expect("just made").help = help.to_owned();
                name.clone_into(&mut current);
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("a type");
                assert_eq!(name, current, "the type stands apart from its help");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                families.0.get_mut(name).expect("help before").kind = kind.to_owned();
            } else {
                let family = families.0.get_mut(&current).expect("help before");
                let sample = sample(line);
                let begin = sample.name.strip_prefix(current.as_str());
                let suffix = begin.unwrap_or_else(|| panic!("{line} among {current}"));
                let is_part = family.kind == "histogram" && ["_bucket", "_sum", "_count"].contains(&suffix);
                assert!(suffix.is_empty() != is_part, "{line} in a {}", family.kind);
                family.samples.push(sample);
            }
        }
        families.check();
        families
    }

    /// The sum of the samples of this name that have these labels.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let samples = self.0.values().flat_map(|family| &family.samples);
        let fitting = samples.filter(|sample| {
            let has = |(label, value): &(&str, &str)| sample.labels.get(*label).is_some_and(|own| own == value);
            sample.name == name && labels.iter().all(has)
        });
        fitting.map(|sample| sample.value).sum()
    }

    /// The names as they are asked for: those of the parts of histograms too.
    pub fn names(&self) -> BTreeSet<String> {
        let samples = self.0.values().flat_map(|family| &family.samples);
        samples.map(|sample| sample.name.clone()).collect()
    }

    /// The names of the labels of a sample.
    pub fn labels(&self, name: &str) -> BTreeSet<String> {
        let samples = self.0.values().flat_map(|family| &family.samples);
        let named = samples.filter(|sample| sample.name == name);
        named.flat_map(|sample| sample.labels.keys().cloned()).collect()
    }

    fn check(&self) {
        let mut seen = BTreeSet::new();
        for (name, family) in &self.0 {
            assert!(
                family.help.ends_with('.'),
                "{name}: the help is no sentence: {}",
                family.help
            );
            assert!(!family.kind.is_empty(), "{name} has no type");
            assert!(!family.samples.is_empty(), "{name} has no sample");
            assert_eq!(
                family.kind == "counter",
                name.ends_with("_total"),
                "{name} is a {}",
                family.kind
            );
            for unit in ["_ms", "_milliseconds", "_micros", "_kb", "_mb", "_percent", "_minutes"] {
                assert!(!name.contains(unit), "{name} is not in a base unit");
            }
            for sample in &family.samples {
                let series = format!("{} {:?}", sample.name, sample.labels);
                assert!(seen.insert(series.clone()), "{series} comes twice");
            }
            if family.kind == "histogram" {
                check_buckets(name, &family.samples);
            }
        }
    }
}

/// Buckets rise, the last one is `+Inf`, and it holds as many as the count says.
fn check_buckets(name: &str, samples: &[Sample]) {
    let mut series: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for bucket in samples.iter().filter(|sample| sample.name.ends_with("_bucket")) {
        let mut labels = bucket.labels.clone();
        let bound = labels.remove("le").expect("a bound");
        series
            .entry(format!("{labels:?}"))
            .or_default()
            .push((number(&bound), bucket.value));
    }
    let counts = samples.iter().filter(|sample| sample.name.ends_with("_count"));
    let counts: BTreeMap<_, _> = counts
        .map(|count| (format!("{:?}", count.labels), count.value))
        .collect();
    assert_eq!(series.len(), counts.len(), "{name}");
    for (labels, buckets) in series {
        let rises = buckets.is_sorted_by(|(bound, count), (next, more)| bound < next && count <= more);
        assert!(rises, "{name} {labels}: {buckets:?}");
        let (bound, count) = buckets.last().expect("a bucket");
        assert!(bound.is_infinite(), "{name} {labels} has no +Inf");
        assert!((count - counts[&labels]).abs() < f64::EPSILON, "{name} {labels}");
    }
}

fn sample(line: &str) -> Sample {
    let (head, value) = line.rsplit_once(' ').expect("a value");
    let (name, labels) = match head.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}').expect("a closing brace")),
        None => (head, ""),
    };
    assert!(is_name(name, true), "{line}");
    Sample {
        name: name.to_owned(),
        labels: read_labels(labels),
        value: number(value),
    }
}

fn read_labels(text: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").expect("a label");
        assert!(is_name(name, false), "{text}");
        let mut value = String::new();
        let mut characters = after.chars();
        loop {
            match characters.next().expect("a closing quote") {
                '"' => break,
                '\\' => value.push(match characters.next() {
                    Some('n') => '\n',
                    Some(escaped @ ('"' | '\\')) => escaped,
                    other => panic!("{other:?} is no escape in {text}"),
                }),
                character => value.push(character),
            }
        }
        assert!(
            labels.insert(name.to_owned(), value).is_none(),
            "{name} twice in {text}"
        );
        rest = characters.as_str();
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    labels
}

fn is_name(name: &str, is_metric: bool) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c == '_';
    name.starts_with(is_letter)
        && (is_metric || !name.starts_with("__"))
        && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

fn number(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        text => text.parse().unwrap_or_else(|_| panic!("{text} is no number")),
    }
}
