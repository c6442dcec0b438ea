//! Capabilities: the parts of the store that a handler may use.

mod accounts;
mod documents;
mod tasks;

pub use accounts::Accounts;
pub use documents::{Deleter, Reader, Writer};
pub use tasks::Tasks;

use super::StoreError;

type Stored<T> = Result<T, StoreError>;
