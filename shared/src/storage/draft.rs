//! Files whose content comes piece by piece, before it is known where they go.

use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, future::BoxFuture};

use super::{FileStorage, StorageError, StoragePath, Stored};

/// A file that is being received. Nobody can read it before it is placed; dropped before, it is gone.
pub trait Draft: Send {
    /// Adds a piece of the content.
    ///
    /// # Errors
    /// When the storage fails or is full.
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, Result<(), StorageError>>;

    /// Ends the content: what was written is kept, and takes no file handle any more.
    ///
    /// # Errors
    /// When the storage fails or is full.
    fn end(&mut self) -> BoxFuture<'_, Result<(), StorageError>>;

    /// Makes it the file of `path`, in the place of what was there. The content must have ended.
    ///
    /// # Errors
    /// As those of [`FileStorage::write`].
    fn place<'a>(self: Box<Self>, path: &'a StoragePath) -> BoxFuture<'a, Result<Stored, StorageError>>
    where
        Self: 'a;
}

/// A draft in memory, for a storage that takes a file as a whole.
pub(super) struct Buffered<'a, S: ?Sized> {
    storage: &'a S,
    content: BytesMut,
}

impl<'a, S: FileStorage + ?Sized> Buffered<'a, S> {
    pub(super) fn of(storage: &'a S) -> Self {
        Self { storage, content: BytesMut::new() }
    }
}

impl<S: FileStorage + ?Sized> Draft for Buffered<'_, S> {
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, Result<(), StorageError>> {
        self.content.extend_from_slice(&piece);
        std::future::ready(Ok(())).boxed()
    }

    fn end(&mut self) -> BoxFuture<'_, Result<(), StorageError>> {
        std::future::ready(Ok(())).boxed()
    }

    fn place<'a>(self: Box<Self>, path: &'a StoragePath) -> BoxFuture<'a, Result<Stored, StorageError>>
    where
        Self: 'a,
    {
        let Self { storage, content } = *self;
        storage.write(path, content.freeze())
    }
}
