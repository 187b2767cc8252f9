//! What an entity asks for while it is read, and the rules of each format for every type of value.

use jiff::Timestamp;

use super::super::output::ListNames;
use super::json::{Kind, Object, Value, read_item, unexpected};
use super::xml::Element;
use super::{BindError, FromFields, Strictness, date};

/// The fields of one entity in either format. Absent fields, and JSON nulls, are `None`.
pub struct Fields<'a>(Source<'a>);

enum Source<'a> {
    Xml(&'a Element),
    Json(Object<'a>),
}

impl<'a> Fields<'a> {
    pub(super) fn from_xml(element: &'a Element) -> Self {
        Self(Source::Xml(element))
    }

    pub(super) fn from_json(object: Object<'a>) -> Self {
        Self(Source::Json(object))
    }

    pub(super) fn finish(self, ignored: &[&str]) -> Result<(), BindError> {
        match self.0 {
            Source::Xml(_) => Ok(()),
            Source::Json(object) => object.finish(ignored),
        }
    }

    /// The name of the XML element. `None` in JSON.
    pub fn element_name(&self) -> Option<&str> {
        match &self.0 {
            Source::Xml(element) => Some(element.name()),
            Source::Json(_) => None,
        }
    }

    pub fn text(&mut self, name: &'static str) -> Result<Option<String>, BindError> {
        match &mut self.0 {
            Source::Xml(element) => Ok(last_text(element, name).map(str::to_owned)),
            Source::Json(object) => object.take(name).map(|value| value.to_text(name)).transpose(),
        }
    }

    /// A text for which some clients send `false` when they mean none.
    pub fn text_unless_false(&mut self, name: &'static str) -> Result<Option<String>, BindError> {
        match &mut self.0 {
            Source::Xml(_) => self.text(name),
            Source::Json(object) => {
                let value = object.take(name).filter(|value| value.written() != "false");
                value.map(|value| value.to_text(name)).transpose()
            }
        }
    }

    /// A text that the original's entity checks. In XML an unfit one is passed over where a fit one stands before it,
    /// else it is handed over as it is; in JSON it is refused.
    pub fn checked_text(&mut self, name: &'static str, is_fit: fn(&str) -> bool) -> Result<Option<String>, BindError> {
        match &mut self.0 {
            Source::Xml(element) => {
                let fit = element.children(name).map(Element::text).rfind(|text| is_fit(text));
                Ok(fit.or_else(|| last_text(element, name)).map(str::to_owned))
            }
            Source::Json(_) => match self.text(name)? {
                Some(text) if !is_fit(&text) => Err(BindError::Json(format!(
                    "Cannot read field \"{name}\": \"{text}\" is not allowed"
                ))),
                fit => Ok(fit),
            },
        }
    }

    /// An XML attribute; in JSON a text, also under the name `@name`.
    pub fn attribute(&mut self, name: &'static str) -> Result<Option<String>, BindError> {
        match &mut self.0 {
            Source::Xml(element) => Ok(element.attribute(name).map(str::to_owned)),
            Source::Json(object) => {
                let old = object.take_also(&format!("@{name}"));
                object.take(name).or(old).map(|value| value.to_text(name)).transpose()
            }
        }
    }

    /// An integer of 32 bits. What is none leaves an XML field without a value, and is refused in JSON.
    pub fn integer(&mut self, name: &'static str) -> Result<Option<i32>, BindError> {
        match &mut self.0 {
            Source::Xml(element) => xml_integer(element, name),
            Source::Json(object) => object.take(name).map_or(Ok(None), |value| json_integer(name, value)),
        }
    }

    /// An integer for which some clients send `false` when they mean none.
    pub fn integer_unless_false(&mut self, name: &'static str) -> Result<Option<i32>, BindError> {
        match &mut self.0 {
            Source::Xml(_) => self.integer(name),
            Source::Json(object) => {
                let value = object.take(name).filter(|value| value.written() != "false");
                value.map_or(Ok(None), |value| json_integer(name, value))
            }
        }
    }

    /// As [`Self::integer_unless_false`], under a name that a client writes by mistake. It is read where unknown keys are
    /// let through: XML passes over unknown elements, and where JSON must be exact the key stays unknown.
    pub fn misspelt_integer(&mut self, name: &'static str) -> Result<Option<i32>, BindError> {
        match &mut self.0 {
            Source::Json(object) if object.strictness() == Strictness::Generous => {
                let value = object.take_also(name).filter(|value| value.written() != "false");
                value.map_or(Ok(None), |value| json_integer(name, value))
            }
            Source::Xml(_) | Source::Json(_) => Ok(None),
        }
    }

    /// A boolean. What is none leaves an XML field without a value, and is refused in JSON.
    pub fn boolean(&mut self, name: &'static str) -> Result<Option<bool>, BindError> {
        match &mut self.0 {
            Source::Xml(element) => Ok(element
                .children(name)
                .filter_map(|child| xml_boolean(child.text()))
                .next_back()),
            Source::Json(object) => object.take(name).map_or(Ok(None), |value| json_boolean(name, value)),
        }
    }

    /// A date. What is none leaves an XML field without a value, and is refused in JSON.
    pub fn date(&mut self, name: &'static str) -> Result<Option<Timestamp>, BindError> {
        match &mut self.0 {
            Source::Xml(element) => Ok(element
                .children(name)
                .filter_map(|child| date::from_xml(child.text()))
                .next_back()),
            Source::Json(object) => object.take(name).map_or(Ok(None), |value| json_date(name, value)),
        }
    }

    /// A list of texts. JSON also has it under the name of an item, inside an object under that name, or as one text.
    pub fn texts(&mut self, names: ListNames) -> Result<Option<Vec<String>>, BindError> {
        match &mut self.0 {
            Source::Xml(element) => {
                Ok(xml_items(element, names).map(|items| items.map(|item| item.text().to_owned()).collect()))
            }
            Source::Json(object) => {
                let Some(items) = take_items(object, names)? else {
                    return Ok(None);
                };
                items
                    .into_iter()
                    .map(|item| text_item(names, item))
                    .collect::<Result<_, _>>()
                    .map(Some)
            }
        }
    }

    /// A list of entities, in JSON in the same forms as a list of texts.
    pub fn entities<E: FromFields>(&mut self, names: ListNames) -> Result<Option<Vec<E>>, BindError> {
        match &mut self.0 {
            Source::Xml(element) => {
                let Some(items) = xml_items(element, names) else {
                    return Ok(None);
                };
                items
                    .map(|item| E::from_fields(&mut Fields::from_xml(item)))
                    .collect::<Result<_, _>>()
                    .map(Some)
            }
            Source::Json(object) => {
                let strictness = object.strictness();
                let Some(items) = take_items(object, names)? else {
                    return Ok(None);
                };
                let entity = |item: Value<'_>| match item.kind() {
                    Kind::Null => Err(BindError::Value {
                        field: names.key,
                        reason: "has an item without a value",
                    }),
                    _ => read_item(item, strictness),
                };
                items.into_iter().map(entity).collect::<Result<_, _>>().map(Some)
            }
        }
    }
}

