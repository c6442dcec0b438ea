//! Tokens and the master key: what they allow, from which addresses, and the hashes that stand for their values.

mod address;
mod grant;
mod hash;

pub use address::{allows, is_network};
pub use grant::{Property, TokenGrant};
pub use hash::{MasterKey, TokenHash};
