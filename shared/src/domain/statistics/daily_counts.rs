//! What is counted of a period: how many documents there are, and which values their members have.

use std::collections::BTreeSet;

use crate::{
    collections::{BOOT, BUILD, Collection, JOB},
    error::Error,
    query::{Created, Filter, Selection},
    store::{Reader, StoreError},
    time::{DAY, Timestamp},
    value::{Document, Value},
};

/// The members whose values are told apart: under which name, of which documents.
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

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct DailyCounts {
    pub(super) jobs: i64,
    pub(super) builds: i64,
    /// The values, in the order of [`DISTINCT`].
    pub(super) values: [BTreeSet<String>; DISTINCT.len()],
}

impl DailyCounts {
    /// Counts the documents that were made on the day that starts then.
    ///
    /// # Errors
    /// The store fails.
    pub(super) async fn of_day(reader: Reader<'_>, day: Timestamp) -> Result<Self, Error> {
        let mut daily_counts = Self::default();
        for collection in COUNTED {
            // What is too much for one reading is read half by half.
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

    /// Adds what was counted of another period.
    pub(super) fn add(&mut self, other: &Self) {
        self.jobs += other.jobs;
        self.builds += other.builds;
        for (values, more) in self.values.iter_mut().zip(&other.values) {
            values.extend(more.iter().cloned());
        }
    }

    /// The numbers, as statistics name them behind `prefix` and, where they are of values, behind `unique`.
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

/// The filter for what was made within a period.
pub(super) fn made_within(from: Option<Timestamp>, below: Timestamp) -> Filter {
    Filter { created: Created::Within { from, below: Some(below) }, ..Filter::default() }
}
