//! What connections may take of the machine: how many there are, how long each may keep the server waiting, and how much
//! memory the bodies of requests may fill.

use std::time::Duration;

use tokio::time::Instant;

/// The limits of a server.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The most connections at once; others wait to be accepted.
    pub connections: usize,
    /// The most connections of one address at once, an IPv6 network of 64 bits being one; others are answered 503.
    pub connections_per_address: usize,
    /// The longest time from the beginning of a connection, or from the end of an answer, to the end of the next head.
    pub head: Duration,
    /// How fast the body of a request has to come.
    pub body: Pace,
    /// How fast an answer has to be read.
    pub answer: Pace,
    /// The bytes of all bodies that are held at once.
    pub room: usize,
}

impl Bounds {
    /// The limits of a server that anybody may reach.
    pub const LOCAL: Self = Self {
        connections: 512,
        connections_per_address: 128,
        head: Duration::from_secs(10),
        body: Pace::LOCAL,
        answer: Pace::LOCAL,
        room: 1024 * 1024 * 1024,
    };
}

/// The slowest transfer that is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The longest time in which nothing moves.
    pub stall: Duration,
    /// The time that a transfer of any length has.
    pub grace: Duration,
    /// The bytes of a second: each byte that has moved prolongs the time by its share.
    pub rate: u32,
}

impl Pace {
    /// The pace of a server that anybody may reach: a slow line keeps it, a client that drips does not.
    pub const LOCAL: Self = Self { stall: Duration::from_secs(30), grace: Duration::from_secs(60), rate: 16 * 1024 };

    /// The pace of an answer to a connection that gets no place: it fits into what the system sends by itself.
    pub(crate) const REFUSAL: Self =
        Self { stall: Duration::from_secs(1), grace: Duration::from_secs(1), rate: 16 * 1024 };
}

/// A transfer that is measured.
#[derive(Debug)]
pub(crate) struct Transfer {
    pace: Pace,
    begun: Instant,
    moved: u64,
}

/// A transfer is slower than it may be.
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

    /// When the next bytes have to have moved at the latest, seen from `now`.
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
