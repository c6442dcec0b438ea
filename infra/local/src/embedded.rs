//! DynamoDB's stand-in: dynoxide on a file, asked by the same client as DynamoDB without a port ([`crate::direct`]).

use std::{io, path::Path};

use kernelci::{
    connection::{DynamoDb, RetryPolicy},
    storage::private,
};

use crate::direct::{Requests, Threads};

/// Why the store cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The file cannot be opened or is no store.
    #[error("the store {path} cannot be opened: {reason}")]
    Open {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no temporary folder.
    #[error("the temporary store cannot be made: {0}")]
    Temporary(#[from] io::Error),
}

/// What clients sign for, and ask nobody at.
const NOWHERE: &str = "http://store.invalid";

/// A store that runs until this is dropped.
pub struct Embedded {
    // Dropped in this order: the threads before the folder in which their file lies.
    threads: Threads,
    _temporary: Option<tempfile::TempDir>,
}

impl Embedded {
    /// Starts a store on a file, or on a temporary one where none is given. The file is its owner's alone.
    ///
    /// # Errors
    /// The file cannot be opened, or a temporary folder not be made.
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
        // SQLite gives the files beside it the mode that this one has.
        make(file).map_err(|error| cannot(error.to_string()))?;
        let threads = Threads::start(file, temporary.is_none()).map_err(|error| cannot(error.to_string()))?;
        Ok(Self { threads, _temporary: temporary })
    }

    /// It, for the clients of this process.
    pub fn dynamodb(&self) -> DynamoDb {
        let http = self.requests().connector();
        DynamoDb::through(http, NOWHERE, RetryPolicy::EMBEDDED)
    }

    /// It, request by request.
    pub fn requests(&self) -> Requests {
        self.threads.requests()
    }
}

/// Makes a file where there is none.
fn make(file: &Path) -> io::Result<()> {
    match private::options().write(true).create_new(true).open(file) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}