fn last_text<'e>(element: &'e Element, name: &'e str) -> Option<&'e str> {
    element.children(name).next_back().map(Element::text)
}

/// The items of a list: those in its last wrapper, or those that stand directly here, of which none means no list.
fn xml_items(element: &Element, names: ListNames) -> Option<impl Iterator<Item = &Element>> {
    let Some(wrapper) = names.wrapper else {
        let mut items = element.children(names.item).peekable();
        items.peek()?;
        return Some(items);
    };
    let wrapper = element.children(wrapper).next_back()?;
    Some(wrapper.children(names.item).peekable())
}

/// As the original reads it: blanks and plus signs anywhere are passed over, a minus sign anywhere counts. What is no
/// integer is passed over; one that is too big is an error (quirk 70; the original wraps around).
fn xml_integer(element: &Element, name: &'static str) -> Result<Option<i32>, BindError> {
    let mut last = None;
    for child in element.children(name) {
        let Some(number) = xml_number(child.text()) else {
            continue;
        };
        let too_big = BindError::Value {
            field: name,
            reason: "is not an integer of 32 bits",
        };
        last = Some(i32::try_from(number).map_err(|_| too_big)?);
    }
    Ok(last)
}

fn xml_number(text: &str) -> Option<i64> {
    let mut number: i64 = 0;
    let mut is_negative = false;
    for character in text.chars() {
        match character {
            ' ' | '\t' | '\r' | '\n' | '+' => {}
            '-' => is_negative = true,
            _ => number = number.saturating_mul(10).saturating_add(character.to_digit(10)?.into()),
        }
    }
    Some(if is_negative { -number } else { number })
}

