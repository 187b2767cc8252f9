//! Data forms (XEP-0004) as everything that has forms makes and reads them: a [`Form`] is offered or tells a result, a
//! [`Table`] tells several, a [`Filled`] is what came back. Values are checked against the form that was offered
//! (XEP-0122 where it says more); what they mean is for whoever offered it.

mod field;
mod filled;

use std::borrow::Cow;

pub use field::{Field, FieldKind, Validation};
pub use filled::{Filled, FormError};

use super::xml::{Element, ns};

/// The field that says what a form is about (XEP-0068).
pub const FORM_TYPE: &str = "FORM_TYPE";

/// The form among `elements` that says that it is about `form_type`.
pub fn find_about<'of>(mut elements: impl Iterator<Item = &'of Element>, form_type: &str) -> Option<&'of Element> {
    elements.find(|form| {
        let mut fields = form.children();
        form.is("x", ns::DATA_FORMS)
            && fields.any(|field| {
                field.attr("var") == Some(FORM_TYPE)
                    && field
                        .child_text("value", ns::DATA_FORMS)
                        .is_some_and(|value| value == form_type)
            })
    })
}

/// A form with its fields in the order in which they are shown.
pub struct Form {
    title: Option<Cow<'static, str>>,
    instructions: Vec<Cow<'static, str>>,
    fields: Vec<Field>,
}

impl Form {
    /// A form about `form_type`.
    pub fn new(form_type: &'static str) -> Self {
        let mut form = Self::untyped();
        form.push(Field::new(FORM_TYPE, FieldKind::Hidden).with_value(form_type));
        form
    }

    /// A form whose fields mean something in its place only, such as that of a command.
    pub fn untyped() -> Self {
        Self {
            title: None,
            instructions: Vec::new(),
            fields: Vec::new(),
        }
    }

    #[must_use]
    pub fn with_title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.title = Some(title.into());
        self
    }

    #[must_use]
    pub fn with_instructions(mut self, line: impl Into<Cow<'static, str>>) -> Self {
        self.instructions.push(line.into());
        self
    }

    #[must_use]
    pub fn with(mut self, field: Field) -> Self {
        self.push(field);
        self
    }

    pub fn push(&mut self, field: Field) {
        self.fields.push(field);
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name() == name)
    }

    /// To be filled in.
    pub fn to_form(&self) -> Element {
        self.to_element("form")
    }

    /// To be read only.
    pub fn to_result(&self) -> Element {
        self.to_element("result")
    }

    fn to_element(&self, kind: &'static str) -> Element {
        let title = self.title.as_deref().map(|title| text("title", title));
        let instructions = self.instructions.iter().map(|line| text("instructions", line));
        Element::new("x", ns::DATA_FORMS)
            .with_attr("type", kind)
            .with_optional_child(title)
            .with_children(instructions)
            .with_children(self.fields.iter().map(Field::to_element))
    }

    /// Whether what came back is an answer to this form: the same `FORM_TYPE` if any, every value one that its field may
    /// have, and something in every required field. Fields that were not offered are no error (XEP-0004 §3.2).
    pub fn check(&self, filled: &Filled<'_>) -> Result<(), FormError> {
        for field in &self.fields {
            if field.name() == FORM_TYPE {
                filled.check_type(field.values().first().map_or("", String::as_str))?;
                continue;
            }
            field.check(filled.find(field.name()))?;
        }
        Ok(())
    }
}

/// Results with several items, which all have the same fields (XEP-0004 §3.4).
pub struct Table {
    header: Form,
    columns: Vec<Field>,
    rows: Vec<Vec<Vec<String>>>,
}

impl Table {
    /// `header` is what stands above the table; `columns` say what each value of a row is.
    pub fn new(header: Form, columns: Vec<Field>) -> Self {
        Self {
            header,
            columns,
            rows: Vec::new(),
        }
    }

    /// The values of each column, in their order.
    pub fn push(&mut self, row: Vec<Vec<String>>) {
        debug_assert_eq!(row.len(), self.columns.len(), "a row has a cell for each column");
        self.rows.push(row);
    }

    pub fn to_result(&self) -> Element {
        let reported = Element::new("reported", ns::DATA_FORMS);
        let reported = reported.with_children(self.columns.iter().map(Field::to_element));
        let items = self.rows.iter().map(|row| {
            let cells = self.columns.iter().zip(row);
            let cells = cells.map(|(column, values)| {
                Element::new("field", ns::DATA_FORMS)
                    .with_attr("var", column.name())
                    .with_children(values.iter().map(|value| text("value", value)))
            });
            Element::new("item", ns::DATA_FORMS).with_children(cells)
        });
        self.header.to_result().with_child(reported).with_children(items)
    }
}

