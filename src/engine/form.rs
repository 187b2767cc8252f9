//! Data forms (XEP-0004) that are submitted: values by the name of their field.

use super::xml::{Element, ns};

/// The fields of a form, as they were filled in.
pub struct Form<'form> {
    fields: Vec<(&'form str, Vec<String>)>,
}

impl<'form> Form<'form> {
    pub fn read(form: &'form Element) -> Self {
        let fields = form.children().filter(|field| field.is("field", ns::DATA_FORMS));
        let fields = fields.filter_map(|field| {
            let values = field.children().filter(|value| value.is("value", ns::DATA_FORMS));
            Some((
                field.attr("var")?,
                values.map(|value| value.text().into_owned()).collect(),
            ))
        });
        Self {
            fields: fields.collect(),
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &'form str> {
        self.fields.iter().map(|(name, _)| *name)
    }

    /// The first value of a field.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let field = self.fields.iter().find(move |(field, _)| *field == name);
        field.into_iter().flat_map(|(_, values)| values).map(String::as_str)
    }
}
