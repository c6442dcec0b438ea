//! The running sums over all time. With them the statistics of a day read no older days.

use std::collections::BTreeSet;

use super::daily_counts::{DISTINCT, DailyCounts};
use crate::{
    collections::STATISTICS_SUM,
    error::Error,
    store::{Identified, Reader, derived_id},
    time::Timestamp,
    value::{Document, Value},
};

const NAME: &str = "name";
/// The name of the one document.
const ALL: &str = "all";
const FIRST: &str = "first";
const THROUGH: &str = "through";

/// The counts of all days so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sums {
    /// The first day with statistics.
    pub(super) first: Timestamp,
    /// The last counted day; `None` before the first.
    pub(super) through: Option<Timestamp>,
    pub(super) daily_counts: DailyCounts,
}

impl Sums {
    /// Empty sums; the statistics begin with `first`.
    pub(super) fn starting(first: Timestamp) -> Self {
        Self { first, through: None, daily_counts: DailyCounts::default() }
    }

    /// Adds a day.
    pub(super) fn add(&mut self, day: Timestamp, daily_counts: &DailyCounts) {
        self.daily_counts.add(daily_counts);
        self.through = Some(day);
    }

    /// Reads the sums; `None` when they do not exist.
    ///
    /// # Errors
    /// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
    pub(super) async fn kept(reader: Reader<'_>) -> Result<Option<(Self, Identified)>, Error> {
        let Some(id) = derived_id(&STATISTICS_SUM, &identity()) else { return Ok(None) };
        let Some(found) = reader.identified(&STATISTICS_SUM, id).await? else { return Ok(None) };
        let sums = Self::of(&found.document).ok_or_else(|| Error::Internal("the sums are damaged".to_owned()))?;
        Ok(Some((sums, found)))
    }

    fn of(document: &Document) -> Option<Self> {
        let number = |name: &str| match document.get(name) {
            Some(Value::Integer(number)) => Some(*number),
            _ => None,
        };
        let texts = |name: &str| -> Option<BTreeSet<String>> {
            document.get(name)?.as_list()?.iter().map(|value| value.as_text().map(str::to_owned)).collect()
        };
        let mut daily_counts =
            DailyCounts { jobs: number("jobs")?, builds: number("builds")?, ..DailyCounts::default() };
        for ((name, ..), values) in DISTINCT.iter().zip(&mut daily_counts.values) {
            *values = texts(name)?;
        }
        let through = document.get(THROUGH).and_then(Value::as_date);
        Some(Self { first: document.get(FIRST)?.as_date()?, through, daily_counts })
    }

    /// The stored form.
    pub(super) fn to_document(&self) -> Document {
        let mut document = identity();
        document.insert(FIRST.to_owned(), Value::Date(self.first));
        document.insert(THROUGH.to_owned(), self.through.map_or(Value::Null, Value::Date));
        document.insert("jobs", Value::Integer(self.daily_counts.jobs));
        document.insert("builds", Value::Integer(self.daily_counts.builds));
        for ((name, ..), values) in DISTINCT.iter().zip(&self.daily_counts.values) {
            document.insert((*name).to_owned(), Value::List(values.iter().cloned().map(Value::from).collect()));
        }
        document
    }
}

fn identity() -> Document {
    [(NAME.to_owned(), Value::from(ALL))].into()
}
