//! The XMPP clients of one recording, and their steps.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use firekeeper::engine::xml::Element;
use serde::Deserialize;

use super::recording::Captured;
use super::service::Service;
use super::xmpp::{Client, Closed, flattened};

const DOMAIN: &str = "example.org";

#[derive(Clone, Debug, Deserialize)]
pub struct ClientStep {
    pub id: String,
    pub client: String,
    #[serde(flatten)]
    pub action: Action,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind")]
pub enum Action {
    /// Logs in, binds a resource, and sends that presence.
    #[serde(rename = "xmpp-connect")]
    Connect {
        user: String,
        password: String,
        resource: Option<String>,
        presence: Option<String>,
        #[serde(default)]
        refused: bool,
    },
    #[serde(rename = "xmpp-send")]
    Send { xml: String },
    /// A stanza whose flattened form holds all these texts comes within so many seconds; those before it are passed over.
    #[serde(rename = "xmpp-expect")]
    Expect {
        contains: Vec<String>,
        /// No such stanza comes before nothing has come for that time.
        #[serde(default)]
        none: bool,
        wait: u64,
    },
    #[serde(rename = "xmpp-expect-closed")]
    ExpectClosed { wait: u64 },
    #[serde(rename = "xmpp-close")]
    Close,
}

impl ClientStep {
    /// Whether it says what has to happen.
    pub fn is_expectation(&self) -> bool {
        !matches!(self.action, Action::Send { .. } | Action::Close)
    }
}

pub struct Clients {
    port: u16,
    certificate: PathBuf,
    connected: BTreeMap<String, Client>,
}

impl Clients {
    pub fn of(service: &Service) -> Self {
        Self {
            port: service.xmpp_port,
            certificate: service.data_directory().join("certificate.pem"),
            connected: BTreeMap::new(),
        }
    }

    /// Forgets them all, as when the service was stopped.
    pub fn clear(&mut self) {
        self.connected.clear();
    }

    /// Runs a step, waiting for no more than `most`. An error tells what happened instead.
    pub fn run(&mut self, step: &ClientStep, captured: &Captured, most: Duration) -> Result<(), String> {
        let limit = |seconds: u64| Duration::from_secs(seconds).min(most);
        if let Action::Connect { refused, .. } = step.action {
            return match (self.connect(step), refused) {
                (Ok(()), true) => Err("the login succeeds".to_owned()),
                (Err(error), false) => Err(format!("the login fails: {error}")),
                _ => Ok(()),
            };
        }
        if matches!(step.action, Action::Close) {
            if let Some(client) = self.connected.remove(&step.client) {
                client.close();
            }
            return Ok(());
        }
        let Some(client) = self.connected.get_mut(&step.client) else {
            return Err(format!("{} is not connected", step.client));
        };
        match &step.action {
            Action::Connect { .. } | Action::Close => Ok(()),
            Action::Send { xml } => {
                client.send(&captured.fill_in(xml));
                client.settle();
                Ok(())
            }
            Action::Expect { contains, none, wait } => {
                let texts: Vec<_> = contains.iter().map(|text| captured.fill_in(text)).collect();
                if *none {
                    expect_none(client, &texts, limit(*wait))
                } else {
                    expect(client, &texts, limit(*wait))
                }
            }
            Action::ExpectClosed { wait } => expect_closed(client, limit(*wait)),
        }
    }

    fn connect(&mut self, step: &ClientStep) -> Result<(), String> {
        let Action::Connect {
            user,
            password,
            resource,
            presence,
            ..
        } = &step.action
        else {
            return Ok(());
        };
        let mut client = Client::dial(self.port, DOMAIN).map_err(|error| error.to_string())?;
        client.start_tls(&self.certificate)?;
        client.log_in(user, password)?;
        client.bind(resource.as_deref().unwrap_or("lab"))?;
        if let Some(presence) = presence.as_deref().filter(|presence| !presence.is_empty()) {
            client.send(presence);
            client.settle();
        }
        self.connected.insert(step.client.clone(), client);
        Ok(())
    }
}

fn expect(client: &mut Client, texts: &[String], limit: Duration) -> Result<(), String> {
    let until = Instant::now() + limit;
    let mut seen = Vec::new();
    loop {
        match client.next(until.saturating_duration_since(Instant::now())) {
            Ok(Some(element)) if holds(&element, texts) => return Ok(()),
            Ok(Some(element)) => seen.push(flattened(&element)),
            Ok(None) => return Err(format!("nothing like {texts:?} comes, but {seen:?}")),
            Err(Closed) => return Err(format!("the stream ends before {texts:?}, after {seen:?}")),
        }
    }
}

fn expect_none(client: &mut Client, texts: &[String], quiet: Duration) -> Result<(), String> {
    client.settle();
    match client.drain(quiet).iter().find(|element| holds(element, texts)) {
        Some(element) => Err(format!("there comes {}", flattened(element))),
        None => Ok(()),
    }
}

fn expect_closed(client: &mut Client, limit: Duration) -> Result<(), String> {
    let until = Instant::now() + limit;
    loop {
        match client.next(until.saturating_duration_since(Instant::now())) {
            Err(Closed) => return Ok(()),
            Ok(None) => return Err("the stream stays open".to_owned()),
            Ok(Some(_)) => {}
        }
    }
}

fn holds(element: &Element, texts: &[String]) -> bool {
    let flattened = flattened(element);
    texts.iter().all(|text| flattened.contains(text))
}
