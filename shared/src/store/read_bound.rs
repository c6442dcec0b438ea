//! The most that reading one selection asks of the store, as a formula of the page budget.

use super::{client::StoreOptions, engine::MAX_GET_KEYS, totals::MAX_CELL_ITEMS};

/// A number of requests to the store, and of the items that they read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadBound {
    /// Requests: reads and writes.
    pub requests: u64,
    /// Items that these read. A page without items still takes a request.
    pub items: u64,
}

/// The readings of pages for one selection: of the values in the totals, then of the documents.
const PASSES: u64 = 2;

impl StoreOptions {
    /// The most that a list, a group, the distinct values or the count of one collection asks of the store.
    ///
    /// It is the sum of: the item with the months of the collection; the cells of the totals, of which one request reads
    /// up to [`MAX_GET_KEYS`]; the pages, of up to `page_items` items, at most `page_budget` of them; for each page the
    /// state of the staged imports in it; the whole documents, where the index has a part of them only. Not in it: the
    /// parts of a document that is longer than an item, with one request for each such document, and repeated readings
    /// because a staged import ended meanwhile.
    pub fn reading_bound(&self) -> ReadBound {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let (pages, keys, cells) = (count(self.page_budget), count(MAX_GET_KEYS), count(MAX_CELL_ITEMS));
        let documents = pages.saturating_mul(count(self.page_items));
        let (read, imports) = (PASSES * pages, pages);
        ReadBound {
            requests: 1 + cells.div_ceil(keys) + read + imports + documents.div_ceil(keys),
            // Each document is an item of a page, may name an import, and may be read once more as a whole.
            items: 1 + cells + (PASSES + 2) * documents,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_bounded_by_its_pages() {
        let of = |page_budget, page_items| {
            let options = StoreOptions { page_budget, page_items, ..StoreOptions::local() };
            let ReadBound { requests, items } = options.reading_bound();
            (requests, items)
        };
        // The months, 4,000 cells, three requests for each page, and ten times a hundred whole documents.
        assert_eq!(of(1, 1_000), (1 + 40 + 3 + 10, 1 + 4_000 + 4 * 1_000));
        assert_eq!(of(3, 10), (1 + 40 + 9 + 1, 1 + 4_000 + 4 * 30));
    }
}
