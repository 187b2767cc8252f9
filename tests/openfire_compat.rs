//! The tables of `plugins-compat` against the running service: what they promise is served, and nothing else is.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use firekeeper::api::openfire;
use firekeeper::api::target::{self, Place, Target};
use support::compat::{Alias, Compat, Decision, Route};
use support::measured::Measured;
use support::service::{Service, Settings};
use support::wire::{self, Answer, Request};

#[test]
fn every_route_of_the_tables_is_served() {
    let service = Service::demo(Settings::demo());
    let mut wrong = Vec::new();
    for (base, route) in all_routes(&Compat::read()) {
        let path = format!("{base}{}", with_values(&route.path));
        let offered = send(&service, "OPTIONS", &path).header("allow").unwrap_or_default();
        let is_offered = offered.split(',').any(|method| method.trim() == route.method);
        let answer = send(&service, &route.method, &path);
        if !is_offered || is_missing(&answer) {
            wrong.push(format!("{} {path}: {}, Allow: {offered}", route.method, answer.status));
        }
    }
    assert!(wrong.is_empty(), "listed but not served:\n{}", wrong.join("\n"));
}

#[test]
fn every_served_route_is_in_a_table() {
    let compat = Compat::read();
    let tables = [&compat.rest, &compat.userservice];
    let listed: BTreeSet<Route> = tables.iter().flat_map(|table| table.routes.clone()).collect();
    let served: BTreeSet<Route> = openfire::operations()
        .map(|operation| Route {
            method: operation.method.to_string(),
            path: operation.path.to_owned(),
            operation: operation.id.to_owned(),
        })
        .collect();
    let missing: Vec<_> = served.difference(&listed).collect();
    assert!(missing.is_empty(), "served but not listed: {missing:#?}");
    let surplus: Vec<_> = listed
        .difference(&served)
        .filter(|route| route.path != "/userservice")
        .collect();
    assert!(surplus.is_empty(), "listed but not served: {surplus:#?}");
}

/// An alias or a tree that only the code knows, or only a table, would be found.
#[test]
fn every_way_into_the_code_is_in_a_table_and_leads_where_it_says() {
    let compat = Compat::read();
    let mut ways = BTreeSet::new();
    for place in Place::ALL {
        for way in ways_to(place) {
            let below = if way.ends_with('/') { "anything" } else { "" };
            let target = Target::parse(&format!("{way}{below}")).expect("a sound path");
            assert_eq!(target.place(), place, "{way}");
            ways.insert(way.to_owned());
        }
    }
    let trees = compat.rest.aliases.iter().map(|alias| &alias.at);
    let trees = trees.chain([&compat.rest.imitates.base]).map(|tree| format!("{tree}/"));
    let userservice = &compat.userservice;
    let addresses = userservice
        .routes
        .iter()
        .map(|route| format!("{}{}", userservice.imitates.base, route.path));
    let addresses = addresses.chain(userservice.aliases.iter().map(|alias| alias.at.clone()));
    let beside = compat.rest.beside.iter().map(|beside| beside.path.clone());
    let listed: BTreeSet<String> = trees.chain(addresses).chain(beside).collect();
    assert_eq!(ways, listed);
}

#[test]
fn what_is_beside_the_api_is_served_for_a_reason() {
    let measured = Measured::start(Settings::demo());
    for beside in Compat::read().rest.beside {
        let (port, page) = match beside.path.as_str() {
            target::METRICS => (measured.port, ""),
            _ => (measured.service.http_port, "index.html"),
        };
        let answer = wire::exchange(port, &Request::get(&format!("{}{page}", beside.path)));
        assert_eq!(answer.expect("an answer").status, 200, "{}", beside.path);
        assert!(!beside.reason.is_empty(), "{}", beside.path);
    }
}

/// Trees, which end in a slash, and single paths.
fn ways_to(place: Place) -> Vec<&'static str> {
    match place {
        Place::Api => vec![target::API, target::OLDER_TREE],
        Place::Userservice => target::USERSERVICE.to_vec(),
        Place::Documentation => vec![target::DOCUMENTATION],
        Place::Metrics => vec![target::METRICS],
        // Nothing is served there: the first is 404 behind the credentials, the second no path, the third all others.
        Place::ApiInOtherCase | Place::Server | Place::Outside => Vec::new(),
    }
}

