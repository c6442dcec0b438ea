//! The limits of connections: their number, their pace, and the memory of request bodies.

use std::time::Duration;

use tokio::time::Instant;

/// The limits of a server.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The maximum number of connections. Further ones wait to be accepted.
    pub connections: usize,
    /// The maximum number of connections of one address. An IPv6 network of 64 bits counts as one address. Further ones
    /// are answered 503.
    pub connections_per_address: usize,
    /// The maximum time from the start of a connection, or from the end of an answer, to the end of the next head.
    pub head: Duration,
    /// The minimum pace of a request body.
    pub body: Pace,
    /// The minimum pace at which a client reads an answer.
    pub answer: Pace,
    /// The maximum number of bytes of all request bodies in memory.
    pub room: usize,
}

impl Bounds {
    /// The limits of a public server.
    pub const LOCAL: Self = Self {
        connections: 512,
        connections_per_address: 128,
        head: Duration::from_secs(10),
        body: Pace::LOCAL,
        answer: Pace::LOCAL,
        room: 1024 * 1024 * 1024,
    };
}

/// The minimum pace of a transfer.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The maximum time without any byte.
    pub stall: Duration,
    /// The time that every transfer has.
    pub grace: Duration,
    /// Bytes per second: each transferred byte extends the time by its share.
    pub rate: u32,
}

impl Pace {
    /// The pace of a public server. A slow line keeps it; a client that sends single bytes does not.
    pub const LOCAL: Self = Self { stall: Duration::from_secs(30), grace: Duration::from_secs(60), rate: 16 * 1024 };

    /// The pace of an answer to a refused connection. The answer fits into the send buffer of the system.
    pub(crate) const REFUSAL: Self =
        Self { stall: Duration::from_secs(1), grace: Duration::from_secs(1), rate: 16 * 1024 };
}

/// A transfer whose pace is measured.
#[derive(Debug)]
pub(crate) struct Transfer {
    pace: Pace,
    begun: Instant,
    moved: u64,
}

/// The transfer is slower than its pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooSlow;

impl Transfer {
    pub(crate) fn begin(pace: Pace) -> Self {
        Self { pace, begun: Instant::now(), moved: 0 }
    }

    pub(crate) fn moved(&mut self, bytes: usize) {
        self.moved = self.moved.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Waits for the next bytes.
    pub(crate) async fn wait<T>(&self, step: impl Future<Output = T>) -> Result<T, TooSlow> {
        tokio::time::timeout_at(self.deadline(Instant::now()), step).await.map_err(|_| TooSlow)
    }

    /// The latest time at which the next bytes must arrive, as of `now`.
    fn deadline(&self, now: Instant) -> Instant {
        let share = Duration::from_millis(self.moved.saturating_mul(1_000) / u64::from(self.pace.rate.max(1)));
        let stall = now + self.pace.stall;
        self.begun.checked_add(self.pace.grace.saturating_add(share)).map_or(stall, |whole| whole.min(stall))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_prolongs_the_time_and_what_drips_does_not() {
        let pace = Pace { stall: Duration::from_secs(3), grace: Duration::from_secs(10), rate: 100 };
        let mut transfer = Transfer::begin(pace);
        let begun = transfer.begun;
        let after = |seconds| begun + Duration::from_secs(seconds);
        let deadlines = |transfer: &Transfer| [0, 9, 14].map(|now| transfer.deadline(after(now)));
        assert_eq!(deadlines(&transfer), [3, 10, 10].map(after));
        transfer.moved(500);
        assert_eq!(deadlines(&transfer), [3, 12, 15].map(after));
    }
}
