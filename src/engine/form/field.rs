//! A field of a form: its kind, what it holds, and what it may hold.

use std::borrow::Cow;

use super::{FormError, text};
use crate::domain::address::FullAddress;
use crate::engine::xml::{Element, ns};

/// XEP-0004 §3.3
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Boolean,
    /// A text that is shown and not filled in.
    Fixed,
    Hidden,
    JidMulti,
    JidSingle,
    ListMulti,
    ListSingle,
    TextMulti,
    TextPrivate,
    TextSingle,
}

/// What a value must be beyond its kind (XEP-0122).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    Integer {
        min: i64,
        max: i64,
    },
    /// Values beside the options are taken.
    Open,
}

/// A field that is offered, or that tells something.
pub struct Field {
    name: Cow<'static, str>,
    kind: FieldKind,
    label: Option<Cow<'static, str>>,
    description: Option<Cow<'static, str>>,
    is_required: bool,
    values: Vec<String>,
    /// Value and label.
    options: Vec<(String, String)>,
    validation: Option<Validation>,
}

impl Field {
    pub fn new(name: impl Into<Cow<'static, str>>, kind: FieldKind) -> Self {
        Self {
            name: name.into(),
            kind,
            label: None,
            description: None,
            is_required: false,
            values: Vec::new(),
            options: Vec::new(),
            validation: None,
        }
    }

    pub fn boolean(name: impl Into<Cow<'static, str>>, value: bool) -> Self {
        Self::new(name, FieldKind::Boolean).with_value(u8::from(value))
    }

    /// A text between the fields.
    pub fn fixed(text: impl ToString) -> Self {
        Self::new("", FieldKind::Fixed).with_value(text)
    }

    #[must_use]
    pub fn with_label(mut self, label: impl Into<Cow<'static, str>>) -> Self {
        self.label = Some(label.into());
        self
    }

    #[must_use]
    pub fn with_description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(description.into());
        self
    }

    #[must_use]
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    #[must_use]
    pub fn with_value(mut self, value: impl ToString) -> Self {
        self.values.push(value.to_string());
        self
    }

    #[must_use]
    pub fn with_values(mut self, values: impl IntoIterator<Item = impl ToString>) -> Self {
        self.values.extend(values.into_iter().map(|value| value.to_string()));
        self
    }

    #[must_use]
    pub fn with_option(mut self, value: impl ToString, label: impl ToString) -> Self {
        self.options.push((value.to_string(), label.to_string()));
        self
    }

    #[must_use]
    pub fn with_validation(mut self, validation: Validation) -> Self {
        self.validation = Some(validation);
        self
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn values(&self) -> &[String] {
        &self.values
    }

    pub(super) fn to_element(&self) -> Element {
        let options = self.options.iter().map(|(value, label)| {
            Element::new("option", ns::DATA_FORMS)
                .with_attr("label", label)
                .with_child(text("value", value))
        });
        let required = self.is_required.then(|| Element::new("required", ns::DATA_FORMS));
        Element::new("field", ns::DATA_FORMS)
            .with_optional_attr("var", (!self.name.is_empty()).then_some(&*self.name))
            .with_attr("type", self.kind.name())
            .with_optional_attr("label", self.label.as_deref())
            .with_optional_child(self.description.as_deref().map(|description| text("desc", description)))
            .with_optional_child(required)
            .with_optional_child(self.validation.map(Validation::to_element))
            .with_children(self.values.iter().map(|value| text("value", value)))
            .with_children(options)
    }

    /// Whether `values` are an answer to this field; `None`: it was left out.
    pub(super) fn check(&self, values: Option<&[String]>) -> Result<(), FormError> {
        // What says nothing but an empty text is as good as nothing.
        let values: Vec<&str> = values.unwrap_or_default().iter().map(String::as_str).collect();
        let is_empty = values.iter().all(|value| value.is_empty());
        if self.is_required && is_empty {
            return Err(FormError::Missing {
                field: self.name.to_string(),
            });
        }
        if !self.kind.is_multiple() && values.len() > 1 {
            return Err(self.refusal("several values", "one value"));
        }
        if is_empty {
            return Ok(());
        }
        values.iter().try_for_each(|value| self.check_value(value))
    }

    fn check_value(&self, value: &str) -> Result<(), FormError> {
        match self.kind {
            FieldKind::Boolean if read_boolean(value).is_none() => {
                return Err(self.refusal(value, "one of 0, 1, false, true"));
            }
            FieldKind::JidSingle | FieldKind::JidMulti if FullAddress::parse(value).is_err() => {
                return Err(self.refusal(value, "an address"));
            }
            FieldKind::ListSingle | FieldKind::ListMulti
                if self.validation != Some(Validation::Open)
                    && !self.options.iter().any(|(option, _)| option == value) =>
            {
                return Err(self.refusal(value, "one of the options"));
            }
            _ => {}
        }
        if let Some(Validation::Integer { min, max }) = self.validation
            && !value.trim().parse().is_ok_and(|number| (min..=max).contains(&number))
        {
            return Err(self.refusal(value, &format!("a number from {min} to {max}")));
        }
        Ok(())
    }

    fn refusal(&self, value: &str, expected: &str) -> FormError {
        FormError::value(&self.name, value, expected)
    }
}

impl FieldKind {
    fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Fixed => "fixed",
            Self::Hidden => "hidden",
            Self::JidMulti => "jid-multi",
            Self::JidSingle => "jid-single",
            Self::ListMulti => "list-multi",
            Self::ListSingle => "list-single",
            Self::TextMulti => "text-multi",
            Self::TextPrivate => "text-private",
            Self::TextSingle => "text-single",
        }
    }

    fn is_multiple(self) -> bool {
        // What is fixed or hidden need not come back, and may come back as it was.
        matches!(
            self,
            Self::Fixed | Self::Hidden | Self::JidMulti | Self::ListMulti | Self::TextMulti
        )
    }
}

impl Validation {
    fn to_element(self) -> Element {
        let validate = Element::new("validate", ns::DATA_VALIDATE);
        match self {
            Self::Integer { min, max } => validate.with_attr("datatype", "xs:integer").with_child(
                Element::new("range", ns::DATA_VALIDATE)
                    .with_attr("min", min)
                    .with_attr("max", max),
            ),
            Self::Open => validate
                .with_attr("datatype", "xs:string")
                .with_child(Element::new("open", ns::DATA_VALIDATE)),
        }
    }
}

pub(super) fn read_boolean(value: &str) -> Option<bool> {
    match value.trim() {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}
