//! The time that a request sees.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::time::Timestamp;

/// Where the time comes from.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stood at `start` when it was made and has run on since: for tests of what depends on the day.
    From {
        /// The time at which it was started.
        start: Timestamp,
        /// The moment at which it was started.
        at: Instant,
    },
}

impl Clock {
    /// A clock that stands at `start` now, and runs on.
    pub fn starting_at(start: Timestamp) -> Self {
        Self::From { start, at: Instant::now() }
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_milliseconds(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::From { start, at } => start.plus(i64::try_from(at.elapsed().as_millis()).unwrap_or(i64::MAX)),
        }
    }
}
