//! Points in time and days, in UTC.

use jiff::{Span, civil};

const EPOCH: civil::Date = civil::Date::constant(1970, 1, 1);

/// The milliseconds of a day.
pub const DAY: i64 = 86_400_000;

/// A point in time: milliseconds since 1970-01-01T00:00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time `milliseconds` after the epoch, or before it when negative.
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since the epoch.
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// The start of the UTC day of this time.
    pub const fn start_of_day(self) -> Self {
        Self(self.0.div_euclid(DAY).saturating_mul(DAY))
    }

    /// The time `milliseconds` later, or earlier when negative. Saturates at the limits of 64 bits.
    pub const fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// The start of the day in `text`, which is `YYYY-MM-DD` or `YYYYMMDD`; `None` when it is not a day.
    pub fn parse_day(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        let (year, month, day) = match digits.len() {
            10 if digits.get(4) == Some(&b'-') && digits.get(7) == Some(&b'-') => {
                (text.get(..4)?, text.get(5..7)?, text.get(8..)?)
            }
            8 => (text.get(..4)?, text.get(4..6)?, text.get(6..)?),
            _ => return None,
        };
        let number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse::<i16>().ok())?;
        let (month, day) = (i8::try_from(number(month)?).ok()?, i8::try_from(number(day)?).ok()?);
        let date = civil::Date::new(number(year)?, month, day).ok()?;
        let days = date.since(EPOCH).ok()?.get_days();
        Some(Self(i64::from(days).saturating_mul(DAY)))
    }

    /// Parses an RFC 3339 time such as `2020-04-12T10:30:00Z`; `None` when `text` is not one.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|time| Self(time.as_millisecond()))
    }

    /// The UTC month, such as `2020-04`; `None` outside the years 0 to 9999.
    pub fn month(self) -> Option<String> {
        let days = Span::new().try_days(self.0.div_euclid(DAY)).ok()?;
        let date = EPOCH.checked_add(days).ok()?;
        (date.year() >= 0).then(|| format!("{:04}-{:02}", date.year(), date.month()))
    }

    /// The time in RFC 3339, UTC, for logs and file names. Outside the range of the calendar it is the number of
    /// milliseconds.
    pub fn to_rfc3339(self) -> String {
        jiff::Timestamp::from_millisecond(self.0).map_or_else(|_| self.0.to_string(), |time| time.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_day_are_read() {
        let day = Timestamp::from_milliseconds(1_581_638_400_000);
        assert_eq!(Timestamp::parse_day("2020-02-14"), Some(day));
        assert_eq!(Timestamp::parse_day("20200214"), Some(day));
    }

    #[test]
    fn what_is_no_day_is_not_read() {
        for text in [
            "",
            "2020-02-30",
            "20200230",
            "2020-2-14",
            "14-02-2020",
            "2020/02/14",
            "2020021",
            "+2020214",
            "2020-02-1é",
            "abcdefgh",
        ] {
            assert_eq!(Timestamp::parse_day(text), None, "{text}");
        }
    }

    #[test]
    fn months_and_days_are_those_of_utc() {
        let last = Timestamp::from_milliseconds(1_583_020_799_999);
        assert_eq!(last.month().as_deref(), Some("2020-02"));
        assert_eq!(last.plus(1).month().as_deref(), Some("2020-03"));
        assert_eq!(last.start_of_day(), Timestamp::parse_day("2020-02-29").unwrap());
        assert_eq!(Timestamp::from_milliseconds(253_402_300_799_999).month().as_deref(), Some("9999-12"));
        assert_eq!(Timestamp::from_milliseconds(253_402_300_800_000).month(), None);
        assert_eq!(Timestamp::from_milliseconds(-62_167_219_200_000).month().as_deref(), Some("0000-01"));
        assert_eq!(Timestamp::from_milliseconds(-62_167_219_200_001).month(), None);
        assert_eq!(Timestamp::from_milliseconds(-1).start_of_day().milliseconds(), -DAY);
    }
}
