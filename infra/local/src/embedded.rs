//! The DynamoDB stand-in: dynoxide on a file, used by the same client as DynamoDB, without a port ([`crate::direct`]).

use std::{io, path::Path};

use kernelci::{
    connection::{DynamoDb, RetryPolicy},
    storage::private,
};

use crate::direct::{Requests, Threads};

/// The reason why the stand-in cannot start.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The file cannot be opened or is not a store.
    #[error("the store {path} cannot be opened: {reason}")]
    Open {
        /// The file.
        path: String,
        /// The error.
        reason: String,
    },
    /// No temporary folder can be created.
    #[error("the temporary store cannot be made: {0}")]
    Temporary(#[from] io::Error),
}

/// The endpoint for which clients sign. No request is sent to it.
const NOWHERE: &str = "http://store.invalid";

/// A stand-in that runs until it is dropped.
pub struct Embedded {
    // The order of the drop: the threads before the folder with their file.
    threads: Threads,
    _temporary: Option<tempfile::TempDir>,
}

impl Embedded {
    /// Starts a stand-in on a file, or on a temporary one when none is given. Only the owner can read the file.
    ///
    /// # Errors
    /// The file cannot be opened, or no temporary folder can be created.
    pub fn start(file: Option<&Path>) -> Result<Self, EmbeddedError> {
        let temporary = match file {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("kernelci-store-").tempdir()?),
        };
        let inside = temporary.as_ref().map(|folder| folder.path().join("store.sqlite"));
        let Some(file) = file.or(inside.as_deref()) else {
            return Err(io::Error::from(io::ErrorKind::NotFound).into());
        };
        let cannot = |reason: String| EmbeddedError::Open { path: file.display().to_string(), reason };
        // SQLite creates its auxiliary files with the mode of this file.
        make(file).map_err(|error| cannot(error.to_string()))?;
        let threads = Threads::start(file, temporary.is_none()).map_err(|error| cannot(error.to_string()))?;
        Ok(Self { threads, _temporary: temporary })
    }

    /// The client for this process.
    pub fn dynamodb(&self) -> DynamoDb {
        let http = self.requests().connector();
        DynamoDb::through(http, NOWHERE, RetryPolicy::EMBEDDED)
    }

    /// The endpoint, request by request.
    pub fn requests(&self) -> Requests {
        self.threads.requests()
    }
}

/// Creates a file when it does not exist.
fn make(file: &Path) -> io::Result<()> {
    match private::options().write(true).create_new(true).open(file) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}
