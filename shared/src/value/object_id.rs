//! The identity of a document.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

use crate::time::Timestamp;

/// Twelve bytes, written as 24 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId([u8; 12]);

/// Text that is no identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 24 hex digits")]
pub struct ParseObjectIdError;

impl ObjectId {
    /// The identity of what `parts` identify within `collection`: the same parts, the same identity. An import that
    /// is repeated, or that runs twice at once, therefore meets its own document.
    pub fn derived<'a>(collection: &str, parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hash = Sha256::new();
        hash.update(collection.as_bytes());
        for part in parts {
            // The length goes first, so that ("a", "bc") and ("ab", "c") differ.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let mut bytes = [0; 12];
        bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self(bytes)
    }

    /// The identity of the part of something that comes at `place`: the same parts and place, the same identity. Parts of
    /// one thing sort by their places.
    pub fn derived_in_order<'a>(collection: &str, parts: impl IntoIterator<Item = &'a str>, place: u32) -> Self {
        let [_, place @ ..] = place.to_be_bytes();
        let Self(derived) = Self::derived(collection, parts);
        let mut bytes = [0; 12];
        bytes.iter_mut().zip(place.into_iter().chain(derived)).for_each(|(to, from)| *to = from);
        Self(bytes)
    }

    /// An identity that nothing else has: the second of `now`, then eight random bytes.
    pub fn unique(now: Timestamp, random: [u8; 8]) -> Self {
        let seconds = u32::try_from(now.milliseconds().div_euclid(1000)).unwrap_or(0);
        let mut bytes = [0; 12];
        let source = seconds.to_be_bytes().into_iter().chain(random);
        bytes.iter_mut().zip(source).for_each(|(to, from)| *to = from);
        Self(bytes)
    }
}

impl ObjectId {
    /// Its hex digits, which are ASCII.
    pub(super) fn digits(self) -> [u8; 24] {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let mut digits = [0; 24];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            for (digit, half) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
                *digit = DIGITS.get(usize::from(half)).copied().unwrap_or_default();
            }
        }
        digits
    }
}

impl FromStr for ObjectId {
    type Err = ParseObjectIdError;

    fn from_str(text: &str) -> Result<Self, ParseObjectIdError> {
        let digits = text.as_bytes();
        if digits.len() != 24 {
            return Err(ParseObjectIdError);
        }
        let mut bytes = [0; 12];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = 0;
            for digit in pair {
                let value = char::from(*digit).to_digit(16).ok_or(ParseObjectIdError)?;
                *byte = (*byte << 4) | u8::try_from(value).map_err(|_| ParseObjectIdError)?;
            }
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.digits()).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_back_in_lower_case() {
        let id: ObjectId = "5E79F370F870C5DA21EECE6D".parse().unwrap();
        assert_eq!(id.to_string(), "5e79f370f870c5da21eece6d");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "5e79f370f870c5da21eece6",
            "zzzzzzzzzzzzzzzzzzzzzzzz",
            "5e79f370f870c5da21eece6d0",
            "é9f370f870c5da21eece6dé",
        ] {
            assert_eq!(text.parse::<ObjectId>(), Err(ParseObjectIdError), "{text}");
        }
    }

    #[test]
    fn derived_ids_depend_on_every_part_and_its_place() {
        let ids = [
            ObjectId::derived("job", ["next", "v1", "master"]),
            ObjectId::derived("job", ["nextv", "1", "master"]),
            ObjectId::derived("job", ["v1", "next", "master"]),
            ObjectId::derived("build", ["next", "v1", "master"]),
        ];
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
        assert_eq!(ids[0], ObjectId::derived("job", ["next", "v1", "master"]));
    }
}
