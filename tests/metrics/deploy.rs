//! The dashboard and the alert rules of `deploy/` ask for metrics and labels that the service has.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;
use serde_json::Value;

use super::support::exposition::{Exposition, Family};
use super::support::measured::Measured;
use super::support::service::Settings;

/// Labels that Prometheus adds, and the metric that it makes itself.
const OF_PROMETHEUS: [&str; 2] = ["instance", "job"];
const UP: &str = "up";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(path)).expect("a file of deploy/")
}

/// What is shown once a bit of everything has happened.
fn scrape() -> Exposition {
    let measured = Measured::start(Settings::demo());
    assert_eq!(measured.get("/users/jane"), 200);
    measured.scrape()
}

fn expressions_of_the_dashboard(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    targets
        .map(|target| target["expr"].as_str().expect("an expression").to_owned())
        .collect()
}

fn rules() -> Vec<Value> {
    let rules: Value = serde_yaml_ng::from_str(&read("prometheus/firekeeper.rules.yaml")).expect("YAML");
    let groups = rules["groups"].as_array().expect("groups");
    groups
        .iter()
        .flat_map(|group| group["rules"].as_array().expect("rules").clone())
        .collect()
}

/// What an expression asks for that is not shown.
fn faults(expression: &str, scrape: &Exposition) -> Vec<String> {
    let metric = Regex::new(r"\b((?:firekeeper|process)_[a-z0-9_]+|up)\b(?:\{([^}]*)\})?").expect("an expression");
    let matcher = Regex::new(r"([a-z_]+)\s*(?:=~|!~|!=|=)\s*").expect("an expression");
    let grouping = Regex::new(r"\bby\s*\(([^)]*)\)").expect("an expression");
    let names = scrape.names();
    let mut faults = Vec::new();
    let mut known: BTreeSet<String> = OF_PROMETHEUS.map(str::to_owned).into();
    let mut asked = BTreeSet::new();
    for found in metric.captures_iter(expression) {
        let name = &found[1];
        if name != UP && !names.contains(name) {
            faults.push(format!("{name} is not shown"));
        }
        known.extend(scrape.labels(name));
        let matched = found.get(2).map_or("", |labels| labels.as_str());
        for label in matcher.captures_iter(matched) {
            let label = &label[1];
            if !OF_PROMETHEUS.contains(&label) && !scrape.labels(name).contains(label) {
                faults.push(format!("{name} has no label {label}"));
            }
        }
        asked.insert(name.to_owned());
    }
    for labels in grouping.captures_iter(expression) {
        for label in labels[1]
            .split(',')
            .map(str::trim)
            .filter(|label| !known.contains(*label))
        {
            faults.push(format!("nothing has a label {label}"));
        }
    }
    if asked.is_empty() {
        faults.push("asks for nothing".to_owned());
    }
    faults
        .into_iter()
        .map(|fault| format!("{fault}: {expression}"))
        .collect()
}

#[test]
fn the_dashboard_shows_what_there_is() {
    let dashboard: Value = serde_json::from_str(&read("grafana/firekeeper.json")).expect("JSON");
    let scrape = scrape();
    let expressions = expressions_of_the_dashboard(&dashboard);
    let faults: Vec<_> = expressions
        .iter()
        .flat_map(|expression| faults(expression, &scrape))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let all = expressions.join("\n");
    let own = scrape
        .0
        .keys()
        .filter(|name| name.starts_with("firekeeper_") && !all.contains(name.as_str()));
    let forgotten: Vec<_> = own.collect();
    assert_eq!(forgotten, ["firekeeper_http_connections_accepted_total"]);
}

#[test]
fn the_documentation_lists_what_there_is() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operators/monitoring.md")).expect("a file");
    let listed: BTreeSet<_> = text
        .lines()
        .filter(|line| line.starts_with("| `firekeeper_"))
        .map(str::to_owned)
        .collect();
    let scrape = scrape();
    let own = scrape.0.iter().filter(|(name, _)| name.starts_with("firekeeper_"));
    let shown: BTreeSet<_> = own.map(|(name, family)| row(name, family)).collect();
    assert_eq!(listed, shown);
}

/// A line of the table.
fn row(name: &str, family: &Family) -> String {
    let order = [
        "api",
        "route",
        "method",
        "status",
        "listener",
        "cache",
        "result",
        "direction",
        "kind",
        "transport",
        "host",
        "version",
    ];
    let has = |label: &str| family.samples.iter().any(|sample| sample.labels.contains_key(label));
    let labels: Vec<_> = order
        .iter()
        .filter(|label| has(label))
        .map(|label| format!("`{label}`"))
        .collect();
    let labels = if labels.is_empty() {
        "–".to_owned()
    } else {
        labels.join(", ")
    };
    format!("| `{name}` | {} | {labels} | {} |", family.kind, family.help)
}

#[test]
fn every_panel_has_a_place_and_a_number_of_its_own() {
    let dashboard: Value = serde_json::from_str(&read("grafana/firekeeper.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let numbers: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(numbers.len(), panels.len());
    let mut taken = BTreeSet::new();
    for panel in panels {
        let place = |key: &str| panel["gridPos"][key].as_u64().expect("a place");
        for column in place("x")..place("x") + place("w") {
            assert!(column < 24, "{}", panel["title"]);
            for line in place("y")..place("y") + place("h") {
                assert!(taken.insert((column, line)), "{} lies on another", panel["title"]);
            }
        }
    }
}

#[test]
fn the_alerts_ask_for_what_there_is() {
    let scrape = scrape();
    let rules = rules();
    let mut names = BTreeSet::new();
    for rule in &rules {
        let name = rule["alert"].as_str().expect("a name");
        assert!(names.insert(name), "{name} twice");
        assert!(
            ["page", "ticket"]
                .iter()
                .any(|severity| rule["labels"]["severity"] == *severity),
            "{name}"
        );
        for text in ["summary", "description"] {
            assert!(rule["annotations"][text].is_string(), "{name} has no {text}");
        }
        let faults = faults(rule["expr"].as_str().expect("an expression"), &scrape);
        assert!(faults.is_empty(), "{name}: {faults:?}");
    }
    assert!(rules.len() > 10);
}

#[test]
fn an_expression_that_asks_for_what_is_not_there_would_be_found() {
    let scrape = scrape();
    for wrong in [
        "firekeeper_nothing_total",
        "rate(firekeeper_http_requests_total{path=\"/\"}[5m])",
        "sum by (user) (firekeeper_logins_total)",
        "1 + 1",
    ] {
        assert_eq!(faults(wrong, &scrape).len(), 1, "{wrong}");
    }
}
