//! The text of a chat: who takes part, and what each does and sees in its order. `fixtures/xmpp/README.md` tells the format.

use firekeeper::engine::xml::Element;

use crate::support::xmpp::stanzas;

#[derive(Debug, Default)]
pub struct Chat {
    /// What it shows, after the section that asks for it.
    pub title: String,
    pub settings: Vec<(String, String)>,
    /// Presence that comes counts for nothing.
    pub ignores_presence: bool,
    pub parties: Vec<Party>,
    pub steps: Vec<Step>,
}

#[derive(Debug)]
pub struct Party {
    pub name: String,
    pub user: String,
    pub domain: String,
    pub resource: String,
    pub password: String,
}

#[derive(Debug)]
pub struct Step {
    pub line: usize,
    pub party: String,
    pub act: Act,
}

#[derive(Debug)]
pub enum Act {
    Dials,
    DialsOverTls,
    LogsIn,
    Connects,
    Sends(String),
    /// In this order, or in any.
    Receives {
        stanzas: Vec<Element>,
        in_order: bool,
    },
    ReceivesNothing,
    /// So many of its stanzas have taken effect, the server says.
    Counts(u32),
    Disconnects,
    /// Goes without a word.
    Vanishes,
    /// With that stream error, or with none.
    Ends(Option<String>),
}

impl Chat {
    /// Reads a chat. An error names the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let mut chat = Self {
            title: lines.next().unwrap_or_default().to_owned(),
            ..Self::default()
        };
        if !(chat.title.starts_with("RFC ") || chat.title.starts_with("XEP-")) || !chat.title.contains(": ") {
            return Err("line 1: the first line is SECTION: WHAT IT SHOWS".to_owned());
        }
        for (line, statement) in statements(lines) {
            chat.read(line, &statement)
                .map_err(|error| format!("line {line}: {error}"))?;
        }
        Ok(chat)
    }

    fn read(&mut self, line: usize, statement: &str) -> Result<(), String> {
        if let Some((name, value)) = statement.strip_prefix("with ").and_then(|rest| rest.split_once(" = ")) {
            self.settings.push((name.to_owned(), value.to_owned()));
            return Ok(());
        }
        if statement == "ignoring presence" {
            self.ignores_presence = true;
            return Ok(());
        }
        let (subject, rest) = statement.split_once(' ').ok_or("a name and what it does")?;
        if let Some(party) = rest.strip_prefix("is ") {
            self.parties.push(party_of(subject, party)?);
            return Ok(());
        }
        let party = subject.strip_suffix("'s").unwrap_or(subject).to_owned();
        if !self.parties.iter().any(|known| known.name == party) {
            return Err(format!("nobody is called {party}"));
        }
        let act = Act::parse(rest)?;
        self.steps.push(Step { line, party, act });
        Ok(())
    }
}

impl Act {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "dials" => Self::Dials,
            "dials over TLS" => Self::DialsOverTls,
            "logs in" => Self::LogsIn,
            "connects" => Self::Connects,
            "receives nothing" => Self::ReceivesNothing,
            "disconnects" => Self::Disconnects,
            "vanishes" => Self::Vanishes,
            "stream ends" => Self::Ends(None),
            _ => match text.split_once(": ") {
                Some(("sends", xml)) => Self::Sends(xml.to_owned()),
                Some(("receives", xml)) => Self::Receives {
                    stanzas: stanzas(xml)?,
                    in_order: true,
                },
                Some(("receives in any order", xml)) => Self::Receives {
                    stanzas: stanzas(xml)?,
                    in_order: false,
                },
                _ => match text.rsplit_once(' ') {
                    Some(("stream ends with", condition)) => Self::Ends(Some(condition.to_owned())),
                    Some(("stanzas count", count)) => Self::Counts(count.parse().map_err(|_| "a number")?),
                    _ => return Err(format!("nobody can do this: {text}")),
                },
            },
        })
    }
}

/// `jane@example.org/balcony, password`
fn party_of(name: &str, text: &str) -> Result<Party, String> {
    let parts = || {
        let (address, password) = text.split_once(", ")?;
        let (bare, resource) = address.split_once('/')?;
        let (user, domain) = bare.split_once('@')?;
        Some(Party {
            name: name.to_owned(),
            user: user.to_owned(),
            domain: domain.to_owned(),
            resource: resource.to_owned(),
            password: password.to_owned(),
        })
    };
    parts().ok_or_else(|| format!("{name} is USER@DOMAIN/RESOURCE, PASSWORD"))
}

/// The statements with the number of their first line: indented lines go on with the one before, white space around them
/// aside; empty ones and those with `#` do not count.
fn statements<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for (number, line) in lines.enumerate() {
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match found.last_mut() {
            Some((_, statement)) if line.starts_with(' ') => {
                if statement.ends_with(':') {
                    statement.push(' ');
                }
                statement.push_str(text);
            }
            _ => found.push((number + 2, text.to_owned())),
        }
    }
    found
}
