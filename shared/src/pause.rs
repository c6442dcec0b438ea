//! Pauses between attempts: longer each time, and never the same for two callers.

use std::time::Duration;

/// How often something is tried again.
const MAX_COUNT: u32 = 8;

/// The longest first pause; each later one may be twice as long.
const FIRST: Duration = Duration::from_millis(20);

/// The longest pause of all.
const MAX_LENGTH: Duration = Duration::from_secs(2);

/// The pauses of one task that is tried again and again.
#[derive(Debug)]
pub(crate) struct Pauses {
    left: u32,
    /// What the next one takes at most.
    next: Duration,
    longest: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self::new(MAX_COUNT, FIRST, MAX_LENGTH)
    }
}

impl Pauses {
    /// So many pauses.
    pub(crate) fn new(most: u32, first: Duration, longest: Duration) -> Self {
        Self { left: most, next: first, longest }
    }

    /// Waits, and says whether another attempt is in order.
    pub(crate) async fn pause(&mut self) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        let most = self.next.min(self.longest);
        (self.left, self.next) = (left, most.saturating_mul(2));
        // Anything from nothing to the most: callers that collided once spread out.
        let part = f64::from(getrandom::u32().unwrap_or(u32::MAX)) / f64::from(u32::MAX);
        tokio::time::sleep(most.mul_f64(part)).await;
        true
    }
}
