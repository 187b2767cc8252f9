//! Looking for people of a host.

/// What is known of somebody that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub localpart: String,
    pub name: Option<String>,
    pub email: Option<String>,
}

/// Whom to find: everybody of whom all of this is so. Texts are parts of what is looked at, without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonFilter {
    /// Of the name of the account.
    pub nick: Option<String>,
    /// Of all words but the last of the display name.
    pub first: Option<String>,
    /// Of its last word.
    pub last: Option<String>,
    pub email: Option<String>,
}

impl PersonFilter {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub fn matches(&self, person: &Person) -> bool {
        let (first, last) = person.names();
        let holds = |part: &Option<String>, text: &str| {
            part.as_ref()
                .is_none_or(|part| text.to_lowercase().contains(&part.to_lowercase()))
        };
        holds(&self.nick, &person.localpart)
            && holds(&self.first, first)
            && holds(&self.last, last)
            && holds(&self.email, person.email.as_deref().unwrap_or_default())
    }
}

impl Person {
    /// The display name as a first and a last one; whoever has one word only has no last name.
    pub fn names(&self) -> (&str, &str) {
        let name = self.name.as_deref().unwrap_or_default().trim();
        match name.rsplit_once(' ') {
            Some((first, last)) => (first.trim_end(), last),
            None => (name, ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_found_by_parts_of_what_is_known() {
        let person = Person {
            localpart: "juliet".to_owned(),
            name: Some("Juliet of the Capulet".to_owned()),
            email: Some("Juliet@Capulet.com".to_owned()),
        };
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        for (nick, first, last, email, expected) in [
            ("JUL", "", "", "", true),
            ("", "of the", "cap", "", true),
            ("", "", "juliet", "", false),
            ("", "", "", "capulet.COM", true),
            ("jul", "", "", "montague", false),
        ] {
            let filter = PersonFilter {
                nick: some(nick),
                first: some(first),
                last: some(last),
                email: some(email),
            };
            assert_eq!(filter.matches(&person), expected, "{filter:?}");
        }
    }
}
