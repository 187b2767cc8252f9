//! OFPROPERTY: which properties of the other server are free ones here.

use super::record::Record;
use crate::domain::{
    account::{MAX_PROPERTY_KEY, MAX_PROPERTY_VALUE, check_length},
    property::stored_key,
    setting,
};

/// What becomes of a property.
#[derive(Debug, PartialEq, Eq)]
pub enum Kept {
    As(String, String),
    /// It is left out; why.
    Not(String),
}

/// Free properties are kept. Left out are the settings of this service, whose configuration says them, and secrets:
/// every administrator can read a free property.
pub fn property(record: &Record) -> Kept {
    let key = stored_key(record.required("name"));
    let value = record.required("propvalue");
    if record.flag("encrypted") {
        return Kept::Not("it is encrypted with a key that is not in the database".to_owned());
    }
    if let Some(setting) = setting::find(key) {
        return Kept::Not(match setting.configured_as {
            Some(name) => format!("it is a setting of this service: {name} in the configuration"),
            None => "it is a setting of this service".to_owned(),
        });
    }
    if is_secret(key, value) {
        return Kept::Not("it is a secret, and whoever may read properties would read it".to_owned());
    }
    let checked =
        check_length("key", key, MAX_PROPERTY_KEY).and_then(|()| check_length("value", value, MAX_PROPERTY_VALUE));
    match checked {
        Ok(()) if key.is_empty() => Kept::Not("it has no name".to_owned()),
        Ok(()) => Kept::As(key.to_owned(), value.to_owned()),
        Err(error) => Kept::Not(error.to_string()),
    }
}

/// Whether the name says that the value is a secret; a switch or a number is none.
fn is_secret(key: &str, value: &str) -> bool {
    const WORDS: [&str; 5] = ["password", "passwd", "secret", "cookiekey", "privatekey"];
    let last = key.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_plain = value.is_empty() || matches!(value, "true" | "false") || value.parse::<i64>().is_ok();
    !is_plain && WORDS.iter().any(|word| last.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_and_secrets_are_left_out() {
        for (name, value, encrypted, kept) in [
            ("app.color", "green", "0", true),
            ("user.scramHashedPasswordOnly", "true", "0", true),
            ("xmpp.socket.ssl.active", "true", "0", true),
            ("plugin.restapi.secret", "potato", "0", false),
            ("xmpp.domain", "example.org", "0", false),
            ("passwordKey", "abc", "0", false),
            ("ldap.adminPassword", "abc", "0", false),
            ("app.color", "7f00", "1", false),
        ] {
            let columns = [("name", name), ("propvalue", value), ("encrypted", encrypted)];
            let record = columns
                .map(|(column, value)| (column.to_owned(), value.to_owned()))
                .into_iter()
                .collect();
            assert_eq!(matches!(property(&record), Kept::As(..)), kept, "{name}");
        }
    }
}
