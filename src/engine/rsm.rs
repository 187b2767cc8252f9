//! Result set management (XEP-0059): which page of a list is asked for, and what is said of the page that was given.

use std::borrow::Cow;
use std::ops::Range;

use super::stanza::{Condition, StanzaError};
use super::xml::{Element, ns};

/// Where a page begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// Behind the item with this id; `None`: with the first one.
    After(Option<String>),
    /// The last ones before the item with this id; `None`: before the end.
    Before(Option<String>),
    /// The first ones behind one item and before another (XEP-0313 §4.1.4).
    Between { after: String, before: String },
    /// With the item that has so many before it.
    Index(usize),
}

/// A page that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageWanted {
    pub position: Position,
    /// Items at most; with 0 only the count is wanted (§2.7).
    pub limit: usize,
}

impl PageWanted {
    /// What `asked` says of the page, with the limit where it says none and the most that is given. `None`: it does not
    /// ask for pages.
    pub fn read(asked: &Element, limit: usize, most: usize) -> Result<Option<Self>, StanzaError> {
        let Some(set) = asked.child("set", ns::RSM) else {
            return Ok(None);
        };
        let number = |name: &str| -> Result<Option<usize>, StanzaError> {
            let text = set.child_text(name, ns::RSM);
            let read = text.map(|text| text.trim().parse::<usize>());
            read.transpose()
                .map_err(|_| StanzaError::new(Condition::BadRequest).with_text(format!("{name} is a number")))
        };
        let id = |name: &str| set.child_text(name, ns::RSM).map(Cow::into_owned);
        let some = |id: String| (!id.is_empty()).then_some(id);
        let position = match (id("before"), id("after").and_then(some), number("index")?) {
            (Some(before), Some(after), _) if !before.is_empty() => Position::Between { after, before },
            (Some(before), ..) => Position::Before(some(before)),
            (None, Some(after), _) => Position::After(Some(after)),
            (None, None, Some(index)) => Position::Index(index),
            (None, None, None) => Position::After(None),
        };
        Ok(Some(Self {
            position,
            limit: number("max")?.unwrap_or(limit).min(most),
        }))
    }

    /// Which of `len` items of a list that is at hand are on the page; `find` gives the place of an id, and an id that is
    /// not there is `item-not-found` (§2.4).
    pub fn range(&self, len: usize, find: impl Fn(&str) -> Option<usize>) -> Result<Range<usize>, StanzaError> {
        let place = |id: &str| find(id).ok_or(Condition::ItemNotFound);
        let forward = |start: usize| start.min(len)..start.saturating_add(self.limit).min(len);
        Ok(match &self.position {
            Position::After(None) => forward(0),
            Position::After(Some(id)) => forward(place(id)? + 1),
            Position::Between { after, before } => {
                let (start, end) = (place(after)? + 1, place(before)?);
                start..start.saturating_add(self.limit).min(end).max(start)
            }
            Position::Index(index) => forward(*index),
            Position::Before(before) => {
                let end = match before {
                    Some(id) => place(id)?,
                    None => len,
                };
                end.saturating_sub(self.limit)..end
            }
        })
    }
}

/// What is said of a page: its first item, with how many come before it where that is known, its last one, and the
/// number of all items where that is known.
pub fn given(first: Option<(&str, Option<usize>)>, last: Option<&str>, count: impl Into<Option<u64>>) -> Element {
    let text = |name: &'static str, text: &str| Element::new(name, ns::RSM).with_text(text);
    let first = first.map(|(id, index)| text("first", id).with_optional_attr("index", index));
    Element::new("set", ns::RSM)
        .with_optional_child(first)
        .with_optional_child(last.map(|id| text("last", id)))
        .with_optional_child(count.into().map(|count| text("count", &count.to_string())))
}

/// The part of `items` that is asked for, and what is said of it.
pub fn page<'items, T>(
    items: &'items [T],
    wanted: &PageWanted,
    id: impl Fn(&T) -> &str,
) -> Result<(&'items [T], Element), StanzaError> {
    let range = wanted.range(items.len(), |wanted| items.iter().position(|item| id(item) == wanted))?;
    let start = range.start;
    let page = &items[range];
    let first = page.first().map(|item| (id(item), Some(start)));
    let set = given(
        first,
        page.last().map(&id),
        u64::try_from(items.len()).unwrap_or(u64::MAX),
    );
    Ok((page, set))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::xml::{Limits, parse_element};

    fn wanted(set: &str) -> Result<Option<PageWanted>, StanzaError> {
        let text = format!("<query xmlns='x'>{set}</query>");
        PageWanted::read(&parse_element(&text, Limits::OWN_TEXT).unwrap(), 3, 4)
    }

    #[test]
    fn a_page_is_the_part_that_was_asked_for() {
        let items = ["a", "b", "c", "d", "e"];
        for (asked, expected) in [
            ("", Ok("abc")),
            ("<max>2</max>", Ok("ab")),
            ("<max>0</max>", Ok("")),
            ("<max>99</max>", Ok("abcd")),
            ("<max>2</max><after>b</after>", Ok("cd")),
            ("<max>2</max><after>e</after>", Ok("")),
            ("<max>2</max><after/>", Ok("ab")),
            ("<max>2</max><before/>", Ok("de")),
            ("<max>2</max><before>c</before>", Ok("ab")),
            ("<max>2</max><before>b</before>", Ok("a")),
            ("<max>2</max><after>a</after><before>e</before>", Ok("bc")),
            ("<max>2</max><after>c</after><before>e</before>", Ok("d")),
            ("<max>2</max><after>e</after><before>a</before>", Ok("")),
            ("<max>2</max><after>a</after><before/>", Ok("de")),
            ("<max>2</max><after/><before>c</before>", Ok("ab")),
            ("<after>a</after><before>x</before>", Err(Condition::ItemNotFound)),
            ("<max>2</max><index>3</index>", Ok("de")),
            ("<max>2</max><index>9</index>", Ok("")),
            ("<after>x</after>", Err(Condition::ItemNotFound)),
            ("<before>x</before>", Err(Condition::ItemNotFound)),
            ("<max>x</max>", Err(Condition::BadRequest)),
            ("<index>-1</index>", Err(Condition::BadRequest)),
        ] {
            let found = wanted(&format!("<set xmlns='{}'>{asked}</set>", ns::RSM))
                .and_then(|wanted| page(&items, &wanted.unwrap(), |item| item).map(|(page, _)| page.concat()));
            let found = found.map_err(|error| error.condition);
            assert_eq!(found, expected.map(str::to_owned), "{asked}");
        }
        assert_eq!(wanted(""), Ok(None));
    }

    #[test]
    fn a_page_says_where_it_is() {
        let asked = format!("<set xmlns='{}'><max>2</max><after>a</after></set>", ns::RSM);
        let (_, set) = page(&["a", "b", "c", "d"], &wanted(&asked).unwrap().unwrap(), |item| item).unwrap();
        let expected = "<first index='1'>b</first><last>c</last><count>4</count></set>";
        assert!(set.to_string().replace('"', "'").ends_with(expected), "{set}");
    }
}
