//! A form that somebody has filled in: values by the name of their field.

use std::str::FromStr;

use thiserror::Error;

use super::FORM_TYPE;
use super::field::read_boolean;
use crate::domain::address::FullAddress;
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::{Element, ns};

/// What is wrong with a filled form.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FormError {
    #[error("{0}")]
    NotAForm(String),
    #[error("the field {field} is required")]
    Missing { field: String },
    #[error("the field {field} is {value:?} and ought to be {expected}")]
    Value {
        field: String,
        value: String,
        expected: String,
    },
}

/// The fields of a form as they were filled in, in their order.
pub struct Filled<'form> {
    is_cancelled: bool,
    fields: Vec<(&'form str, Vec<String>)>,
}

impl<'form> Filled<'form> {
    /// Reads `<x xmlns='jabber:x:data'/>` of type `submit` or `cancel`.
    pub fn read(form: &'form Element) -> Result<Self, FormError> {
        let refuse = |reason: &str| Err(FormError::NotAForm(reason.to_owned()));
        if !form.is("x", ns::DATA_FORMS) {
            return refuse("this is no data form");
        }
        let is_cancelled = match form.attr("type") {
            Some("submit") => false,
            Some("cancel") => true,
            _ => return refuse("the type of the form is submit or cancel"),
        };
        let mut fields: Vec<(&str, Vec<String>)> = Vec::new();
        for field in form.children().filter(|field| field.is("field", ns::DATA_FORMS)) {
            // A text between the fields may come back, and says nothing.
            let Some(name) = field.attr("var") else { continue };
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(FormError::NotAForm(format!("the field {name} is there twice")));
            }
            let values = field.children().filter(|value| value.is("value", ns::DATA_FORMS));
            fields.push((name, values.map(|value| value.text().into_owned()).collect()));
        }
        Ok(Self { is_cancelled, fields })
    }

    /// The form in `parent`, if there is one.
    pub fn read_in(parent: &'form Element) -> Result<Option<Self>, FormError> {
        parent.child("x", ns::DATA_FORMS).map(Self::read).transpose()
    }

    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled
    }

    /// Refuses a form about something else. A form that does not say what it is about is taken.
    pub fn check_type(&self, expected: &str) -> Result<(), FormError> {
        match self.value(FORM_TYPE) {
            Some(form_type) if form_type != expected => {
                Err(FormError::NotAForm(format!("the FORM_TYPE is not {expected}")))
            }
            _ => Ok(()),
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &'form str> {
        self.fields.iter().map(|(name, _)| *name)
    }

    /// All values of a field; `None`: it was left out.
    pub fn find(&self, name: &str) -> Option<&[String]> {
        let (_, values) = self.fields.iter().find(|(field, _)| *field == name)?;
        Some(values)
    }

    /// The first value of a field.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.find(name).unwrap_or_default().iter().map(String::as_str)
    }

    /// The lines of a field as one text; `None`: it was left out, empty: it was emptied.
    pub fn text(&self, name: &str) -> Option<String> {
        self.find(name).map(|lines| lines.join("\n"))
    }

    pub fn boolean(&self, name: &str) -> Result<Option<bool>, FormError> {
        self.parsed(name, "one of 0, 1, false, true", read_boolean)
    }

    pub fn number<N: FromStr>(&self, name: &str) -> Result<Option<N>, FormError> {
        self.parsed(name, "a number", |value| value.trim().parse().ok())
    }

    pub fn address(&self, name: &str) -> Result<Option<FullAddress>, FormError> {
        self.parsed(name, "an address", |value| FullAddress::parse(value).ok())
    }

    /// The addresses of a field; `None`: it was left out.
    pub fn addresses(&self, name: &str) -> Result<Option<Vec<FullAddress>>, FormError> {
        let Some(values) = self.find(name) else { return Ok(None) };
        let values = values.iter().filter(|value| !value.is_empty());
        let parsed =
            values.map(|value| FullAddress::parse(value).map_err(|_| FormError::value(name, value, "an address")));
        parsed.collect::<Result<_, _>>().map(Some)
    }

    /// The value of a field read by `parse`; `None`: it was left out or is empty.
    pub fn parsed<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, FormError> {
        match self.value(name) {
            None | Some("") => Ok(None),
            Some(value) => match parse(value) {
                Some(parsed) => Ok(Some(parsed)),
                None => Err(FormError::value(name, value, expected)),
            },
        }
    }
}

impl FormError {
    pub fn value(field: &str, value: &str, expected: &str) -> Self {
        Self::Value {
            field: field.to_owned(),
            value: value.to_owned(),
            expected: expected.to_owned(),
        }
    }
}

impl From<FormError> for StanzaError {
    fn from(error: FormError) -> Self {
        let condition = match error {
            FormError::NotAForm(_) => Condition::BadRequest,
            FormError::Missing { .. } | FormError::Value { .. } => Condition::NotAcceptable,
        };
        Self::new(condition).with_text(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::xml::{Limits, parse_element};

    fn element(text: &str) -> Element {
        parse_element(text, Limits::OWN_TEXT).unwrap()
    }

    #[test]
    fn only_what_is_submitted_or_cancelled_is_read() {
        for (text, cancelled) in [
            ("<x xmlns='jabber:x:data' type='submit'/>", Some(false)),
            ("<x xmlns='jabber:x:data' type='cancel'/>", Some(true)),
            ("<x xmlns='jabber:x:data' type='form'/>", None),
            ("<x xmlns='jabber:x:data' type='result'/>", None),
            ("<x xmlns='jabber:x:data'/>", None),
            ("<y xmlns='jabber:x:data' type='submit'/>", None),
            ("<x xmlns='other' type='submit'/>", None),
        ] {
            let element = element(text);
            let read = Filled::read(&element).ok().map(|filled| filled.is_cancelled());
            assert_eq!(read, cancelled, "{text}");
        }
    }

    #[test]
    fn values_are_read_by_what_they_are() {
        let element = element(
            "<x xmlns='jabber:x:data' type='submit'>\
             <field type='fixed'><value>text</value></field>\
             <field var='lines'><value>one</value><value>two</value></field>\
             <field var='yes'><value>true</value></field>\
             <field var='number'><value>7</value></field>\
             <field var='people'><value>jane@example.org</value><value>John@Example.org/x</value></field>\
             <field var='empty'><value/></field></x>",
        );
        let filled = Filled::read(&element).unwrap();
        assert_eq!(
            filled.names().collect::<Vec<_>>(),
            ["lines", "yes", "number", "people", "empty"]
        );
        assert_eq!(filled.text("lines").as_deref(), Some("one\ntwo"));
        assert_eq!(filled.text("missing"), None);
        assert_eq!(filled.boolean("yes"), Ok(Some(true)));
        assert_eq!(filled.boolean("empty"), Ok(None));
        assert!(filled.boolean("number").is_err());
        assert_eq!(filled.number::<u32>("number"), Ok(Some(7)));
        assert!(filled.number::<u32>("yes").is_err());
        let people = filled.addresses("people").unwrap().unwrap();
        let people: Vec<String> = people.iter().map(ToString::to_string).collect();
        assert_eq!(people, ["jane@example.org", "john@example.org/x"]);
        assert_eq!(filled.addresses("missing"), Ok(None));
        assert_eq!(filled.addresses("empty"), Ok(Some(Vec::new())));
    }
}
