//! Which readings are done on the thread that asks for them.
//!
//! To hand a reading to another thread and back costs more than to read some rows that the system holds in memory. But a
//! thread that waits for the disk answers nobody else. So a short reading is done where it is asked for, unless one has
//! taken long a moment ago.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// The most rows of a short reading.
pub(super) const MAX_ROWS: usize = 200;

/// The time within which rows in memory are read.
const QUICK: Duration = Duration::from_millis(10);

/// How long readings are done elsewhere after one that was not quick.
const ELSEWHERE: Duration = Duration::from_millis(200);

/// Knows whether short readings are quick.
#[derive(Debug)]
pub(super) struct Quickness {
    start: Instant,
    /// In milliseconds since the start: until then readings are done elsewhere.
    slow_until: AtomicU64,
}

impl Quickness {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), slow_until: AtomicU64::new(0) }
    }

    /// Whether the next short reading is expected to be quick.
    pub(super) fn is_expected(&self) -> bool {
        milliseconds(self.start.elapsed()) >= self.slow_until.load(Ordering::Relaxed)
    }

    /// Does a reading, and notes whether it was quick.
    pub(super) fn measure<T>(&self, read: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let outcome = read();
        if begun.elapsed() > QUICK {
            self.slow_until.store(milliseconds(self.start.elapsed() + ELSEWHERE), Ordering::Relaxed);
        }
        outcome
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_slow_reading_the_next_are_done_elsewhere() {
        let quickness = Quickness::new();
        assert!(quickness.is_expected());
        assert_eq!(quickness.measure(|| 1), 1);
        assert!(quickness.is_expected());
        quickness.measure(|| std::thread::sleep(QUICK + Duration::from_millis(1)));
        assert!(!quickness.is_expected());
        let later =
            Quickness { start: Instant::now() - 2 * ELSEWHERE, slow_until: AtomicU64::new(milliseconds(ELSEWHERE)) };
        assert!(later.is_expected());
    }
}
