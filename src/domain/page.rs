//! Lists are read in key order, a bounded page at a time, so that memory does not grow with the
//! data and no database connection is held while a slow client reads.

/// The most rows that one page may hold.
pub const MAX_PAGE: usize = 500;

/// A page ends before its limit when what it holds is heavier than so many bytes.
pub const MAX_PAGE_BYTES: usize = 1 << 20;

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

/// A page while its rows are read. A row that is itself a list may grow after it was put in.
#[derive(Debug)]
pub struct GrowingPage<T> {
    items: Vec<T>,
    limit: usize,
    bytes: usize,
}

impl<T> GrowingPage<T> {
    pub fn new(limit: usize) -> Self {
        Self {
            items: Vec::new(),
            limit,
            bytes: 0,
        }
    }

    /// Whether no further row is to be put in.
    pub fn is_full(&self) -> bool {
        self.items.len() >= self.limit || self.bytes >= MAX_PAGE_BYTES
    }

    /// Puts in a row that takes about so many bytes.
    pub fn push(&mut self, item: T, bytes: usize) {
        self.items.push(item);
        self.bytes += bytes;
    }

    /// Lets the row that was put in last grow; `grow` says by how many bytes.
    pub fn grow_last<E>(&mut self, grow: impl FnOnce(&mut T) -> Result<usize, E>) -> Result<(), E> {
        if let Some(last) = self.items.last_mut() {
            self.bytes += grow(last)?;
        }
        Ok(())
    }

    /// A page that did not become full is the last one.
    pub fn finish<K>(self, key: impl FnOnce(&T) -> K) -> Page<T, K> {
        let next = if self.is_full() {
            self.items.last().map(key)
        } else {
            None
        };
        Page {
            items: self.items,
            next,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_with_its_rows_its_limit_or_its_bytes() {
        let page = |limit, rows: &[usize]| {
            let mut page = GrowingPage::new(limit);
            for bytes in rows {
                if page.is_full() {
                    break;
                }
                page.push((), *bytes);
            }
            let page = page.finish(|()| ());
            (page.items.len(), page.next.is_some())
        };
        assert_eq!(page(3, &[1, 1]), (2, false));
        assert_eq!(page(3, &[1, 1, 1, 1]), (3, true));
        assert_eq!(page(3, &[MAX_PAGE_BYTES - 1, 1, 1]), (2, true));
        assert_eq!(page(3, &[MAX_PAGE_BYTES, 1]), (1, true));
        assert_eq!(page(3, &[]), (0, false));
    }
}
