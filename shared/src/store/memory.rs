//! The memory that answers hold: one has a limit, and all of a process together have one.
//!
//! Counted are the documents that a reading keeps and the text of the answer, from the first page to the last byte that
//! is sent. Not counted is a page while it is read, whose number is limited ([`super::read_permits`]).

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::StoreError;

/// An answer that holds no more bytes than this is not refused because of what others hold.
const ALWAYS_FREE: usize = 1024 * 1024;

/// The memory for the answers of a process, in bytes.
#[derive(Debug)]
pub(crate) struct Memory {
    of_one: usize,
    of_all: usize,
    held: AtomicUsize,
}

impl Memory {
    /// Memory of which one answer holds up to `of_one` bytes, and all together up to `of_all`.
    pub(crate) fn new(of_one: usize, of_all: usize) -> Self {
        Self { of_one, of_all, held: AtomicUsize::new(0) }
    }

    /// The most bytes that one answer holds.
    pub(super) fn of_one(&self) -> usize {
        self.of_one
    }
}

/// What one answer holds; given back when nothing of it is left.
#[derive(Debug)]
pub(crate) struct Answer {
    memory: Arc<Memory>,
    /// The most bytes that it holds.
    limit: usize,
    held: AtomicUsize,
}

impl Answer {
    pub(crate) fn of(memory: &Arc<Memory>) -> Arc<Self> {
        Self::at_most(memory, memory.of_one)
    }

    /// One that holds no more than `limit` bytes, nor more than one may.
    pub(super) fn at_most(memory: &Arc<Memory>, limit: usize) -> Arc<Self> {
        Arc::new(Self { memory: Arc::clone(memory), limit: limit.min(memory.of_one), held: AtomicUsize::new(0) })
    }

    /// The most bytes that it holds.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    fn grow(&self, bytes: usize) -> Result<(), StoreError> {
        let (Memory { of_all, held, .. }, limit) = (&*self.memory, self.limit);
        let one = self.held.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let all = held.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let refused = if one > limit {
            StoreError::Memory { bytes: limit }
        } else if all > *of_all && one > ALWAYS_FREE {
            StoreError::Busy("other answers hold the memory that there is for them".to_owned())
        } else {
            return Ok(());
        };
        self.shrink(bytes);
        Err(refused)
    }

    fn shrink(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
        self.memory.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.memory.held.fetch_sub(*self.held.get_mut(), Ordering::Relaxed);
    }
}

/// A part of what an answer holds, given back when it is dropped.
#[derive(Debug)]
pub struct Holding {
    answer: Arc<Answer>,
    held: AtomicUsize,
}

impl Holding {
    pub(crate) fn of(answer: Arc<Answer>) -> Self {
        Self { answer, held: AtomicUsize::new(0) }
    }

    /// Counts so many bytes more.
    ///
    /// # Errors
    /// [`StoreError::Memory`] where the answer would hold more than one may, [`StoreError::Busy`] where all would. Nothing
    /// is counted then.
    pub fn grow(&self, bytes: usize) -> Result<(), StoreError> {
        self.answer.grow(bytes)?;
        self.held.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// The bytes that are counted.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Gives so many bytes back, and no more than are held.
    pub(super) fn shrink(&self, bytes: usize) {
        let less = |held: usize| Some(held.saturating_sub(bytes));
        let before = self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).unwrap_or_else(|held| held);
        self.answer.shrink(before.min(bytes));
    }

    /// Counts exactly so many bytes.
    ///
    /// # Errors
    /// As [`Holding::grow`].
    pub(super) fn set(&self, bytes: usize) -> Result<(), StoreError> {
        let held = self.held();
        self.shrink(held.saturating_sub(bytes));
        self.grow(bytes.saturating_sub(held))
    }

    /// Gives back all that the answer holds but this: its documents are written, and gone.
    pub fn outlive_others(&self) {
        let all = self.answer.held.load(Ordering::Relaxed);
        self.answer.shrink(all.saturating_sub(self.held()));
    }

    /// Leaves the bytes with the answer, until nothing of that is left.
    pub(super) fn leave(self) {
        self.held.store(0, Ordering::Relaxed);
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.answer.shrink(*self.held.get_mut());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holding(memory: &Arc<Memory>) -> Holding {
        Holding::of(Answer::of(memory))
    }

    #[test]
    fn one_answer_has_a_limit_over_all_its_parts() {
        let memory = Arc::new(Memory::new(100, 1_000));
        let answer = Answer::of(&memory);
        let (first, second) = (Holding::of(Arc::clone(&answer)), Holding::of(Arc::clone(&answer)));
        first.grow(60).unwrap();
        assert!(matches!(second.grow(41), Err(StoreError::Memory { bytes: 100 })));
        second.grow(40).unwrap();
        first.shrink(10);
        assert!(second.grow(11).is_err());
        second.set(50).unwrap();
        drop(first);
        second.set(100).unwrap();
        second.leave();
        assert_eq!(memory.held.load(Ordering::Relaxed), 100);
        let text = Holding::of(Arc::clone(&answer));
        assert!(text.grow(1).is_err());
        text.outlive_others();
        text.grow(7).unwrap();
        assert_eq!(memory.held.load(Ordering::Relaxed), 7);
        text.set(0).unwrap();
        drop(text);
        let rest = Holding::of(Arc::clone(&answer));
        rest.grow(100).unwrap();
        rest.leave();
        assert!(Holding::of(Arc::clone(&answer)).grow(1).is_err());
        drop(answer);
        assert_eq!(memory.held.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn all_answers_together_have_a_limit_that_small_ones_pass() {
        let memory = Arc::new(Memory::new(10 * ALWAYS_FREE, 4 * ALWAYS_FREE));
        let (large, other) = (holding(&memory), holding(&memory));
        large.grow(4 * ALWAYS_FREE).unwrap();
        other.grow(ALWAYS_FREE).unwrap();
        assert!(matches!(other.grow(1), Err(StoreError::Busy(_))));
        drop(large);
        other.grow(1).unwrap();
        drop(other);
        assert_eq!(memory.held.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn no_more_is_given_back_than_is_held() {
        let memory = Arc::new(Memory::new(100, 100));
        let holding = holding(&memory);
        holding.grow(10).unwrap();
        holding.shrink(50);
        assert_eq!(memory.held.load(Ordering::Relaxed), 0);
    }
}
