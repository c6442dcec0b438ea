//! The work that a request asks of DynamoDB, counted.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Counters that all clones of a store add to.
#[derive(Debug, Clone, Default)]
pub struct Work(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    requests: AtomicU64,
    items_read: AtomicU64,
    // Units come in halves, and in tenths nowhere.
    read_half_units: AtomicU64,
    write_half_units: AtomicU64,
}

/// What the counters stand at.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WorkDone {
    /// Requests sent, retries not counted.
    pub requests: u64,
    /// Items that DynamoDB read, whether or not they passed a filter.
    pub items_read: u64,
    /// Read units consumed.
    pub read_units: f64,
    /// Write units consumed.
    pub write_units: f64,
}

impl Work {
    /// Adds one request that read `items`, for so many units.
    pub fn read(&self, items: usize, units: f64) {
        self.request();
        self.0.items_read.fetch_add(u64::try_from(items).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.0.read_half_units.fetch_add(half_units(units), Ordering::Relaxed);
    }

    /// Adds one request that wrote, for so many units.
    pub fn wrote(&self, units: f64) {
        self.request();
        self.0.write_half_units.fetch_add(half_units(units), Ordering::Relaxed);
    }

    /// Adds one request of which no more is known, such as one that a condition refused.
    pub fn request(&self) {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// What has been done so far.
    pub fn done(&self) -> WorkDone {
        WorkDone {
            requests: self.0.requests.load(Ordering::Relaxed),
            items_read: self.0.items_read.load(Ordering::Relaxed),
            read_units: halves(self.0.read_half_units.load(Ordering::Relaxed)),
            write_units: halves(self.0.write_half_units.load(Ordering::Relaxed)),
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn half_units(units: f64) -> u64 {
    (units * 2.0).round() as u64
}

#[allow(clippy::cast_precision_loss)]
fn halves(count: u64) -> f64 {
    count as f64 / 2.0
}
