//! Runs a chat against a service of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use firekeeper::engine::xml::{Element, ns};

use super::pattern::{Names, fill_in, matches};
use super::script::{Act, Chat, Party, Step};
use crate::support::service::{Service, Settings};
use crate::support::xmpp::{Client, Closed, PATIENCE};

/// For what nobody should send although everything that causes it has been served.
const MOMENT: Duration = Duration::from_millis(150);

/// An error tells the line, and what happened instead.
pub fn run(chat: &Chat) -> Result<(), String> {
    let settings = chat
        .settings
        .iter()
        .fold(Settings::demo(), |settings, (name, value)| settings.with(name, value));
    let service = Service::start_with(settings, &["serve", "--demo"])?;
    let mut conversation = Conversation {
        chat,
        service: &service,
        clients: BTreeMap::new(),
        names: Names::new(),
    };
    for step in &chat.steps {
        conversation
            .run(step)
            .map_err(|error| format!("line {}: {} {error}", step.line, step.party))?;
    }
    conversation.finish()
}

struct Conversation<'a> {
    chat: &'a Chat,
    service: &'a Service,
    clients: BTreeMap<&'a str, Client>,
    names: Names,
}

impl<'a> Conversation<'a> {
    fn run(&mut self, step: &'a Step) -> Result<(), String> {
        match &step.act {
            Act::Dials | Act::DialsOverTls | Act::LogsIn | Act::Connects => self.begin(step),
            Act::Sends(xml) => {
                let xml = fill_in(xml, &self.names);
                let client = self.client(step)?;
                client.send(&xml);
                // What it asks of stream management is answered by itself.
                if !xml.starts_with("<enable") {
                    client.settle();
                }
                Ok(())
            }
            Act::Receives { stanzas, in_order } => self.receive(step, stanzas, *in_order),
            Act::ReceivesNothing => self.receive_nothing(&step.party),
            Act::Counts(count) => match self.client(step)?.count() {
                Some(counted) if counted == *count => Ok(()),
                counted => Err(format!("has {counted:?} stanzas counted, want {count}")),
            },
            Act::Vanishes => {
                let client = self.clients.remove(step.party.as_str());
                client.ok_or("is not connected")?.vanish();
                Ok(())
            }
            Act::Disconnects => {
                self.receive_nothing(&step.party)?;
                let client = self.clients.remove(step.party.as_str());
                client.ok_or("is not connected")?.close();
                Ok(())
            }
            Act::Ends(condition) => self.end(step, condition.as_deref()),
        }
    }

    /// Nobody has been sent anything that the chat does not tell.
    fn finish(mut self) -> Result<(), String> {
        let names: Vec<_> = self.clients.keys().copied().collect();
        for name in names {
            self.receive_nothing(name)
                .map_err(|error| format!("at the end: {name} {error}"))?;
        }
        Ok(())
    }

    fn begin(&mut self, step: &'a Step) -> Result<(), String> {
        let party = self.party(&step.party)?;
        let mut client = Client::dial(self.service.xmpp_port, &party.domain).map_err(|error| error.to_string())?;
        if matches!(step.act, Act::DialsOverTls) {
            client.start_tls(&self.service.data_directory().join("certificate.pem"))?;
        }
        if matches!(step.act, Act::LogsIn | Act::Connects) {
            client.log_in(&party.user, &party.password)?;
        }
        if matches!(step.act, Act::Connects) {
            client.bind(&party.resource)?;
        }
        if let Some(address) = &client.address {
            self.names.insert(party.name.clone(), address.clone());
        }
        self.clients.insert(&step.party, client);
        Ok(())
    }

    fn receive(&mut self, step: &Step, wanted: &[Element], in_order: bool) -> Result<(), String> {
        let mut left: Vec<_> = wanted.iter().collect();
        while !left.is_empty() {
            let got = self
                .next(&step.party, PATIENCE)?
                .ok_or_else(|| format!("receives nothing, want {}", left[0]))?;
            let candidates = if in_order { 1 } else { left.len() };
            let found = left[..candidates]
                .iter()
                .position(|wanted| matches(wanted, &got, &mut self.names));
            match found {
                Some(at) => left.remove(at),
                None => return Err(format!("receives {got}\nwant {}", left[0])),
            };
        }
        Ok(())
    }

    fn receive_nothing(&mut self, name: &str) -> Result<(), String> {
        let client = self.clients.get_mut(name).ok_or("is not connected")?;
        if client.address.is_none() && !client.managed {
            return Ok(());
        }
        client.settle();
        match self.next(name, MOMENT)? {
            Some(got) => Err(format!("receives {got}")),
            None => Ok(()),
        }
    }

    fn end(&mut self, step: &Step, condition: Option<&str>) -> Result<(), String> {
        if let Some(condition) = condition {
            let got = self.next(&step.party, PATIENCE)?.ok_or("keeps its stream")?;
            if !got.is("error", ns::STREAM) || !got.has_child(condition, ns::STREAM_ERRORS) {
                return Err(format!("receives {got}, want the stream error {condition}"));
            }
        }
        match self.client(step)?.next(PATIENCE) {
            Err(Closed) => {}
            Ok(Some(got)) => return Err(format!("receives {got}, want the end")),
            Ok(None) => return Err("keeps its stream".to_owned()),
        }
        self.clients.remove(step.party.as_str());
        Ok(())
    }

    fn next(&mut self, name: &str, limit: Duration) -> Result<Option<Element>, String> {
        let client = self.clients.get_mut(name).ok_or("is not connected")?;
        loop {
            match client.next(limit) {
                Ok(Some(got)) if self.chat.ignores_presence && is_availability(&got) => {}
                Ok(got) => return Ok(got),
                Err(Closed) => return Err("loses its stream".to_owned()),
            }
        }
    }

    fn client(&mut self, step: &Step) -> Result<&mut Client, String> {
        let found = self.clients.get_mut(step.party.as_str());
        found.ok_or_else(|| "is not connected".to_owned())
    }

    fn party(&self, name: &str) -> Result<&'a Party, String> {
        let found = self.chat.parties.iter().find(|party| party.name == name);
        found.ok_or_else(|| "is nobody".to_owned())
    }
}

fn is_availability(element: &Element) -> bool {
    element.is("presence", ns::JABBER_CLIENT) && matches!(element.attr("type"), None | Some("unavailable"))
}
