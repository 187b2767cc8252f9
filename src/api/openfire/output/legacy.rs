//! The JSON of plugin versions before 1.3 (REST API plugin, §13.2, column A): the XML form mapped to JSON.
//! Every leaf is a text; a list is null, its only item, or an array, under the name of the XML item.

use std::fmt::Display;

use jiff::Timestamp;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::json;
use super::xml::DateText;
use super::{Entity, FieldWriter, ListNames};

pub(super) fn write<E: Entity>(entity: &E, out: &mut Vec<u8>) {
    json::write_value(&AsLegacy(entity), out);
}

struct AsLegacy<'e, E>(&'e E);

impl<E: Entity> Serialize for AsLegacy<'_, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_empty_list() {
            return serializer.serialize_unit();
        }
        let mut fields = Fields {
            map: serializer.serialize_map(None)?,
            failure: None,
        };
        self.0.fields(&mut fields);
        match fields.failure {
            Some(failure) => Err(failure),
            None => fields.map.end(),
        }
    }
}

struct Fields<M: SerializeMap> {
    map: M,
    failure: Option<M::Error>,
}

impl<M: SerializeMap> Fields<M> {
    fn put<K: Serialize + ?Sized, T: Serialize + ?Sized>(&mut self, name: &K, value: &T) {
        if self.failure.is_none() {
            self.failure = self.map.serialize_entry(name, value).err();
        }
    }

    fn list<T: Serialize>(&mut self, names: ListNames, items: List<'_, T>) {
        match names.wrapper {
            Some(wrapper) if items.0.is_empty() => self.put(wrapper, &()),
            Some(wrapper) => self.put(wrapper, &Wrapped(names.item, items)),
            None if items.0.is_empty() => {}
            None => self.put(names.item, &items),
        }
    }
}

impl<M: SerializeMap> FieldWriter for Fields<M> {
    fn text(&mut self, name: &'static str, value: &str) {
        self.put(name, value);
    }

    fn integer(&mut self, name: &'static str, value: i64) {
        self.put(name, &Text(value));
    }

    fn boolean(&mut self, name: &'static str, value: bool) {
        self.put(name, &Text(value));
    }

    fn date(&mut self, name: &'static str, value: Timestamp) {
        self.put(name, &Text(DateText(value)));
    }

    fn attribute(&mut self, name: &'static str, value: &str) {
        self.put(&Text(format_args!("@{name}")), value);
    }

    fn texts<T: AsRef<str>>(&mut self, names: ListNames, values: &[T]) {
        let texts: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        self.list(names, List(&texts));
    }

    fn entities<E: Entity>(&mut self, names: ListNames, values: &[E]) {
        let entities: Vec<AsLegacy<'_, E>> = values.iter().map(AsLegacy).collect();
        self.list(names, List(&entities));
    }
}

/// Anything, written as JSON text.
struct Text<D>(D);

impl<D: Display> Serialize for Text<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// One item alone, more as an array.
struct List<'v, T>(&'v [T]);

impl<T: Serialize> Serialize for List<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [one] => one.serialize(serializer),
            more => serializer.collect_seq(more),
        }
    }
}

struct Wrapped<'v, T>(&'static str, List<'v, T>);

impl<T: Serialize> Serialize for Wrapped<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.0, &self.1)])
    }
}
