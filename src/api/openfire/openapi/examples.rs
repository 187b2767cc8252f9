//! Examples of entities, written by the writers that write answers: what an example shows is what goes over the wire.

use jiff::Timestamp;

use super::entities::Entity;
use super::field::{Field, Kind};
use crate::api::openfire::negotiate::Format;
use crate::api::openfire::output::{self, FieldWriter, ListNames, write_entity};

/// 2024-01-01T10:30:00Z.
const DATE: Timestamp = Timestamp::constant(1_704_105_000, 0);

/// Who writes the example: only requests hold secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Request,
    Answer,
}

/// The example of an entity as a document.
pub fn document(entity: &'static Entity, side: Side, format: Format) -> String {
    let mut out = Vec::new();
    if entity.alphabetical {
        write_entity(format, &Example::<true> { entity, side }, &mut out);
    } else {
        write_entity(format, &Example::<false> { entity, side }, &mut out);
    }
    String::from_utf8_lossy(&out).into_owned()
}

struct Example<const ALPHABETICAL: bool> {
    entity: &'static Entity,
    side: Side,
}

impl<const ALPHABETICAL: bool> output::Entity for Example<ALPHABETICAL> {
    const ALPHABETICAL: bool = ALPHABETICAL;

    fn root(&self) -> &'static str {
        self.entity.root()
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        for field in self.entity.fields {
            write(field, self.side, out);
        }
    }
}

fn write<W: FieldWriter>(field: &Field, side: Side, out: &mut W) {
    let names = |item| {
        if field.apart {
            ListNames::wrapped(field.name, item)
        } else {
            ListNames::bare(field.name, item)
        }
    };
    match field.kind {
        Kind::Secret(_) if side == Side::Answer => {}
        Kind::Text(text) if field.apart => out.attribute(field.name, text),
        Kind::Text(text) | Kind::Secret(text) => out.text(field.name, text),
        Kind::Integer(number, _) => out.integer(field.name, number),
        Kind::Boolean(flag) => out.boolean(field.name, flag),
        Kind::Date => out.date(field.name, DATE),
        Kind::Texts(item, texts) => out.texts(names(item), texts),
        Kind::Entities(item) => {
            let Some(entity) = Entity::find(item) else { return };
            if entity.alphabetical {
                out.entities(names(entity.root()), &[Example::<true> { entity, side }]);
            } else {
                out.entities(names(entity.root()), &[Example::<false> { entity, side }]);
            }
        }
    }
}
