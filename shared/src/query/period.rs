//! The arguments that select a period of `created_on`.

use super::{Arguments, BadArgument, number::whole, read::date};
use crate::time::{DAY, Timestamp};

/// The minutes that `time_range` is held within.
pub const MINUTES: std::ops::RangeInclusive<u64> = 10..=1440;

/// From the first to before the second.
pub(super) type Period = (Timestamp, Timestamp);

/// Reads `created_on`, `date_range` and `time_range`. Only the last value of each counts, and a `created_on` of
/// `null` is no period.
pub(super) fn read(arguments: &Arguments, now: Timestamp) -> Result<Option<Period>, BadArgument> {
    let day = match arguments.last("created_on") {
        None | Some("" | "null") => None,
        Some(text) => Some(date("created_on", text)?.start_of_day()),
    };
    let days = arguments.last("date_range").map(|text| whole("date_range", text)).transpose()?;
    let minutes = arguments.last("time_range").map(|text| whole("time_range", text)).transpose()?;

    if let Some(minutes) = minutes {
        let minutes = minutes.unsigned_abs().clamp(*MINUTES.start(), *MINUTES.end());
        let span = i64::try_from(minutes).unwrap_or(i64::MAX).saturating_mul(60_000);
        // What was made this very millisecond belongs to the period.
        return Ok(Some((now.plus(-span), now.plus(1))));
    }
    let Some(days) = days else {
        return Ok(day.map(|start| (start, start.plus(DAY))));
    };
    let last = day.unwrap_or(now.start_of_day());
    let span = i64::try_from(days.unsigned_abs()).unwrap_or(i64::MAX).saturating_mul(DAY);
    Ok(Some((last.plus(span.saturating_neg()), last.plus(DAY))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2020-04-12T10:30:00Z";

    fn period(query: &str) -> Option<(String, String)> {
        let now = Timestamp::parse_rfc3339(NOW).unwrap();
        read(&Arguments::parse(query).unwrap(), now)
            .unwrap()
            .map(|(from, below)| (from.to_rfc3339(), below.to_rfc3339()))
    }

    fn some(from: &str, below: &str) -> Option<(String, String)> {
        Some((from.to_owned(), below.to_owned()))
    }

    #[test]
    fn a_day_is_whole() {
        assert_eq!(period("created_on=2020-02-14"), some("2020-02-14T00:00:00Z", "2020-02-15T00:00:00Z"));
        assert_eq!(period("created_on=2020-01-01&created_on=20200214"), period("created_on=2020-02-14"));
        assert_eq!(period("created_on=1581692400000"), period("created_on=2020-02-14"));
    }

    #[test]
    fn days_reach_back_from_today_or_from_the_day_given() {
        assert_eq!(period("date_range=0"), some("2020-04-12T00:00:00Z", "2020-04-13T00:00:00Z"));
        assert_eq!(period("date_range=5"), some("2020-04-07T00:00:00Z", "2020-04-13T00:00:00Z"));
        assert_eq!(period("date_range=-5"), period("date_range=5"));
        assert_eq!(period("date_range=2&created_on=2020-02-14"), some("2020-02-12T00:00:00Z", "2020-02-15T00:00:00Z"));
        assert!(period("date_range=999999999999999999999").is_some());
    }

    #[test]
    fn minutes_are_clamped_and_win() {
        let hour = some("2020-04-12T09:30:00Z", "2020-04-12T10:30:00.001Z");
        assert_eq!(period("time_range=60"), hour);
        assert_eq!(period("time_range=-60&date_range=5&created_on=2020-02-14"), hour);
        assert_eq!(period("time_range=1"), period("time_range=10"));
        assert_eq!(period("time_range=99999"), period("time_range=1440"));
    }

    #[test]
    fn no_argument_is_no_period() {
        for query in ["", "created_on=", "created_on=null", "job=next"] {
            assert_eq!(period(query), None, "{query}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for query in [
            "date_range=1.5",
            "date_range=",
            "time_range=abc",
            "created_on=abc",
            "created_on=20201345",
            "created_on=2020-2-1",
        ] {
            let arguments = Arguments::parse(query).unwrap();
            assert!(read(&arguments, Timestamp::from_milliseconds(0)).is_err(), "{query}");
        }
    }
}
