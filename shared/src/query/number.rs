//! Whole numbers in arguments.

use super::BadArgument;

/// Reads a whole number, a sign allowed; numbers past what 64 bits hold count as the last that they do.
pub(super) fn whole(name: &str, value: &str) -> Result<i64, BadArgument> {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(BadArgument::value(name, value, "a whole number"));
    }
    let bound = if value.starts_with('-') { i64::MIN } else { i64::MAX };
    Ok(value.parse().unwrap_or(bound))
}

/// Reads a whole number from 0.
pub(super) fn count(name: &str, value: &str) -> Result<usize, BadArgument> {
    match whole(name, value)? {
        number if number < 0 => Err(BadArgument::value(name, value, "a whole number from 0")),
        number => Ok(usize::try_from(number).unwrap_or(usize::MAX)),
    }
}
