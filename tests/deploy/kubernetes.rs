//! The manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use firekeeper::config::{Config, Sources};
use serde::Deserialize;
use serde_json::Value;

use super::support::service::{Service, Settings};
use super::support::wire::Request;
use super::{configured, deployed, ports, read};

fn documents(file: &str) -> Vec<Value> {
    let text = read(&format!("kubernetes/{file}"));
    serde_yaml_ng::Deserializer::from_str(&text)
        .map(|document| Value::deserialize(document).unwrap_or_else(|cause| panic!("{file}: {cause}")))
        .collect()
}

fn document(file: &str) -> Value {
    documents(file).remove(0)
}

fn list<'value>(value: &'value Value, path: &str) -> &'value [Value] {
    value
        .pointer(path)
        .and_then(Value::as_array)
        .unwrap_or_else(|| panic!("no {path}"))
}

fn text<'value>(value: &'value Value, path: &str) -> &'value str {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no {path} in {value}"))
}

/// The configuration of the manifests.
fn config() -> Config {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, text(&document("configmap.yaml"), "/data/config.toml")).unwrap();
    configured(&file)
}

fn pod() -> Value {
    document("statefulset.yaml")
        .pointer("/spec/template/spec")
        .unwrap()
        .clone()
}

fn container_ports() -> BTreeMap<String, u16> {
    let pod = pod();
    list(&pod, "/containers/0/ports")
        .iter()
        .map(|port| {
            let number = port["containerPort"].as_u64().unwrap();
            (text(port, "/name").to_owned(), number.try_into().unwrap())
        })
        .collect()
}

#[test]
fn every_manifest_is_named_by_the_kustomization() {
    let named = read("kubernetes/kustomization.yaml");
    for entry in fs::read_dir(deployed("kubernetes")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            name == "kustomization.yaml" || named.contains(&format!("- {name}\n")),
            "{name}"
        );
        for document in documents(&name) {
            assert!(
                document["kind"].is_string() && document["apiVersion"].is_string(),
                "{name}"
            );
        }
    }
    assert_eq!(
        text(&document("kustomization.yaml"), "/images/0/newTag"),
        env!("CARGO_PKG_VERSION")
    );
}

#[test]
fn ports_are_those_of_the_configuration() {
    let known = container_ports();
    assert_eq!(known.values().copied().collect::<BTreeSet<_>>(), ports(&config()));
    let mut named = Vec::new();
    for service in documents("service.yaml") {
        named.extend(
            list(&service, "/spec/ports")
                .iter()
                .map(|port| text(port, "/targetPort").to_owned()),
        );
        let labels = document("statefulset.yaml")
            .pointer("/spec/template/metadata/labels")
            .cloned();
        assert_eq!(service.pointer("/spec/selector"), labels.as_ref());
    }
    let policy = document("networkpolicy.yaml");
    for rule in list(&policy, "/spec/ingress") {
        named.extend(list(rule, "/ports").iter().map(|port| text(port, "/port").to_owned()));
    }
    let monitored = text(&document("servicemonitor.yaml"), "/spec/endpoints/0/port").to_owned();
    let services = documents("service.yaml");
    assert!(
        list(&services[0], "/spec/ports")
            .iter()
            .any(|port| text(port, "/name") == monitored)
    );
    assert!(named.len() >= 8);
    for name in named {
        assert!(known.contains_key(&name), "{name}");
    }
}

#[test]
fn probes_ask_what_the_service_answers() {
    let pod = pod();
    let service = Service::demo(Settings::demo());
    for (probe, kind) in [("livenessProbe", "liveness"), ("readinessProbe", "readiness")] {
        let probe = pod.pointer(&format!("/containers/0/{probe}")).unwrap();
        let path = text(probe, "/httpGet/path");
        assert!(path.ends_with(kind));
        assert_eq!(service.send(&Request::get(path)).expect("an answer").status, 200);
        let port = container_ports()[text(probe, "/httpGet/port")];
        let config = config();
        let listener = config
            .http
            .listeners
            .iter()
            .find(|listener| listener.listen.port() == port);
        assert!(listener.is_some(), "probes share a port with others");
    }
}

#[test]
fn every_path_of_the_configuration_is_mounted() {
    let pod = pod();
    let config = config();
    let mounts: BTreeMap<_, _> = list(&pod, "/containers/0/volumeMounts")
        .iter()
        .map(|mount| (text(mount, "/mountPath"), text(mount, "/name")))
        .collect();
    let credentials = list(&pod, "/containers/0/env");
    let credentials = credentials
        .iter()
        .find(|variable| variable["name"] == "CREDENTIALS_DIRECTORY")
        .unwrap();
    let image = read("docker/Dockerfile");
    let configuration = image.lines().find(|line| line.starts_with("ENTRYPOINT")).unwrap();
    let configuration = Path::new(configuration.split('"').nth(5).unwrap());
    for path in [
        &*config.server.data_dir,
        config.http.certificate.as_deref().unwrap().parent().unwrap(),
        config.http.key.as_deref().unwrap().parent().unwrap(),
        Path::new(text(credentials, "/value")),
        configuration.parent().unwrap(),
    ] {
        assert!(
            mounts.contains_key(path.to_str().unwrap()),
            "{} is not mounted",
            path.display()
        );
    }
    let statefulset = document("statefulset.yaml");
    let claims = list(&statefulset, "/spec/volumeClaimTemplates")
        .iter()
        .map(|claim| text(claim, "/metadata/name"));
    let volumes: BTreeSet<_> = list(&pod, "/volumes")
        .iter()
        .map(|volume| text(volume, "/name"))
        .chain(claims)
        .collect();
    assert_eq!(mounts.into_values().collect::<BTreeSet<_>>(), volumes);
}

