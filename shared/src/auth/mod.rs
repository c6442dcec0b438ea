//! Who may do what: tokens, the rights they carry, and the addresses they may be used from.

mod access;
mod address;
mod grant;
mod hash;
mod master;

pub use access::{Access, Caller, authorize, presented};
pub use address::{allows, is_network};
pub use grant::{Property, TokenGrant};
pub use hash::{MasterKey, TokenHash};
pub use master::{KeyInParameter, MasterKeySource};