fn text(name: &'static str, text: &str) -> Element {
    Element::new(name, ns::DATA_FORMS).with_text(text)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::engine::xml::{Limits, parse_element};

    proptest! {
        #[test]
        fn whatever_is_filled_in_comes_back(values in vec(any::<String>(), 0..5)) {
            // What XML cannot hold is written otherwise.
            let values: Vec<String> = values.iter().map(|value| value.escape_default().to_string()).collect();
            let form = Form::untyped().with(Field::new("field", FieldKind::TextMulti).with_values(&values));
            let mut element = form.to_form();
            element.set_attr("type", "submit");
            let element = parse_element(&element.to_string(), Limits::OWN_TEXT).unwrap();
            let filled = Filled::read(&element).unwrap();
            prop_assert_eq!(filled.find("field").unwrap(), &values);
            prop_assert!(form.check(&filled).is_ok());
        }
    }

    fn form() -> Form {
        Form::new(ns::MUC_ROOM_CONFIG)
            .with_title("Room")
            .with_instructions("Fill in")
            .with(Field::new("name", FieldKind::TextSingle).required())
            .with(Field::boolean("public", true).with_label("Is it listed?"))
            .with(
                Field::new("whois", FieldKind::ListSingle)
                    .with_option("anyone", "Anyone")
                    .with_option("moderators", "Moderators")
                    .with_value("anyone"),
            )
            .with(Field::new("most", FieldKind::TextSingle).with_validation(Validation::Integer { min: 0, max: 100 }))
            .with(
                Field::new("open", FieldKind::ListMulti)
                    .with_option("a", "A")
                    .with_validation(Validation::Open),
            )
            .with(Field::new("owners", FieldKind::JidMulti).with_values(["a@example.org", "b@example.org"]))
    }

    fn outcome(fields: &str) -> Result<(), FormError> {
        let text = format!("<x xmlns='jabber:x:data' type='submit'>{fields}</x>");
        let element = parse_element(&text, Limits::OWN_TEXT).unwrap();
        Filled::read(&element).and_then(|filled| form().check(&filled))
    }

    #[test]
    fn a_form_is_written_with_all_it_says() {
        let text = form().to_form().to_string();
        for part in [
            "<x xmlns='jabber:x:data' type='form'><title>Room</title><instructions>Fill in</instructions>",
            "<field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#roomconfig</value></field>",
            "<field var='name' type='text-single'><required/></field>",
            "<field var='public' type='boolean' label='Is it listed?'><value>1</value></field>",
            "<value>anyone</value><option label='Anyone'><value>anyone</value></option>",
            "datatype='xs:integer'><range min='0' max='100'/></validate>",
            "datatype='xs:string'><open/></validate>",
            "<value>a@example.org</value><value>b@example.org</value>",
        ] {
            let part = part.replace('\'', "\"");
            assert!(text.replace('\'', "\"").contains(&part), "{part} in {text}");
        }
    }

    #[test]
    fn a_table_has_a_header_and_a_row_for_each_item() {
        let columns = vec![Field::new("jid", FieldKind::JidSingle).with_label("Address")];
        let mut table = Table::new(Form::new(ns::SEARCH), columns);
        table.push(vec![vec!["jane@example.org".to_owned()]]);
        let text = table.to_result().to_string().replace('\'', "\"");
        let expected = "<reported><field var=\"jid\" type=\"jid-single\" label=\"Address\"/></reported>\
             <item><field var=\"jid\"><value>jane@example.org</value></field></item></x>";
        assert!(text.ends_with(expected), "{text}");
    }

    #[test]
    fn what_comes_back_is_held_against_the_form() {
        let name = "<field var='name'><value>x</value></field>";
        for (fields, is_accepted) in [
            ("", false),
            ("<field var='name'><value/></field>", false),
            ("<field var='name'/>", false),
            (name, true),
            ("<field var='name'><value>x</value><value>y</value></field>", false),
            (&format!("{name}<field var='other'><value>1</value></field>"), true),
            (&format!("{name}<field var='public'><value>true</value></field>"), true),
            (&format!("{name}<field var='public'><value>yes</value></field>"), false),
            (
                &format!("{name}<field var='whois'><value>moderators</value></field>"),
                true,
            ),
            (
                &format!("{name}<field var='whois'><value>nobody</value></field>"),
                false,
            ),
            (&format!("{name}<field var='most'><value>100</value></field>"), true),
            (&format!("{name}<field var='most'><value/></field>"), true),
            (&format!("{name}<field var='most'><value>101</value></field>"), false),
            (&format!("{name}<field var='most'><value>x</value></field>"), false),
            (
                &format!("{name}<field var='open'><value>a</value><value>b</value></field>"),
                true,
            ),
            (
                &format!("{name}<field var='owners'><value>a@example.org</value></field>"),
                true,
            ),
            (&format!("{name}<field var='owners'><value>@</value></field>"), false),
            (
                &format!("{name}<field var='FORM_TYPE'><value>else</value></field>"),
                false,
            ),
            (
                &format!(
                    "{name}<field var='FORM_TYPE'><value>{}</value></field>",
                    ns::MUC_ROOM_CONFIG
                ),
                true,
            ),
            (&format!("{name}{name}"), false),
        ] {
            assert_eq!(outcome(fields).is_ok(), is_accepted, "{fields}");
        }
    }
}
