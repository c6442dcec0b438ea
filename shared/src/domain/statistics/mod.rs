//! Statistics: one document for each day, with the numbers of that day, of the weeks that end with it, and of all time.

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

/// How long after its end a day is counted, in milliseconds: what was begun before midnight is stored by then, because
/// no worker runs for longer.
const SETTLED: i64 = 15 * 60_000;

/// The prefixes of the numbers, and of how many days they are.
const PERIODS: [(&str, i64); 3] = [("daily_", 1), ("weekly_", 7), ("biweekly_", 14)];

/// The days of the longest period.
const MAX_LENGTH: i64 = 14;

/// After how many days without statistics of their own the sums are kept, so that not everything is lost when the first
/// count, which may be of years, is broken off.
const MAX_UNBUFFERED: usize = 50;

/// The last day that is over and can be counted.
pub fn last_day(now: Timestamp) -> Timestamp {
    now.plus(-SETTLED).start_of_day().plus(-DAY)
}

/// The id of a day's statistics.
pub fn id_of_day(day: Timestamp) -> ObjectId {
    ObjectId::derived(STATISTICS.name, [day.to_rfc3339().as_str()])
}

/// Lets statistics begin with the day that is not over yet, where none has begun: days before have what was loaded.
///
/// # Errors
/// The store fails.
pub async fn begin(writer: Writer<'_>, now: Timestamp) -> Result<(), Error> {
    if Sums::kept(*writer).await?.is_none() {
        let sums = Sums::starting(last_day(now).plus(DAY));
        // Where another process was faster, its sums are as good.
        writer.replace([replacement(&sums, None)]).await?;
    }
    Ok(())
}

/// Writes the statistics of every day that is over and has none: the day before, and those that were missed since the
/// last. Where none has ever been written, only those of the day before. Gives the number of days.
///
/// The sums and a day's statistics are written in one transaction. A day that is counted is not counted again, so who runs
/// this twice, or at once with another, writes the same.
///
/// The future is boxed: it is large.
///
/// # Errors
/// The store fails. What was written until then stays, and the next run goes on from there.
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

/// The next day to count, of those up to `last`. Days before the statistics begin count only where something was made.
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

/// The days that were read, which statistics of several days share.
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
