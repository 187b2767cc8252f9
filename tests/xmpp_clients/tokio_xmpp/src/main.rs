//! tokio-xmpp in what people do with a client. Arguments: port, port with direct TLS, file with the certificate.

use std::collections::BTreeSet;
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use sasl::common::{ChannelBinding, Credentials};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_xmpp::connect::{DirectTlsServerConnector, DnsConfig, ServerConnector, StartTlsServerConnector};
use tokio_xmpp::jid::Jid;
use tokio_xmpp::minidom::Element;
use tokio_xmpp::parsers::stanza::Stanza;
use tokio_xmpp::xmlstream::Timeouts;
use tokio_xmpp::{Client, Event, IqRequest, IqResponse, client_login};

const PATIENCE: Duration = Duration::from_secs(20);

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

struct Service {
    port: String,
    tls_port: String,
}

/// A client that has logged in, and what has arrived for it.
struct Online {
    client: Client,
    arrived: Vec<Element>,
}

impl Service {
    async fn log_in(&self, address: &str) -> Outcome<Online> {
        Online::wait(starttls(address, &self.port)).await
    }

    async fn appear(&self, address: &str) -> Outcome<Online> {
        let mut online = self.log_in(address).await?;
        online.send("<presence xmlns='jabber:client'/>").await?;
        online.settle().await?;
        Ok(online)
    }
}

fn password(address: &str) -> &'static str {
    if address.starts_with("admin@") { "admin" } else { "secret" }
}

fn at(port: &str) -> DnsConfig {
    DnsConfig::addr(&format!("127.0.0.1:{port}"))
}

fn starttls(address: &str, port: &str) -> Client {
    let jid: Jid = address.parse().expect("an address");
    Client::new_starttls(jid, password(address), at(port), Timeouts::default())
}

impl Online {
    async fn wait(client: Client) -> Outcome<Self> {
        let mut online = Self { client, arrived: Vec::new() };
        online.await_online().await?;
        Ok(online)
    }

    /// Waits until the stream stands, for the first time or once more.
    async fn await_online(&mut self) -> Outcome {
        loop {
            match timeout(PATIENCE, self.client.next()).await? {
                Some(Event::Online { .. }) => return Ok(()),
                Some(Event::Disconnected(error)) => return Err(error.into()),
                Some(Event::Stanza(stanza)) => self.arrived.push(element(stanza)),
                None => return Err("the client has given up".into()),
            }
        }
    }

    async fn send(&mut self, text: &str) -> Outcome {
        let element: Element = text.parse()?;
        let stanza = match element.name() {
            "message" => Stanza::Message(element.try_into()?),
            _ => Stanza::Presence(element.try_into()?),
        };
        self.client.send_stanza(stanza).await?;
        Ok(())
    }

    async fn say(&mut self, to: &str, body: &str) -> Outcome {
        self.send(&format!("<message xmlns='jabber:client' to='{to}' type='chat'><body>{body}</body></message>"))
            .await
    }

    /// The payload of the answer; `None` for an empty result.
    async fn ask(&mut self, to: Option<&str>, request: IqRequest) -> Outcome<Option<Element>> {
        let to = to.map(str::parse).transpose()?;
        let answer = self.client.send_iq(to, request).await;
        tokio::pin!(answer);
        loop {
            tokio::select! {
                answer = &mut answer => return match answer? {
                    IqResponse::Result(payload) => Ok(payload),
                    IqResponse::Error(error) => Err(format!("{:?}", error.defined_condition).into()),
                },
                event = self.client.next() => match event {
                    Some(Event::Stanza(stanza)) => self.arrived.push(element(stanza)),
                    Some(_) => {}
                    None => return Err("the client has given up".into()),
                },
                () = tokio::time::sleep(PATIENCE) => return Err("no answer came".into()),
            }
        }
    }

    async fn get(&mut self, to: Option<&str>, payload: &str) -> Outcome<Option<Element>> {
        self.ask(to, IqRequest::Get(payload.parse()?)).await
    }

    async fn set(&mut self, payload: &str) -> Outcome<Option<Element>> {
        self.ask(None, IqRequest::Set(payload.parse()?)).await
    }

    /// Waits until all that was sent took effect.
    async fn settle(&mut self) -> Outcome {
        self.get(Some("example.org"), "<ping xmlns='urn:xmpp:ping'/>").await.map(drop)
    }

    /// The next stanza of this name in which the text stands.
    async fn next(&mut self, name: &str, text: &str) -> Outcome<String> {
        loop {
            let written = |element: &Element| String::from(element);
            let is_it = |element: &Element| element.name() == name && written(element).contains(text);
            if let Some(at) = self.arrived.iter().position(is_it) {
                return Ok(written(&self.arrived.remove(at)));
            }
            match timeout(PATIENCE, self.client.next()).await {
                Ok(Some(Event::Stanza(stanza))) => self.arrived.push(element(stanza)),
                Ok(Some(_)) => {}
                Ok(None) => return Err("the client has given up".into()),
                Err(_) => return Err(format!("no <{name}/> with {text:?} came, but {:?}", self.arrived).into()),
            }
        }
    }

