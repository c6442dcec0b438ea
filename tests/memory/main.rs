//! The memory of answers, as counted by the allocator.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod filled;
mod sizes;
mod streams;
#[path = "../store/test_store.rs"]
mod test_store;

use peak_alloc::PeakAlloc;
use tokio::sync::Mutex;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// The allocator counts for the whole process, so only one test measures at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

const MIB: usize = 1024 * 1024;

/// The output of `measured`, and the peak of bytes allocated above the level before it.
async fn peak<T>(measured: impl Future<Output = T>) -> (T, usize) {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let outcome = measured.await;
    (outcome, ALLOCATED.peak_usage().saturating_sub(before))
}
