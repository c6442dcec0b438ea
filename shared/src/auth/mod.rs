//! Authorization: callers, their rights, and the master key.

mod access;
mod master;

pub use access::{Access, Caller, authorize, presented};
pub use master::{KeyInParameter, MasterKeySource};
