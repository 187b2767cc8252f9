//! The first minute of a new user: where the service listens, the credentials, and a line that works.

use std::{fmt::Write, net::SocketAddr};

use super::FirstStart;
use crate::{
    config::{Auth, Config},
    domain::account::Password,
};

const REST_API: &str = "/plugins/restapi/v1";

/// Where the service listens.
#[derive(Clone, Debug, Default)]
pub struct Urls {
    pub plain: Option<SocketAddr>,
    pub tls: Option<SocketAddr>,
}

pub(super) fn text(first: &FirstStart, config: &Config, urls: &Urls) -> String {
    let mut text = format!("Firekeeper serves {}. This is shown once.\n\n", config.server.domain);
    let bases = urls.bases();
    for (base, _) in &bases {
        line(&mut text, "REST API", &format!("{base}{REST_API}"));
    }
    match &first.admin {
        Some((address, Some(password))) => {
            line(&mut text, "administrator", &address.to_string());
            line(&mut text, "password", password.expose());
        }
        Some((address, None)) => line(
            &mut text,
            "administrator",
            &format!("{address}, with the password that you gave it"),
        ),
        None => {}
    }
    if let Some(secret) = &first.secret {
        line(&mut text, "shared secret", secret.expose());
    }
    if let (Some((base, options)), Some(login)) = (bases.first(), login(first, config)) {
        line(
            &mut text,
            "\nTry",
            &format!("curl {options}{login} {base}{REST_API}/users"),
        );
    }
    text
}

/// The option of curl that carries credentials which count.
fn login(first: &FirstStart, config: &Config) -> Option<String> {
    match config.openfire.auth {
        Auth::Basic => {
            let (address, password) = first.admin.as_ref()?;
            let listed = &config.openfire.administrators;
            let counts = listed.is_empty() || listed.contains(&address.to_address());
            let password = password.as_ref().map_or("PASSWORD", Password::expose);
            counts.then(|| format!("-u admin:{password}"))
        }
        Auth::Secret | Auth::Custom => {
            let secret = first.secret.as_ref().map_or("SECRET", |secret| secret.expose());
            Some(format!("-H 'Authorization: {secret}'"))
        }
    }
}

fn line(text: &mut String, label: &str, value: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{label:14} {value}");
}

impl Urls {
    /// The beginning of each URL, and what curl needs for it: our first certificate is signed by nobody.
    fn bases(&self) -> Vec<(String, &'static str)> {
        let plain = self.plain.map(|address| (format!("http://{}", reachable(address)), ""));
        let tls = self
            .tls
            .map(|address| (format!("https://{}", reachable(address)), "-k "));
        plain.into_iter().chain(tls).collect()
    }
}

/// An address to call: a listener on every address is reached on loopback too.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => ([127, 0, 0, 1], v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (std::net::Ipv6Addr::LOCALHOST, v6.port()).into(),
        other => other,
    }
}
