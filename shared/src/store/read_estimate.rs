//! Readings that are certain to be refused, told by the totals before their pages are read.

use super::{Store, StoreError, collect::Row, query::Reading};
use crate::{
    query::{Created, Filter},
    time::{DAY, Timestamp},
};

/// The most cells that are asked for: fewer items than two pages have.
const MAX_CELLS: usize = 200;

impl Store {
    /// Fails where the totals show that a reading passes its budget of pages, or that the documents which it keeps pass
    /// the memory of an answer. It takes one request, and none where the reading may end early or is certain to suffice.
    ///
    /// # Errors
    /// [`StoreError::Budget`] or [`StoreError::Memory`], or the store fails.
    pub(super) async fn foresee(&self, reading: &Reading<'_>) -> Result<(), StoreError> {
        let is_filtered = reading.plan.residual != Filter::default();
        let needed = match reading.needed.filter(|_| reading.plan.ordered) {
            // Nothing says where in the index the last of them is.
            Some(_) if is_filtered => return Ok(()),
            Some(needed) => needed,
            None => usize::MAX,
        };
        let pages = self.options.page_budget;
        let most_items = pages.saturating_mul(self.options.page_items);
        if needed <= most_items {
            return Ok(());
        }
        let Some(filter) = reading.plan.served.as_ref().and_then(whole_days) else { return Ok(()) };
        let Some(least) = self.total_of_few(reading.collection, &filter, MAX_CELLS).await? else { return Ok(()) };
        if least.min(needed) > most_items {
            return Err(StoreError::Budget { pages });
        }
        let kept = least.saturating_sub(reading.skipped);
        if reading.keeps_all && !is_filtered && kept.saturating_mul(Row::MIN_BYTES) > self.answer_bytes() {
            return Err(StoreError::Memory { bytes: self.answer_bytes() });
        }
        Ok(())
    }
}

/// The filter for the whole days within its period, whose documents are some of those that it selects; `None` where there
/// is no such day.
fn whole_days(filter: &Filter) -> Option<Filter> {
    let created = match filter.created {
        Created::Within { from, below } => {
            let start = |date: Timestamp| {
                let day = date.start_of_day();
                if day == date { day } else { day.plus(DAY) }
            };
            let (from, below) = (from.map(start), below.map(Timestamp::start_of_day));
            if from.zip(below).is_some_and(|(from, below)| from >= below) {
                return None;
            }
            Created::Within { from, below }
        }
        other => other,
    };
    Some(Filter { created, ..filter.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(from: &str, below: &str) -> Filter {
        let [from, below] = [from, below].map(Timestamp::parse_rfc3339);
        Filter { created: Created::Within { from, below }, ..Filter::default() }
    }

    #[test]
    fn a_period_is_narrowed_to_its_whole_days() {
        let days = within("2020-04-02T00:00:00Z", "2020-04-05T00:00:00Z");
        assert_eq!(whole_days(&days), Some(days.clone()));
        assert_eq!(whole_days(&within("2020-04-01T00:00:00.001Z", "2020-04-05T23:59:59Z")), Some(days));
        assert_eq!(whole_days(&within("2020-04-01T10:00:00Z", "2020-04-02T12:00:00Z")), None);
        assert_eq!(whole_days(&Filter::default()), Some(Filter::default()));
    }
}
