//! Lists are read in key order, a bounded page at a time, so that memory does not grow with the
//! data and no database connection is held while a slow client reads.

/// The most rows that one page may hold.
pub const MAX_PAGE: usize = 500;

/// Which page of a list is wanted: the rows whose key comes after `after`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest<K = String> {
    pub after: Option<K>,
    pub limit: usize,
}

impl<K> PageRequest<K> {
    pub fn first() -> Self {
        Self::after(None)
    }

    pub fn after(after: Option<K>) -> Self {
        Self { after, limit: MAX_PAGE }
    }
}

/// One page of a list. `next` is the key to continue after; `None` at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, K = String> {
    pub items: Vec<T>,
    pub next: Option<K>,
}

impl<T, K> Page<T, K> {
    /// A page from rows that were read with `limit`; a short page is the last one.
    pub fn from_rows(items: Vec<T>, limit: usize, key: impl FnOnce(&T) -> K) -> Self {
        let next = if items.len() < limit {
            None
        } else {
            items.last().map(key)
        };
        Self { items, next }
    }

    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U, K> {
        Page {
            items: self.items.into_iter().map(convert).collect(),
            next: self.next,
        }
    }
}
