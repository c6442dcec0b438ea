//! How many items a page is asked for.

/// The fewest items of a first page where a condition may drop some of them: a read unit holds several small items.
const MIN_FIRST_PAGE: usize = 100;

/// How much of what is needed a first page reads where a condition may drop some of it.
const AHEAD: usize = 4;

/// The sizes of the pages of a reading in order that ends with the last document needed.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageGrowth {
    next: usize,
    most: usize,
}

impl PageGrowth {
    /// The sizes for so many documents; `None` for all that there are.
    pub(super) fn of(needed: Option<usize>, most: usize) -> Self {
        let first = needed.map_or(most, |needed| needed.saturating_mul(AHEAD).max(MIN_FIRST_PAGE));
        Self { next: first.min(most), most }
    }

    /// The size of the next page, of which a condition drops some; each is twice as large as the one before.
    pub(super) fn filtered(&mut self) -> usize {
        let size = self.next;
        self.next = size.saturating_mul(2).min(self.most);
        size
    }

    /// The size of a page of which nothing is dropped.
    pub(super) fn exact(self, left: Option<usize>) -> usize {
        left.map_or(self.most, |left| left.min(self.most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_begin_with_a_few_times_what_is_needed_and_double() {
        let sizes = |needed, most| {
            let mut page_growth = PageGrowth::of(needed, most);
            [0; 5].map(|_| page_growth.filtered())
        };
        assert_eq!(sizes(Some(50), 1_000), [200, 400, 800, 1_000, 1_000]);
        assert_eq!(sizes(Some(1), 1_000), [100, 200, 400, 800, 1_000]);
        assert_eq!(sizes(Some(usize::MAX), 1_000), [1_000; 5]);
        assert_eq!(sizes(None, 1_000), [1_000; 5]);
        assert_eq!(sizes(Some(5), 7), [7; 5]);
    }

    #[test]
    fn nothing_is_read_beyond_what_is_needed_where_nothing_is_dropped() {
        let page_growth = PageGrowth::of(Some(50), 1_000);
        assert_eq!(
            [page_growth.exact(Some(50)), page_growth.exact(Some(5_000)), page_growth.exact(None)],
            [50, 1_000, 1_000]
        );
    }
}
