//! The clock of a process.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::time::Timestamp;

/// A source of the time.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The clock of the machine.
    System,
    /// A clock that showed `start` when it was created and has advanced since. Tests of dates use it.
    From {
        /// The time that it showed at its creation.
        start: Timestamp,
        /// The instant of its creation.
        at: Instant,
    },
}

impl Clock {
    /// Creates a clock that shows `start` now and advances.
    pub fn starting_at(start: Timestamp) -> Self {
        Self::From { start, at: Instant::now() }
    }

    /// The current time.
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