#[test]
fn the_service_has_time_to_stop() {
    let config = config();
    let grace = pod()["terminationGracePeriodSeconds"].as_u64().unwrap();
    let needed = config.http.drain_delay + config.http.limits.drain_timeout;
    assert!(grace > needed.as_secs() + 10, "{grace}");
    let readiness = pod().pointer("/containers/0/readinessProbe").cloned().unwrap();
    let noticed = readiness["periodSeconds"].as_u64().unwrap() * readiness["failureThreshold"].as_u64().unwrap();
    assert!(
        noticed < config.http.drain_delay.as_secs(),
        "listeners close before anybody notices"
    );
}

#[test]
fn the_container_has_no_rights() {
    let pod = pod();
    let container = pod.pointer("/containers/0/securityContext").unwrap();
    assert_eq!(container["readOnlyRootFilesystem"], true);
    assert_eq!(container["allowPrivilegeEscalation"], false);
    assert_eq!(container["capabilities"]["drop"][0], "ALL");
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    let user = format!("USER {0}:{0}\n", pod["securityContext"]["runAsUser"]);
    assert!(read("docker/Dockerfile").contains(&user));
}

/// Command lines of a document that start with this program.
fn commands(document: &str, program: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(deployed("../docs/operators").join(document)).unwrap();
    let start = format!("    $ {program} ");
    text.lines()
        .filter_map(|line| line.strip_prefix(&start))
        .map(|line| line.split(' ').map(str::to_owned).collect())
        .collect()
}

#[test]
fn the_commands_of_the_document_name_what_the_manifests_have() {
    let pod = pod();
    let secrets: Vec<_> = list(&pod, "/volumes")
        .iter()
        .filter_map(|volume| volume.pointer("/secret/secretName")?.as_str())
        .collect();
    let commands = commands("kubernetes.md", "kubectl");
    for command in &commands {
        let words: Vec<_> = command.iter().map(String::as_str).collect();
        match words[..] {
            ["create", "secret", "generic", name, ref files @ ..] => {
                assert!(secrets.contains(&name), "{name}");
                let credentials = tempfile::tempdir().unwrap();
                for file in files {
                    let key = file.strip_prefix("--from-file=").unwrap().split('=').next().unwrap();
                    fs::write(credentials.path().join(key), "a secret").unwrap();
                }
                let sources = Sources {
                    environment: vec![("CREDENTIALS_DIRECTORY".into(), credentials.path().into())],
                    file: Some(deployed("docker/config.toml")),
                    ..Sources::default()
                };
                assert_eq!(Config::load(&sources).unwrap().openfire.secret.expose(), "a secret");
            }
            ["create", "secret", "tls", name, ..] => assert!(secrets.contains(&name), "{name}"),
            ["apply", "-k", folder] => assert!(deployed("..").join(folder).join("kustomization.yaml").exists()),
            ["rollout", "status", name] => {
                let set = document("statefulset.yaml");
                assert_eq!(name, format!("statefulset/{}", text(&set, "/metadata/name")));
            }
            ["exec", "firekeeper-0", "--", program, ref arguments @ ..] => {
                assert!(read("docker/Dockerfile").contains(&format!("ENTRYPOINT [\"{program}\"")));
                let mut help = Command::new(env!("CARGO_BIN_EXE_firekeeper"));
                assert!(help.args(arguments).arg("--help").output().unwrap().status.success());
            }
            _ => panic!("the document has a command that this test does not know: {words:?}"),
        }
    }
    assert!(commands.len() >= 5);
}

#[test]
fn kubectl_reads_the_manifests() {
    let Ok(output) = Command::new("kubectl")
        .arg("kustomize")
        .arg(deployed("kubernetes"))
        .output()
    else {
        eprintln!("kubectl is not installed: the manifests are read by the tests alone");
        return;
    };
    let made = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(made.matches("\nkind: ").count(), 5, "{made}");
    assert!(made.contains(&format!("image: firekeeper:{}", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn the_commands_for_docker_name_what_the_image_has() {
    let config = configured(&deployed("docker/config.toml"));
    let commands = commands("install.md", "docker");
    assert_eq!(commands.len(), 2);
    assert!(deployed("..").join(&commands[0][2]).exists());
    for (option, value) in commands[1].iter().zip(&commands[1][1..]) {
        let inside = value.split(':').nth(1).unwrap_or_default();
        match option.as_str() {
            "-v" => assert_eq!(Path::new(inside), config.server.data_dir),
            "-p" => assert!(ports(&config).contains(&inside.parse().unwrap()), "{inside}"),
            _ => {}
        }
    }
}
