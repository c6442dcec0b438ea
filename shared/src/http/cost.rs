//! What a request may ask of the store at most.

use crate::store::{ReadBound, StoreOptions};

/// What a request may ask of the store at most, beside the read of its token: the sum of the members.
///
/// Writes that are repeated because another request writes the same document at the same time come on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Requests that are the same whatever is stored, reads and writes.
    pub requests: u64,
    /// The items that these read.
    pub items: u64,
    /// Lists, groups, distinct values or counts of one collection: each within the page budget, see
    /// [`StoreOptions::reading_bound`].
    pub readings: u64,
    /// What comes on top for each part of the request, where its size decides.
    pub each: Option<CostPerPart>,
}

/// What a request asks of the store for each of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostPerPart {
    /// What the parts are.
    pub part: Part,
    /// Requests for each.
    pub requests: u64,
    /// Items that these read.
    pub items: u64,
    /// Readings for each.
    pub readings: u64,
}

/// What decides the cost of a request by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// An operation of a batch.
    Operation,
    /// A group or a case in the body, or one that it replaces.
    TestResult,
    /// A document that the request deletes.
    Deleted,
}

impl Cost {
    /// The store is not asked.
    pub const NOTHING: Self = Self::fixed(0, 0);

    /// One document by its id, or by the identity that its id is derived from; a test result of a staged import has the
    /// state of the import beside it, and a document with an id of its own a pointer.
    pub const DOCUMENT: Self = Self::fixed(2, 2);

    /// A task that is stored, to be done after the answer.
    pub const TASK: Self = Self::fixed(2, 0);

    /// A fixed number of requests, which read so many items.
    pub const fn fixed(requests: u64, items: u64) -> Self {
        Self { requests, items, readings: 0, each: None }
    }

    /// So many readings.
    pub const fn readings(readings: u64) -> Self {
        Self { readings, ..Self::NOTHING }
    }

    /// The same, and so many requests and items.
    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            items: self.items + other.items,
            readings: self.readings + other.readings,
            each: self.each,
        }
    }

    /// The same, and for each part what `cost` says.
    pub(super) const fn and_each(self, part: Part, cost: Self) -> Self {
        let Self { requests, items, readings, .. } = cost;
        Self { each: Some(CostPerPart { part, requests, items, readings }), ..self }
    }

    /// The bound in numbers, under the limits of a store, for a request with so many parts.
    pub fn bound(&self, options: &StoreOptions, parts: u64) -> ReadBound {
        let reading = options.reading_bound();
        let each = self.each.unwrap_or(CostPerPart { part: Part::Operation, requests: 0, items: 0, readings: 0 });
        let readings = self.readings + parts * each.readings;
        ReadBound {
            requests: self.requests + parts * each.requests + readings.saturating_mul(reading.requests),
            items: self.items + parts * each.items + readings.saturating_mul(reading.items),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_the_sum_of_what_is_fixed_of_readings_and_of_parts() {
        let options = StoreOptions { page_budget: 3, page_items: 10, ..StoreOptions::local() };
        let ReadBound { requests, items } = options.reading_bound();
        let bound = |cost: Cost, parts| {
            let ReadBound { requests, items } = cost.bound(&options, parts);
            (requests, items)
        };
        assert_eq!(bound(Cost::NOTHING, 5), (0, 0));
        assert_eq!(bound(Cost::DOCUMENT.and(Cost::fixed(1, 0)), 5), (3, 2));
        assert_eq!(bound(Cost::readings(2), 5), (2 * requests, 2 * items));
        let deletion = Cost::readings(1).and_each(Part::Deleted, Cost::fixed(4, 1));
        assert_eq!(bound(deletion, 5), (requests + 20, items + 5));
        let batch = Cost::NOTHING.and_each(Part::Operation, Cost::readings(6));
        assert_eq!(bound(batch, 2), (12 * requests, 12 * items));
    }
}
