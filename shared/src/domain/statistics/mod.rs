//! Statistics: one document a day, with the numbers of the day, of the weeks that end with it, and of all time.

mod daily_counts;
mod sums;

use futures_util::{FutureExt, future::BoxFuture};

use self::{
    daily_counts::{COUNTED, DailyCounts, made_within},
    sums::Sums,
};
use crate::{
    collections::{STATISTICS, STATISTICS_SUM},
    error::Error,
    query::Selection,
    store::{Identified, Reader, Replacement, Writer},
    time::{DAY, Timestamp},
    value::{Document, ObjectId, Value},
};

/// The delay after the end of a day until it is counted, in milliseconds. It is longer than a worker runs, so work that
/// began before midnight is stored.
const SETTLED: i64 = 15 * 60_000;

/// The prefixes of the numbers and the days that each covers.
const PERIODS: [(&str, i64); 3] = [("daily_", 1), ("weekly_", 7), ("biweekly_", 14)];

/// The days of the longest period.
const MAX_LENGTH: i64 = 14;

/// The sums are stored after this many days without statistics, so that an interrupted first count of several years
/// continues.
const MAX_UNBUFFERED: usize = 50;

/// The last complete day that can be counted.
pub fn last_day(now: Timestamp) -> Timestamp {
    now.plus(-SETTLED).start_of_day().plus(-DAY)
}

/// The id of a day's statistics.
pub fn id_of_day(day: Timestamp) -> ObjectId {
    ObjectId::derived(STATISTICS.name, [day.to_rfc3339().as_str()])
}

/// Creates the sums for the current day, unless they exist: the statistics then begin with that day.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub async fn begin(writer: Writer<'_>, now: Timestamp) -> Result<(), Error> {
    if Sums::kept(*writer).await?.is_none() {
        let sums = Sums::starting(last_day(now).plus(DAY));
        // Sums of a concurrent process are equivalent.
        writer.replace([replacement(&sums, None)]).await?;
    }
    Ok(())
}

/// Writes the statistics of every complete day that has none: the previous day and days that were missed. Without sums,
/// writes the previous day only. Returns the number of days.
///
/// The sums and the statistics of a day are one transaction and a counted day is not counted again, so repeated or
/// concurrent runs write the same.
///
/// The future is boxed because it is large.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request. Days
/// that were written before stay; the next run continues.
pub fn write_due(writer: Writer<'_>, now: Timestamp) -> BoxFuture<'_, Result<usize, Error>> {
    write_up_to(writer, last_day(now)).boxed()
}

async fn write_up_to(writer: Writer<'_>, last: Timestamp) -> Result<usize, Error> {
    let kept = Sums::kept(*writer).await?;
    let (mut sums, mut before) = match kept {
        Some((sums, before)) => (sums, Some(before)),
        None => (Sums::starting(last), None),
    };
    let (mut window, mut unkept, mut written) = (Window::default(), 0, 0);
    while let Some(day) = next_day(*writer, &sums, last).await? {
        sums.add(day, window.day(*writer, day).await?);
        unkept += 1;
        let statistics = if day < sums.first { None } else { Some(window.statistics(*writer, day, &sums).await?) };
        if statistics.is_none() && unkept < MAX_UNBUFFERED {
            continue;
        }
        let of_day = match &statistics {
            Some(_) => writer.read_now(&STATISTICS, id_of_day(day)).await?,
            None => None,
        };
        let is_day = usize::from(statistics.is_some());
        let of_day =
            statistics.map(|after| Replacement { collection: &STATISTICS, before: of_day, after: Some(after) });
        if !writer.replace([replacement(&sums, before)].into_iter().chain(of_day)).await? {
            tracing::info!("statistics are being written by another");
            return Ok(written);
        }
        tracing::info!(
            day = day.to_rfc3339(),
            jobs = sums.daily_counts.jobs,
            builds = sums.daily_counts.builds,
            "day counted"
        );
        (unkept, written) = (0, written + is_day);
        before = Sums::kept(*writer).await?.map(|(_, kept)| kept);
    }
    if unkept > 0 {
        writer.replace([replacement(&sums, before)]).await?;
    }
    Ok(written)
}

fn replacement(sums: &Sums, before: Option<Identified>) -> Replacement {
    Replacement { collection: &STATISTICS_SUM, before, after: Some(sums.to_document()) }
}

/// The next day to count, up to `last`. Days before the first statistics count only when they have documents.
async fn next_day(reader: Reader<'_>, sums: &Sums, last: Timestamp) -> Result<Option<Timestamp>, Error> {
    let start = sums.through.map(|through| through.plus(DAY));
    if start.is_none_or(|start| start < sums.first) {
        let mut earliest: Option<Timestamp> = None;
        for collection in COUNTED {
            let filter = made_within(start, sums.first.min(last.plus(DAY)));
            let fields = vec!["created_on".to_owned()];
            let oldest = Selection { filter, limit: 1, fields, ..Selection::default() };
            let found = reader.list(collection, &oldest).await?;
            let made = found.first().and_then(|document| document.get("created_on")?.as_date());
            earliest = [earliest, made].into_iter().flatten().min();
        }
        let day = earliest.map_or(sums.first, Timestamp::start_of_day);
        return Ok((day <= last).then_some(day));
    }
    Ok(start.filter(|start| *start <= last))
}

/// The counts of days that were read, which the statistics of several days share.
#[derive(Default)]
struct Window {
    days: Vec<(Timestamp, DailyCounts)>,
}

impl Window {
    async fn day(&mut self, reader: Reader<'_>, day: Timestamp) -> Result<&DailyCounts, Error> {
        let place = match self.days.iter().position(|(known, _)| *known == day) {
            Some(place) => place,
            None => {
                self.days.push((day, DailyCounts::of_day(reader, day).await?));
                self.days.len() - 1
            }
        };
        let known = self.days.get(place).map(|(_, daily_counts)| daily_counts);
        known.ok_or_else(|| Error::Internal("a day was read and is not there".to_owned()))
    }

    async fn statistics(&mut self, reader: Reader<'_>, day: Timestamp, sums: &Sums) -> Result<Document, Error> {
        self.days.retain(|(known, _)| *known > day.plus(-MAX_LENGTH * DAY));
        let mut document: Document = [
            ("_id".to_owned(), Value::Id(id_of_day(day))),
            ("created_on".to_owned(), Value::Date(day.plus(DAY))),
            ("start_date".to_owned(), Value::Date(day)),
            ("version".to_owned(), Value::from("1.0")),
        ]
        .into();
        document.extend(sums.daily_counts.numbers("", "total_unique"));
        for (prefix, days) in PERIODS {
            let mut daily_counts = DailyCounts::default();
            for back in 0..days {
                daily_counts.add(self.day(reader, day.plus(-back * DAY)).await?);
            }
            document.extend(daily_counts.numbers(prefix, "unique"));
        }
        Ok(document)
    }
}
