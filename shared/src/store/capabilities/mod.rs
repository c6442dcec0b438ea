//! The store, cut into what each verb may do with it.

mod accounts;
mod documents;
mod tasks;

pub use accounts::Accounts;
pub use documents::{Deleter, Reader, Writer};
pub use tasks::Tasks;

use super::StoreError;

type Stored<T> = Result<T, StoreError>;