#[test]
fn a_path_offers_the_methods_of_the_tables_and_no_others() {
    let service = Service::demo(Settings::demo());
    let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (base, route) in all_routes(&Compat::read()) {
        let methods = listed.entry(format!("{base}{}", with_values(&route.path))).or_default();
        methods.insert("OPTIONS".to_owned());
        if route.method == "GET" {
            methods.insert("HEAD".to_owned());
        }
        methods.insert(route.method);
    }
    for (path, methods) in listed {
        let offered = send(&service, "OPTIONS", &path).header("allow").unwrap_or_default();
        let offered: BTreeSet<String> = offered.split(',').map(|method| method.trim().to_owned()).collect();
        assert_eq!(offered, methods, "{path}");
    }
}

#[test]
fn every_operation_has_the_message_of_the_table() {
    let compat = Compat::read();
    let mut wrong = Vec::new();
    for operation in openfire::operations() {
        let Some(promised) = compat.rest.messages.get(operation.id) else {
            continue;
        };
        if promised.message != operation.message {
            wrong.push(format!(
                "{}: {:?}, promised {:?}",
                operation.id, operation.message, promised.message
            ));
        }
    }
    assert!(wrong.is_empty(), "messages:\n{}", wrong.join("\n"));
    let known: BTreeSet<_> = compat
        .rest
        .routes
        .iter()
        .map(|route| route.operation.as_str())
        .collect();
    for operation in compat.rest.messages.keys() {
        assert!(
            known.contains(operation.as_str()),
            "a message for {operation}, which is no operation"
        );
    }
}

#[test]
fn every_quirk_stands_once_with_its_decision() {
    let compat = Compat::read();
    let quirks = compat.rest.quirks.iter().chain(&compat.userservice.quirks);
    let mut rows: Vec<u16> = quirks.clone().map(|quirk| quirk.row).collect();
    rows.sort_unstable();
    let expected: Vec<u16> = (1..=73).chain(80..=99).collect();
    assert_eq!(rows, expected);
    for quirk in quirks {
        assert!(!quirk.reason.is_empty(), "row {} has no reason", quirk.row);
        let mut steps = compat
            .deviations()
            .filter(|(_, _, deviation)| deviation.row == Some(quirk.row));
        // Of what is kept, only the text of a body may be our own.
        let only_texts = steps.all(|(_, _, deviation)| deviation.any_body && deviation.status.is_none());
        assert!(
            quirk.decision != Decision::Keep || only_texts,
            "row {} is kept, but recorded steps are listed under it",
            quirk.row
        );
    }
}

/// Every route below its base, and once more below each alias of it.
fn all_routes(compat: &Compat) -> Vec<(String, Route)> {
    let mut all = Vec::new();
    for table in [&compat.rest, &compat.userservice] {
        for route in &table.routes {
            let base = &table.imitates.base;
            all.push((base.clone(), route.clone()));
            let aliases = table.aliases.iter().filter_map(|alias| aliased(alias, base, route));
            all.extend(aliases.map(|path| {
                (
                    path,
                    Route {
                        path: String::new(),
                        ..route.clone()
                    },
                )
            }));
        }
    }
    assert!(all.len() > 71, "the tables hold {} routes", all.len());
    all
}

/// The whole path of a route below an alias, its parameters filled in.
fn aliased(alias: &Alias, base: &str, route: &Route) -> Option<String> {
    let path = format!("{base}{}", with_values(&route.path));
    Some(format!("{}{}", alias.at, path.strip_prefix(&alias.of)?))
}

/// Values that belong to nothing, so that no request has an effect.
fn with_values(path: &str) -> String {
    path.split('/')
        .map(|segment| match segment {
            "{affiliation}" => "members",
            "{jid}" | "{rosterJid}" => "nobody@example.net",
            name if name.starts_with('{') => "nothing",
            literal => literal,
        })
        .collect::<Vec<_>>()
        .join("/")
}

fn send(service: &Service, method: &str, path: &str) -> Answer {
    let mut request = Request::new(method, path)
        .header("Authorization", "potato")
        .header("Accept", "*/*");
    if matches!(method, "POST" | "PUT") {
        request = request.body("application/json", "null");
    }
    service
        .send(&request)
        .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
}

/// No such path or method here; an error with an entity comes from the operation itself.
fn is_missing(answer: &Answer) -> bool {
    let is_entity = answer.text().contains("<exception>") || answer.text().contains("\"exception\"");
    matches!(answer.status, 405 | 501) || (answer.status == 404 && !is_entity)
}
