//! Whose page is read next: a request reads few pages at once, and all of a process together read so many that each has
//! its turn soon.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::{StoreError, get::CONCURRENCY};

/// The most pages that a process reads at once. A page is up to a megabyte of text, and a few times that as documents.
const PAGE_CONCURRENCY: usize = 16;

/// The turns of one request. Who waits is served in the order of arrival, so a request that reads a thousand pages
/// delays another by some pages only.
#[derive(Debug, Clone)]
pub(super) struct ReadPermits {
    of_process: Arc<Semaphore>,
    of_request: Arc<Semaphore>,
}

/// One turn, for as long as it is held.
pub(super) struct Turn<'a> {
    _of_request: SemaphorePermit<'a>,
    _of_process: SemaphorePermit<'a>,
}

impl ReadPermits {
    /// The turns of a process without requests.
    pub(super) fn new() -> Self {
        Self {
            of_process: Arc::new(Semaphore::new(PAGE_CONCURRENCY)),
            of_request: Arc::new(Semaphore::new(CONCURRENCY)),
        }
    }

    /// Those of another request of the same process.
    pub(super) fn of_another_request(&self) -> Self {
        Self { of_request: Arc::new(Semaphore::new(CONCURRENCY)), ..self.clone() }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// None that happens: nobody closes a semaphore.
    pub(super) async fn next(&self) -> Result<Turn<'_>, StoreError> {
        let closed = |_| StoreError::Failed("pages are not read any more".to_owned());
        let of_request = self.of_request.acquire().await.map_err(closed)?;
        let of_process = self.of_process.acquire().await.map_err(closed)?;
        Ok(Turn { _of_request: of_request, _of_process: of_process })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_request_that_has_all_its_turns_leaves_some_to_others() {
        let greedy = ReadPermits::new();
        let (another, third) = (greedy.of_another_request(), greedy.of_another_request());
        let mut held = Vec::new();
        for _ in 0..CONCURRENCY {
            held.push(greedy.next().await.unwrap());
        }
        assert!(greedy.next().now_or_never().is_none());
        for _ in CONCURRENCY..PAGE_CONCURRENCY {
            held.push(another.next().now_or_never().unwrap().unwrap());
        }
        assert!(third.next().now_or_never().is_none());
        held.pop();
        assert!(third.next().now_or_never().unwrap().is_ok());
    }
}
