//! Tokens and the master key: rights, networks and hashes.

mod address;
mod grant;
mod hash;

pub use address::{allows, is_network};
pub use grant::{Property, TokenGrant};
pub use hash::{MasterKey, TokenHash};