    async fn leave(self) -> Outcome {
        Ok(self.client.send_end().await?)
    }
}

fn element(stanza: Stanza) -> Element {
    match stanza {
        Stanza::Iq(iq) => iq.into(),
        Stanza::Message(message) => message.into(),
        Stanza::Presence(presence) => presence.into(),
    }
}

fn check(holds: bool, what: impl std::fmt::Display) -> Outcome {
    if holds { Ok(()) } else { Err(what.to_string().into()) }
}

/// Logs in with one mechanism alone; false: it was refused.
async fn logs_in(connector: impl ServerConnector, mechanism: &str, password: &str) -> Outcome<bool> {
    let jid: Jid = "jane@example.org".parse()?;
    let (stream, binding) = connector.connect(&jid, "jabber:client", Timeouts::default()).await?;
    let (features, stream) = stream.recv_features().await?;
    check(features.sasl_mechanisms.contains(mechanism), format!("{mechanism} is not offered"))?;
    // A client that says it could bind, and was not offered to although it was, is refused (RFC 5802 §6).
    let binding = if mechanism.ends_with("-PLUS") { binding } else { ChannelBinding::None };
    let credentials = Credentials::default()
        .with_username("jane")
        .with_password(password)
        .with_channel_binding(binding);
    let chosen = BTreeSet::from([mechanism.to_owned()]);
    match client_login(stream, chosen, credentials).await {
        Ok(_) => Ok(true),
        Err(tokio_xmpp::Error::Auth(_)) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

async fn mechanisms(service: &Service) -> Outcome {
    for mechanism in ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"] {
        let starttls = || StartTlsServerConnector::from(at(&service.port));
        let direct = || DirectTlsServerConnector::from(at(&service.tls_port));
        check(logs_in(starttls(), mechanism, "secret").await?, format!("{mechanism}, STARTTLS"))?;
        check(logs_in(direct(), mechanism, "secret").await?, format!("{mechanism}, direct TLS"))?;
        check(!logs_in(direct(), mechanism, "wrong").await?, format!("{mechanism}, wrong password"))?;
    }
    let direct_on_the_port_of_starttls = DirectTlsServerConnector::from(at(&service.port));
    check(logs_in(direct_on_the_port_of_starttls, "PLAIN", "secret").await?, "TLS without STARTTLS")
}

async fn roster(service: &Service) -> Outcome {
    let mut desk = service.appear("admin@example.org/desk").await?;
    let mut garden = service.log_in("admin@example.org/garden").await?;
    garden.get(None, "<query xmlns='jabber:iq:roster'/>").await?;
    let item = |content: &str| format!("<query xmlns='jabber:iq:roster'><item jid='friend@example.org' {content}</query>");
    desk.set(&item("name='A friend'><group>Friends</group></item>")).await?;
    garden.next("iq", "A friend").await?;
    desk.set(&item("subscription='remove'/>")).await?;
    garden.next("iq", "remove").await?;
    desk.leave().await?;
    garden.leave().await
}

async fn subscription(service: &Service) -> Outcome {
    let mut admin = service.appear("admin@example.org/desk").await?;
    let mut jane = service.appear("jane@example.org/desk").await?;
    let presence = |to: &str, kind: &str| format!("<presence xmlns='jabber:client' to='{to}' type='{kind}'/>");
    admin.send(&presence("jane@example.org", "subscribe")).await?;
    jane.next("presence", "subscribe").await?;
    jane.send(&presence("admin@example.org", "subscribed")).await?;
    admin.next("presence", "subscribed").await?;
    admin.next("presence", "jane@example.org/desk").await?;
    jane.send(&presence("admin@example.org", "unsubscribed")).await?;
    admin.next("presence", "unsubscribed").await?;
    admin
        .set("<query xmlns='jabber:iq:roster'><item jid='jane@example.org' subscription='remove'/></query>")
        .await?;
    admin.leave().await?;
    jane.leave().await
}

async fn messages(service: &Service) -> Outcome {
    let mut jane = service.appear("jane@example.org/desk").await?;
    let mut john = service.appear("john@example.org/desk").await?;
    jane.say("john@example.org", "hello").await?;
    john.next("message", "hello").await?;
    john.leave().await?;
    jane.say("john@example.org", "waiting").await?;
    jane.settle().await?;
    let mut later = service.appear("john@example.org/later").await?;
    let waited = later.next("message", "waiting").await?;
    check(waited.contains("urn:xmpp:delay"), waited)?;
    jane.say("nobody@example.org", "nobody").await?;
    jane.next("message", "service-unavailable").await?;
    jane.leave().await?;
    later.leave().await
}

async fn carbons(service: &Service) -> Outcome {
    let mut admin = service.appear("admin@example.org/desk").await?;
    let desk = service.appear("jane@example.org/desk").await?;
    let mut garden = service.appear("jane@example.org/garden").await?;
    garden.set("<enable xmlns='urn:xmpp:carbons:2'/>").await?;
    admin.say("jane@example.org/desk", "copied").await?;
    let copy = garden.next("message", "copied").await?;
    check(copy.contains("urn:xmpp:carbons:2"), copy)?;
    admin.leave().await?;
    desk.leave().await?;
    garden.leave().await
}

async fn archive(service: &Service) -> Outcome {
    let mut admin = service.appear("admin@example.org/desk").await?;
    admin.say("john@example.org", "archived").await?;
    let query = "<query xmlns='urn:xmpp:mam:2' queryid='q'>\
                 <set xmlns='http://jabber.org/protocol/rsm'><max>1</max><before/></set></query>";
    let fin = admin.set(query).await?.ok_or("an empty answer")?;
    check(fin.name() == "fin", String::from(&fin))?;
    admin.next("message", "archived").await?;
    admin.leave().await
}

async fn blocking(service: &Service) -> Outcome {
    let mut jane = service.appear("jane@example.org/desk").await?;
    let mut admin = service.appear("admin@example.org/desk").await?;
    let item = "<item jid='admin@example.org'/>";
    jane.set(&format!("<block xmlns='urn:xmpp:blocking'>{item}</block>")).await?;
    admin.say("jane@example.org", "not heard").await?;
    admin.next("message", "service-unavailable").await?;
    jane.set(&format!("<unblock xmlns='urn:xmpp:blocking'>{item}</unblock>")).await?;
    admin.say("jane@example.org", "well heard").await?;
    jane.next("message", "well heard").await?;
    admin.leave().await?;
    jane.leave().await
}

async fn vcard(service: &Service) -> Outcome {
    let mut jane = service.appear("jane@example.org/desk").await?;
    let mut john = service.appear("john@example.org/desk").await?;
    jane.set("<vCard xmlns='vcard-temp'><FN>Jane Doe</FN></vCard>").await?;
    let read = john.get(Some("jane@example.org"), "<vCard xmlns='vcard-temp'/>").await?;
    let read = String::from(&read.ok_or("an empty answer")?);
    check(read.contains("Jane Doe"), read)?;
    jane.leave().await?;
    john.leave().await
}

/// A way to the service that can be cut.
async fn relay(port: String) -> Outcome<(String, Arc<Notify>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let own = listener.local_addr()?.port().to_string();
    let cut = Arc::new(Notify::new());
    let cutting = Arc::clone(&cut);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let Ok(mut server) = TcpStream::connect(format!("127.0.0.1:{port}")).await else { return };
            let cut = Arc::clone(&cutting);
            tokio::spawn(async move {
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                    () = cut.notified() => {}
                }
            });
        }
    });
    Ok((own, cut))
}