fn xml_boolean(text: &str) -> Option<bool> {
    match text.trim_matches([' ', '\t', '\r', '\n']) {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        // The original reads one character of whatever kind as false.
        other if other.chars().count() == 1 => Some(false),
        _ => None,
    }
}

fn json_integer(name: &str, value: Value<'_>) -> Result<Option<i32>, BindError> {
    let refused = || {
        BindError::Json(format!(
            "Cannot read field \"{name}\": {} is not an integer of 32 bits",
            value.written()
        ))
    };
    match value.kind() {
        Kind::Number => truncated(value.written()).map(Some).ok_or_else(refused),
        Kind::Text => {
            let text = value.to_text(name)?;
            match text.trim() {
                "" | "null" => Ok(None),
                digits => digits.parse().map(Some).map_err(|_| refused()),
            }
        }
        _ => Err(refused()),
    }
}

/// The integer part of a JSON number that fits into 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
fn truncated(number: &str) -> Option<i32> {
    if let Ok(integer) = number.parse() {
        return Some(integer);
    }
    let number: f64 = number.parse().ok()?;
    let number = number.trunc();
    let in_range = (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
    in_range.then_some(number as i32)
}

fn json_boolean(name: &str, value: Value<'_>) -> Result<Option<bool>, BindError> {
    let refused = || {
        BindError::Json(format!(
            "Cannot read field \"{name}\": {} is not a boolean",
            value.written()
        ))
    };
    match value.kind() {
        Kind::Boolean => Ok(Some(value.written() == "true")),
        Kind::Number if value.written().contains(['.', 'e', 'E']) => Err(refused()),
        Kind::Number => Ok(Some(!matches!(value.written(), "0" | "-0"))),
        Kind::Text => match value.to_text(name)?.trim() {
            "" | "null" => Ok(None),
            "true" | "True" | "TRUE" => Ok(Some(true)),
            "false" | "False" | "FALSE" => Ok(Some(false)),
            _ => Err(refused()),
        },
        _ => Err(refused()),
    }
}

fn json_date(name: &str, value: Value<'_>) -> Result<Option<Timestamp>, BindError> {
    let refused = || {
        BindError::Json(format!(
            "Cannot read field \"{name}\": {} is not a date",
            value.written()
        ))
    };
    match value.kind() {
        Kind::Number => date::from_milliseconds(value.written()).map(Some).ok_or_else(refused),
        Kind::Text => {
            let text = value.to_text(name)?;
            if text.trim().is_empty() {
                return Ok(None);
            }
            date::from_json(&text).map(Some).ok_or_else(refused)
        }
        _ => Err(refused()),
    }
}

/// The items of a JSON list in any of its forms (quirk 12).
fn take_items<'a>(object: &mut Object<'a>, names: ListNames) -> Result<Option<Vec<Value<'a>>>, BindError> {
    let singular = object.take_also(names.item);
    let Some(value) = object.take(names.key).or(singular) else {
        return Ok(None);
    };
    let wrapped = if value.kind() == Kind::Object {
        value.only_member(names.item)
    } else {
        None
    };
    // a client that has room for one item writes an empty text into the wrapper when it has none
    if wrapped.is_some_and(|item| item.written() == "\"\"") {
        return Ok(Some(Vec::new()));
    }
    let value = wrapped.unwrap_or(value);
    match value.kind() {
        Kind::Null => Ok(None),
        Kind::List => value.to_items().map(Some),
        // an empty text or object says nothing, and a boolean is more likely a mistake than an item
        Kind::Boolean => Err(unexpected(names.key, "a list", Kind::Boolean)),
        kind if matches!(value.written(), "\"\"" | "{}") => Err(unexpected(names.key, "a list", kind)),
        _ => Ok(Some(vec![value])),
    }
}

fn text_item(names: ListNames, item: Value<'_>) -> Result<String, BindError> {
    match item.kind() {
        Kind::Null => Err(BindError::Value {
            field: names.key,
            reason: "has an item without a value",
        }),
        // one client has an object around every item
        Kind::Object => item.only_member(names.item).unwrap_or(item).to_text(names.key),
        _ => item.to_text(names.key),
    }
}
