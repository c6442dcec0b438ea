//! The counts of one day: documents and distinct values.

use std::collections::BTreeSet;

use crate::{
    collections::{BOOT, BUILD, Collection, JOB},
    error::Error,
    query::{Created, Filter, Selection},
    store::{Reader, StoreError},
    time::{DAY, Timestamp},
    value::{Document, Value},
};

/// The members whose distinct values are counted, with the name of the count and the collection.
pub(super) const DISTINCT: [(&str, &Collection, &str); 6] = [
    ("archs", &BUILD, "arch"),
    ("boards", &BOOT, "board"),
    ("defconfigs", &BUILD, "defconfig"),
    ("kernels", &JOB, "kernel"),
    ("machs", &BOOT, "mach"),
    ("trees", &JOB, "job"),
];

/// The collections that are read.
pub(super) const COUNTED: [&Collection; 3] = [&JOB, &BUILD, &BOOT];

/// The counts of a period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct DailyCounts {
    pub(super) jobs: i64,
    pub(super) builds: i64,
    /// The distinct values, in the order of [`DISTINCT`].
    pub(super) values: [BTreeSet<String>; DISTINCT.len()],
}

impl DailyCounts {
    /// Counts the documents created on the day that starts at `start`.
    ///
    /// # Errors
    /// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
    pub(super) async fn of_day(reader: Reader<'_>, day: Timestamp) -> Result<Self, Error> {
        let mut daily_counts = Self::default();
        for collection in COUNTED {
            // A period past the page budget is read in halves.
            let mut spans = vec![(day, day.plus(DAY))];
            while let Some((from, below)) = spans.pop() {
                let half = from.plus((below.milliseconds() - from.milliseconds()) / 2);
                match reader.list(collection, &within(collection, from, below)).await {
                    Err(StoreError::Budget { .. } | StoreError::Memory { .. }) if half > from => {
                        spans.extend([(half, below), (from, half)]);
                    }
                    found => daily_counts.count(collection, &found?),
                }
            }
        }
        Ok(daily_counts)
    }

    fn count(&mut self, collection: &'static Collection, documents: &[Document]) {
        let number = i64::try_from(documents.len()).unwrap_or(i64::MAX);
        if *collection == JOB {
            self.jobs += number;
        } else if *collection == BUILD {
            self.builds += number;
        }
        for ((_, of, member), values) in DISTINCT.iter().zip(&mut self.values) {
            if *of == collection {
                let found = documents.iter().filter_map(|document| document.get(member)?.as_text());
                values.extend(found.map(str::to_owned));
            }
        }
    }

    /// Adds the counts of another period.
    pub(super) fn add(&mut self, other: &Self) {
        self.jobs += other.jobs;
        self.builds += other.builds;
        for (values, more) in self.values.iter_mut().zip(&other.values) {
            values.extend(more.iter().cloned());
        }
    }

    /// The numbers under their names in the statistics: with `prefix`, and with `unique` for distinct values.
    pub(super) fn numbers(&self, prefix: &str, unique: &str) -> Document {
        let totals = [("jobs", self.jobs), ("builds", self.builds)];
        let totals = totals.map(|(name, number)| (format!("{prefix}total_{name}"), Value::Integer(number)));
        let distinct = DISTINCT.iter().zip(&self.values).map(|((name, ..), values)| {
            let number = i64::try_from(values.len()).unwrap_or(i64::MAX);
            (format!("{prefix}{unique}_{name}"), Value::Integer(number))
        });
        totals.into_iter().chain(distinct).collect()
    }
}

fn within(collection: &'static Collection, from: Timestamp, below: Timestamp) -> Selection {
    let of_collection = DISTINCT.iter().filter(|(_, of, _)| *of == collection);
    let fields = of_collection.map(|(_, _, member)| (*member).to_owned()).collect();
    Selection { filter: made_within(Some(from), below), fields, ..Selection::default() }
}

/// The filter for documents created in a period.
pub(super) fn made_within(from: Option<Timestamp>, below: Timestamp) -> Filter {
    Filter { created: Created::Within { from, below: Some(below) }, ..Filter::default() }
}