async fn resumption(service: &Service) -> Outcome {
    let mut admin = service.appear("admin@example.org/desk").await?;
    let (port, cut) = relay(service.port.clone()).await?;
    let mut jane = Online::wait(starttls("jane@example.org/phone", &port)).await?;
    jane.send("<presence xmlns='jabber:client'/>").await?;
    jane.settle().await?;
    cut.notify_one();
    let address = jane.client.bound_jid().ok_or("no address")?.to_string();
    admin.say(&address, "meanwhile").await?;
    admin.settle().await?;
    jane.next("message", "meanwhile").await?;
    jane.settle().await?;
    let again = jane.client.bound_jid().map(ToString::to_string);
    check(again.as_ref() == Some(&address), format!("{address} became {again:?}"))?;
    admin.leave().await?;
    jane.leave().await
}

type Test<'run> = (&'static str, Pin<Box<dyn Future<Output = Outcome> + 'run>>);

// On several threads its worker now and then does not wake up for what it has already read.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, tls_port, _certificate] = arguments.try_into().expect("three arguments");
    let service = Service { port, tls_port };
    let tests: [Test; 9] = [
        ("every mechanism", Box::pin(mechanisms(&service))),
        ("roster", Box::pin(roster(&service))),
        ("subscription", Box::pin(subscription(&service))),
        ("messages", Box::pin(messages(&service))),
        ("carbons", Box::pin(carbons(&service))),
        ("archive", Box::pin(archive(&service))),
        ("blocking", Box::pin(blocking(&service))),
        ("vCard", Box::pin(vcard(&service))),
        ("resumption", Box::pin(resumption(&service))),
    ];
    let (mut passed, mut failed) = (0, 0);
    for (name, test) in tests {
        match test.await {
            Ok(()) => passed += 1,
            Err(error) => {
                failed += 1;
                println!("FAILED {name}: {error}");
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    std::process::exit(i32::from(failed > 0));
}
