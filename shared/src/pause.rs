//! Pauses between attempts: longer each time, and never the same for two callers.

use std::time::Duration;

/// How often something is tried again.
const MOST: u32 = 8;

/// The longest first pause, in milliseconds; each later one may be twice as long.
const FIRST: u64 = 20;

/// The longest pause of all, in milliseconds.
const LONGEST: u64 = 2_000;

/// The pauses of one task that is tried again and again.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    taken: u32,
}

impl Pauses {
    /// Waits, and says whether another attempt is in order.
    pub(crate) async fn pause(&mut self) -> bool {
        if self.taken == MOST {
            return false;
        }
        let most = FIRST.saturating_mul(1 << self.taken).min(LONGEST);
        self.taken += 1;
        // Anything from nothing to the most: callers that collided once spread out.
        let part = u64::from(getrandom::u32().unwrap_or(u32::MAX));
        tokio::time::sleep(Duration::from_millis(most.saturating_mul(part) >> 32)).await;
        true
    }
}
