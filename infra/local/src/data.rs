//! The data folder: the store's file, the stored files and the keys. One process uses it at a time, and only its owner
//! can read it.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use kernelci::{storage::private, token::MasterKey};

use crate::signature::StoreKey;

const STORE: &str = "store.sqlite";
const STAND_IN: &str = "dynamodb.sqlite";
const FILES: &str = "files";
const OUTBOX: &str = "outbox";
const LOCK: &str = "lock";
const MASTER_KEY: &str = "master-key";
const STORE_KEY: &str = "store-key";

/// The reason why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Another process uses it.
    #[error("{0} is in use by another process")]
    InUse(PathBuf),
    /// It cannot be read or written.
    #[error("{path}: {source}")]
    Unusable {
        /// The folder or file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

/// The data folder of this process.
#[derive(Debug)]
pub struct DataFolder {
    root: PathBuf,
    // The lock is held while the folder is in use. The system releases it when the process ends.
    _lock: File,
}

impl DataFolder {
    /// Opens and locks a folder. Creates it when it does not exist.
    ///
    /// # Errors
    /// [`DataError`] when another process uses the folder or it cannot be created.
    pub fn take(root: &Path) -> Result<Self, DataError> {
        let unusable = |source| DataError::Unusable { path: root.to_owned(), source };
        private::folders(root).map_err(unusable)?;
        let mut options = private::options();
        let lock = options.create(true).truncate(false).write(true).open(root.join(LOCK)).map_err(unusable)?;
        private::close(root).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root: root.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(DataError::InUse(root.to_owned())),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    /// The file of the embedded store.
    pub fn store(&self) -> PathBuf {
        self.root.join(STORE)
    }

    /// The file of the DynamoDB stand-in. It shares no document with the embedded store.
    pub fn stand_in(&self) -> PathBuf {
        self.root.join(STAND_IN)
    }

    /// The folder of the files.
    pub fn files(&self) -> PathBuf {
        self.root.join(FILES)
    }

    /// The folder of the mails.
    pub fn outbox(&self) -> PathBuf {
        self.root.join(OUTBOX)
    }

    /// The file of the master key.
    pub fn master_key_file(&self) -> PathBuf {
        self.root.join(MASTER_KEY)
    }

    /// The master key. Creates its file, readable by the owner only, when it does not exist.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn master_key(&self) -> Result<Option<MasterKey>, DataError> {
        Ok(MasterKey::new(&secret(&self.master_key_file())?))
    }

    /// The file of the store's key.
    pub fn store_key_file(&self) -> PathBuf {
        self.root.join(STORE_KEY)
    }

    /// The key with which clients of `cargo run -- store` sign. Creates its file, readable by the owner only, when it
    /// does not exist. `None` when the file is empty.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn store_key(&self) -> Result<Option<StoreKey>, DataError> {
        Ok(StoreKey::new(&secret(&self.store_key_file())?))
    }
}

/// The text of a file. Creates the file with a random text when it does not exist.
fn secret(path: &Path) -> Result<String, DataError> {
    let unusable = |source| DataError::Unusable { path: path.to_owned(), source };
    match fs::read_to_string(path) {
        Ok(text) => return Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unusable(error)),
    }
    let key = uuid::Uuid::new_v4().to_string();
    let made = private::options().write(true).create_new(true).open(path);
    made.and_then(|mut file| file.write_all(key.as_bytes())).map_err(unusable)?;
    Ok(key)
}
