//! What a subscriber wants of a subscription (XEP-0060 §6.3, §16.4.2).

use super::Unacceptable;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionOptions {
    pub delivers: bool,
    /// The presence that a subscriber must show to be notified; empty: any.
    pub shows: Vec<String>,
}

/// What presence can show.
const SHOWS: &[&str] = &["away", "chat", "dnd", "online", "xa"];

const FIELDS: &[(&str, &str)] = &[
    ("pubsub#deliver", "Enable delivery"),
    ("pubsub#show-values", "The presence in which to be notified"),
];

impl Default for SubscriptionOptions {
    fn default() -> Self {
        Self {
            delivers: true,
            shows: Vec::new(),
        }
    }
}

impl SubscriptionOptions {
    pub fn set(&mut self, field: &str, values: &[String]) -> Result<(), Unacceptable> {
        let refused = |reason| Unacceptable::Value {
            field: field.to_owned(),
            reason,
        };
        let boolean = || match values.first().map(String::as_str) {
            Some("1" | "true") => Ok(true),
            Some("0" | "false") => Ok(false),
            _ => Err(refused("it is 0 or 1")),
        };
        match field {
            "pubsub#deliver" => self.delivers = boolean()?,
            "pubsub#show-values" => {
                if !values.iter().all(|value| SHOWS.contains(&value.as_str())) {
                    return Err(refused("there is no such presence"));
                }
                self.shows = values.to_vec();
                self.shows.sort_unstable();
                self.shows.dedup();
            }
            _ => return Err(Unacceptable::Unknown),
        }
        Ok(())
    }

    pub fn fields(&self) -> impl Iterator<Item = (&'static str, Vec<String>)> {
        let boolean = |value: bool| vec![if value { "1" } else { "0" }.to_owned()];
        FIELDS.iter().map(move |(field, _)| {
            let values = match *field {
                "pubsub#deliver" => boolean(self.delivers),
                _ => self.shows.clone(),
            };
            (*field, values)
        })
    }

    /// The names of all fields with what they mean.
    pub fn labels() -> &'static [(&'static str, &'static str)] {
        FIELDS
    }

    pub fn choices(field: &str) -> &'static [&'static str] {
        match field {
            "pubsub#show-values" => SHOWS,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_read_as_they_are_written() {
        let options = SubscriptionOptions {
            delivers: false,
            shows: vec!["away".to_owned(), "online".to_owned()],
        };
        let mut read = SubscriptionOptions::default();
        for (field, values) in options.fields() {
            read.set(field, &values).unwrap();
        }
        assert_eq!(read, options);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let mut options = SubscriptionOptions::default();
        assert!(options.set("pubsub#deliver", &["maybe".to_owned()]).is_err());
        assert!(options.set("pubsub#show-values", &["invisible".to_owned()]).is_err());
        assert_eq!(options, SubscriptionOptions::default());
    }
}
