//! What can go wrong with a file, and what a caller is told of it.

use super::{PathError, StoragePath};
use crate::error::Error;

/// What can go wrong with a file. The messages are fit for a caller, except what [`StorageError::inside`] gives.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// A folder stands where the file should go, or a file where a folder is needed.
    #[error("`{path}` is taken: a folder stands where the file should go, or a file where a folder is needed")]
    Occupied {
        /// What stands in the way: the path asked for, or a folder on the way to it.
        path: StoragePath,
    },
    /// The file is longer than the reader takes, or than the storage keeps.
    #[error("the file is too large")]
    TooLarge,
    /// No space is left, or the quota is used up.
    #[error("the file storage is full")]
    Full,
    /// The storage cannot be reached, or cannot take the request now; the same request may succeed later.
    #[error("the file storage is busy")]
    Busy {
        /// What happened, for the log.
        inside: String,
    },
    /// Everything else: the storage refuses, or is set up wrongly.
    #[error("the file storage is not available")]
    Unavailable {
        /// What happened, for the log.
        inside: String,
    },
}

impl StorageError {
    /// The text that is for the log and for nobody else.
    #[must_use]
    pub fn inside(&self) -> Option<&str> {
        match self {
            Self::Unavailable { inside } | Self::Busy { inside } => Some(inside),
            Self::Occupied { .. } | Self::TooLarge | Self::Full => None,
        }
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Occupied { path } => Self::Conflict(format!(
                "A file stands where '{path}' needs a folder, or a folder where it needs a file"
            )),
            StorageError::Full => Self::Busy("the file storage is full".to_owned()),
            StorageError::Busy { inside } => Self::Busy(format!("the file storage is busy: {inside}")),
            StorageError::TooLarge => Self::Invalid(error.to_string()),
            StorageError::Unavailable { inside } => Self::Internal(format!("the file storage failed: {inside}")),
        }
    }
}

impl From<PathError> for Error {
    fn from(error: PathError) -> Self {
        Self::Invalid(error.to_string())
    }
}
