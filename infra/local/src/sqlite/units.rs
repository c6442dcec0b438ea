//! The units that DynamoDB would count, from sizes.

/// The bytes of one read unit.
const READ: usize = 4 * 1024;

/// The bytes of one write unit.
const WRITE: usize = 1024;

/// The units of reading so many bytes at once: half of them where writes of the last moment may not be seen.
pub(super) fn read(bytes: usize, consistent: bool) -> f64 {
    count(bytes, READ) * if consistent { 1.0 } else { 0.5 }
}

/// The units of writing an item of that size, or deleting one; in a transaction twice as many.
pub(super) fn write(bytes: usize, in_transaction: bool) -> f64 {
    count(bytes, WRITE) * if in_transaction { 2.0 } else { 1.0 }
}

#[allow(clippy::cast_precision_loss, reason = "an item has fewer bytes than a float has digits")]
fn count(bytes: usize, unit: usize) -> f64 {
    bytes.div_ceil(unit).max(1) as f64
}
