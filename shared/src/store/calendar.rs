//! The calendar: the set of months in which a collection has documents, in one item. A list over all time reads only
//! these months.

use super::{
    Store, StoreError,
    attribute::AttributeValue,
    condition::UpdateAction,
    engine::ReturnValue,
    keys::{NO_MONTH, month},
    put::{Action, Change},
};
use crate::{collections::Collection, query::Created};

/// The `_id` of the item. The ids of documents have 24 digits, so none equals it.
const CALENDAR: &str = "calendar";
const MONTHS: &str = "months";

/// The maximum number of months that are read without the calendar.
const MAX_MONTHS_WITHOUT_CALENDAR: usize = 3;

impl Store {
    /// Adds `month` to the calendar of the collection. It runs before a document is written, so the calendar covers
    /// every document.
    pub(super) async fn note_month(&self, collection: &'static Collection, month: &str) -> Result<(), StoreError> {
        let known = (collection.name, month.to_owned());
        let is_known = self.known_months.lock().is_ok_and(|months| months.contains(&known));
        if is_known {
            return Ok(());
        }
        let steps = vec![UpdateAction::Add(MONTHS.to_owned(), AttributeValue::Ss(vec![month.to_owned()]))];
        let (key, action) = (CALENDAR.to_owned(), Action::Update(steps));
        let change = Change { collection, key, action, demand: None };
        self.engine.write(&self.work, &change, ReturnValue::None).await?;
        if let Ok(mut months) = self.known_months.lock() {
            months.insert(known);
        }
        Ok(())
    }

    /// Whether [`Store::months`] reads the calendar for `created`.
    pub(super) fn asks_calendar(created: Created) -> bool {
        match created {
            Created::Null => false,
            Created::Any => true,
            Created::Within { from, below } => few_months(from, below).is_none(),
        }
    }

    /// The months in which documents with such a `created_on` lie, oldest first. A short period does not read the
    /// calendar, because a query of an empty month costs as much as that read.
    pub(super) async fn months(
        &self,
        collection: &'static Collection,
        created: Created,
    ) -> Result<Vec<String>, StoreError> {
        let (from, below) = match created {
            Created::Null => return Ok(vec![NO_MONTH.to_owned()]),
            Created::Any => (None, None),
            Created::Within { from, below } => {
                if let Some(few) = few_months(from, below) {
                    return Ok(few);
                }
                (from.and_then(|date| date.month()), below.and_then(|date| date.plus(-1).month()))
            }
        };
        let item = self.get_item(collection, CALENDAR).await?.unwrap_or_default();
        let mut months = match item.get(MONTHS) {
            Some(AttributeValue::Ss(months)) => months.clone(),
            _ => Vec::new(),
        };
        let all = created == Created::Any;
        months.retain(|month| match month == NO_MONTH {
            true => all,
            false => from.as_ref().is_none_or(|from| month >= from) && below.as_ref().is_none_or(|last| month <= last),
        });
        // Documents without a date sort first.
        months.sort_by(|a, b| (a != NO_MONTH, a).cmp(&(b != NO_MONTH, b)));
        Ok(months)
    }
}

fn few_months(from: Option<crate::time::Timestamp>, below: Option<crate::time::Timestamp>) -> Option<Vec<String>> {
    const MAX_MONTH: i64 = 31 * crate::time::DAY;
    let (from, last) = (from?, below?.plus(-1));
    let mut months = Vec::new();
    let mut at = from;
    loop {
        let current = month(Some(at.min(last)));
        if current == NO_MONTH || months.len() > MAX_MONTHS_WITHOUT_CALENDAR {
            return None;
        }
        if months.last() != Some(&current) {
            months.push(current);
        }
        if at >= last {
            return (months.len() <= MAX_MONTHS_WITHOUT_CALENDAR).then_some(months);
        }
        // The step is shorter than any month, so no month is skipped.
        at = at.plus(MAX_MONTH - 4 * crate::time::DAY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn few(from: &str, below: &str) -> Option<Vec<String>> {
        few_months(Timestamp::parse_day(from), Timestamp::parse_day(below))
    }

    #[test]
    fn a_short_period_names_its_months() {
        assert_eq!(few("2020-02-14", "2020-02-15").unwrap(), ["2020-02"]);
        assert_eq!(few("2020-01-31", "2020-03-01").unwrap(), ["2020-01", "2020-02"]);
        assert_eq!(few("2019-12-31", "2020-02-02").unwrap(), ["2019-12", "2020-01", "2020-02"]);
        assert_eq!(few("2020-03-01", "2020-03-01"), Some(vec!["2020-02".to_owned()]));
    }

    #[test]
    fn a_long_or_open_one_asks_the_calendar() {
        assert_eq!(few("2019-01-01", "2020-02-02"), None);
        assert_eq!(few_months(None, Timestamp::parse_day("2020-02-02")), None);
    }
}
