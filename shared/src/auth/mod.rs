//! Who may do what: tokens, the rights they carry, and the addresses they may be used from.

mod access;
mod master;

pub use access::{Access, Caller, authorize, presented};
pub use master::{KeyInParameter, MasterKeySource};
