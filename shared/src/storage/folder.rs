//! Files in a folder of this machine.

use super::path::{RESERVED_PREFIX, TEMPORARY_PREFIX};
use super::private;
use super::{CHUNK, Draft, Entry, FileContent, FileStorage, StorageError, StoragePath, Stored, Version};
use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use uuid::Uuid;

/// A folder of this machine as file storage. One process writes to it at a time.
///
/// Symbolic links below the root are not followed: they are left out of listings, and a path that meets one is an
/// error, so that a link made by an operator is found in the log and not taken for a missing file.
#[derive(Debug, Clone)]
pub struct Folder {
    pub(super) tree: Arc<Tree>,
}

impl Folder {
    /// Opens the storage root, and creates it when it is missing. Unfinished files of a process that was killed are
    /// removed, and the folders that hold nothing else.
    ///
    /// # Errors
    /// When it cannot be created or is no folder.
    pub fn open(root: PathBuf) -> Result<Self, StorageError> {
        private::folders(&root).map_err(|error| failed("create the storage root", &root, &error))?;
        let root = fs::canonicalize(&root).map_err(|error| failed("find the storage root", &root, &error))?;
        remove_temporaries(&root);
        Ok(Self { tree: Arc::new(Tree { root, changing: Mutex::new(()) }) })
    }

    /// What was started here is finished even when the caller stops waiting: a write is never cut in half.
    fn run<T: Send + 'static>(
        &self,
        path: &StoragePath,
        work: impl FnOnce(&Tree, &StoragePath) -> Result<T, StorageError> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StorageError>> {
        let (tree, path) = (Arc::clone(&self.tree), path.clone());
        Box::pin(blocking(move || work(&tree, &path)))
    }
}

/// Does file work on a thread that may wait for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| StorageError::Unavailable { inside: format!("file work broke off: {error}") })?
}

impl FileStorage for Folder {
    fn write<'a>(&'a self, path: &'a StoragePath, content: Bytes) -> BoxFuture<'a, Result<Stored, StorageError>> {
        self.run(path, move |tree, path| tree.write(path, |file| file.write_all(&content)))
    }

    fn draft(&self) -> BoxFuture<'_, Result<Box<dyn Draft + '_>, StorageError>> {
        let tree = Arc::clone(&self.tree);
        Box::pin(async move {
            let of_draft = Arc::clone(&tree);
            let (temporary, file) = blocking(move || Temporary::create(&of_draft.root)).await?;
            Ok(Box::new(FolderDraft { tree, temporary, file: Some(file) }) as Box<dyn Draft>)
        })
    }

    fn read<'a>(&'a self, path: &'a StoragePath) -> BoxFuture<'a, Result<Option<FileContent>, StorageError>> {
        self.run(path, |tree, path| {
            let at = tree.at(path);
            Ok(tree.open(path)?.map(|(file, found)| {
                let version = version(&found);
                FileContent { version, ..FileContent::seekable(found.len(), move |first| pieces(file, at, first)) }
            }))
        })
    }

    fn size<'a>(&'a self, path: &'a StoragePath) -> BoxFuture<'a, Result<Option<u64>, StorageError>> {
        self.run(path, |tree, path| Ok(tree.find(path)?.filter(Metadata::is_file).map(|found| found.len())))
    }

    fn list<'a>(&'a self, folder: &'a StoragePath) -> BoxFuture<'a, Result<Vec<Entry>, StorageError>> {
        self.run(folder, Tree::list)
    }

    fn delete<'a>(&'a self, path: &'a StoragePath) -> BoxFuture<'a, Result<(), StorageError>> {
        self.run(path, Tree::delete)
    }
}

/// The blocking part.
#[derive(Debug)]
pub(super) struct Tree {
    root: PathBuf,
    /// Held while names come and go or are listed, never while content is written: a folder is not taken away under a
    /// writer that has just found it, of several writers of one new path one is told that it is new, and a listing does
    /// not miss a file because it is being replaced.
    changing: Mutex<()>,
}

impl Tree {
    fn at(&self, path: &StoragePath) -> PathBuf {
        self.root.join(path.as_str())
    }

    fn alone(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what `fill` puts into the file: beside the destination first, then renamed over it.
    pub(super) fn write(
        &self,
        path: &StoragePath,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<Stored, StorageError> {
        let written = self.write_beside(path, fill);
        if written.is_err() {
            let _ = self.remove_empty_folders(path, &self.alone());
        }
        written
    }

    fn write_beside(
        &self,
        path: &StoragePath,
        fill: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<Stored, StorageError> {
        let (temporary, mut file) = {
            let _alone = self.alone();
            let folder = self.make_folders(path)?;
            Temporary::create(&folder)?
        };
        fill(&mut file).and_then(|()| file.sync_all()).map_err(|error| failed("write", &temporary.at, &error))?;
        let stored = self.rename(temporary, path, &self.alone())?;
        self.sync_folder_of(path)?;
        Ok(stored)
    }

    /// Makes a file that is on the disk the file of `path`, whose folder is there.
    fn rename(
        &self,
        temporary: Temporary,
        path: &StoragePath,
        _alone: &MutexGuard<'_, ()>,
    ) -> Result<Stored, StorageError> {
        let stored = match self.find(path)? {
            None => Stored::New,
            Some(found) if found.is_file() => Stored::Replaced,
            Some(_) => return Err(StorageError::Occupied { path: path.clone() }),
        };
        temporary.rename(&self.at(path))?;
        Ok(stored)
    }

    fn sync_folder_of(&self, path: &StoragePath) -> Result<(), StorageError> {
        sync_folder(self.at(path).parent().unwrap_or(&self.root))
    }

    /// Makes a file that was received the file of `path`.
    fn place(&self, temporary: Temporary, path: &StoragePath) -> Result<Stored, StorageError> {
        let stored = {
            let alone = self.alone();
            let placed = self.make_folders(path).and_then(|_| self.rename(temporary, path, &alone));
            if placed.is_err() {
                let _ = self.remove_empty_folders(path, &alone);
            }
            placed?
        };
        self.sync_folder_of(path)?;
        Ok(stored)
    }

    /// Makes the folder that is to hold `path`. A new one is synced before others can use it: their files would be gone
    /// with it after a power cut.
    fn make_folders(&self, path: &StoragePath) -> Result<PathBuf, StorageError> {
        let mut reached = self.root.clone();
        for folder in path.folders() {
            let next = self.at(&folder);
            match self.look(&folder)? {
                Some(found) if found.is_dir() => {}
                Some(_) => return Err(StorageError::Occupied { path: folder }),
                None => {
                    private::folder(&next).map_err(|error| failed("create", &next, &error))?;
                    sync_folder(&reached)?;
                }
            }
            reached = next;
        }
        Ok(reached)
    }

    /// Removes the folders on the way to `path` that hold nothing: left behind, they would stand in the way of files.
    /// Returns the lowest one that stays.
    fn remove_empty_folders(&self, path: &StoragePath, _alone: &MutexGuard<'_, ()>) -> PathBuf {
        let is_folder = |folder: &StoragePath| matches!(self.look(folder), Ok(Some(found)) if found.is_dir());
        let folders: Vec<_> = path.folders().take_while(is_folder).map(|folder| self.at(&folder)).collect();
        let stays = folders.into_iter().rev().find(|folder| fs::remove_dir(folder).is_err());
        stays.unwrap_or_else(|| self.root.clone())
    }

    /// What stands at `path`, reached through folders only.
    fn find(&self, path: &StoragePath) -> Result<Option<Metadata>, StorageError> {
        for folder in path.folders() {
            if !self.look(&folder)?.is_some_and(|found| found.is_dir()) {
                return Ok(None);
            }
        }
        self.look(path)
    }

    /// What stands at `path`, its folders being known to be folders.
    fn look(&self, path: &StoragePath) -> Result<Option<Metadata>, StorageError> {
        let at = self.at(path);
        match fs::symlink_metadata(&at) {
            Ok(found) if found.is_symlink() => Err(StorageError::Unavailable {
                inside: format!("`{}` is a symbolic link, and the file storage follows none", at.display()),
            }),
            Ok(found) => Ok(Some(found)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(failed("look at", &at, &error)),
        }
    }

    fn open(&self, path: &StoragePath) -> Result<Option<(File, Metadata)>, StorageError> {
        if !self.find(path)?.is_some_and(|found| found.is_file()) {
            return Ok(None);
        }
        let at = self.at(path);
        match File::open(&at).and_then(|file| file.metadata().map(|found| (file, found))) {
            Ok(opened) => Ok(Some(opened)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(failed("open", &at, &error)),
        }
    }

    fn list(&self, folder: &StoragePath) -> Result<Vec<Entry>, StorageError> {
        let mut entries = Vec::new();
        let mut folders = Vec::new();
        if self.find(folder)?.is_some_and(|found| found.is_dir()) {
            folders.push(folder.clone());
        }
        while let Some(folder) = folders.pop() {
            self.list_one(&folder, &mut folders, &mut entries).or_else(|error| {
                if is_absent(&error) { Ok(()) } else { Err(failed("list", &self.at(&folder), &error)) }
            })?;
        }
        entries.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        Ok(entries)
    }

    fn list_one(
        &self,
        folder: &StoragePath,
        folders: &mut Vec<StoragePath>,
        entries: &mut Vec<Entry>,
    ) -> io::Result<()> {
        let _alone = self.alone();
        for found in fs::read_dir(self.at(folder))? {
            let found = found?;
            // A name that is no path cannot be asked for either: our temporary files, and what others put here.
            let Some(path) = found.file_name().to_str().and_then(|name| folder.join(name).ok()) else { continue };
            match found.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(path),
                Ok(metadata) if metadata.is_file() => entries.push(Entry { path, size: metadata.len() }),
                Ok(_) => {}
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn delete(&self, path: &StoragePath) -> Result<(), StorageError> {
        let changed = {
            let alone = self.alone();
            if !self.find(path)?.is_some_and(|found| found.is_file()) {
                return Ok(());
            }
            let at = self.at(path);
            fs::remove_file(&at).map_err(|error| failed("delete", &at, &error))?;
            self.remove_empty_folders(path, &alone)
        };
        sync_folder(&changed)
    }
}

/// A file that is being received, in the storage root.
struct FolderDraft {
    tree: Arc<Tree>,
    temporary: Temporary,
    /// Open until the content has ended.
    file: Option<File>,
}

impl Draft for FolderDraft {
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, Result<(), StorageError>> {
        Box::pin(async move {
            let at = self.temporary.at.clone();
            let ended = || StorageError::Unavailable { inside: "the content of a file has ended already".to_owned() };
            let mut file = self.file.take().ok_or_else(ended)?;
            let written = blocking(move || {
                file.write_all(&piece).map_err(|error| failed("write", &at, &error))?;
                Ok(file)
            });
            self.file = Some(written.await?);
            Ok(())
        })
    }

    fn end(&mut self) -> BoxFuture<'_, Result<(), StorageError>> {
        Box::pin(async move {
            let at = self.temporary.at.clone();
            match self.file.take() {
                Some(file) => blocking(move || file.sync_all().map_err(|error| failed("write", &at, &error))).await,
                None => Ok(()),
            }
        })
    }

    fn place<'a>(self: Box<Self>, path: &'a StoragePath) -> BoxFuture<'a, Result<Stored, StorageError>>
    where
        Self: 'a,
    {
        let (Self { tree, temporary, .. }, path) = (*self, path.clone());
        Box::pin(blocking(move || tree.place(temporary, &path)))
    }
}

/// A file that is gone again unless it is renamed.
struct Temporary {
    at: PathBuf,
    renamed: bool,
}

impl Temporary {
    fn create(folder: &Path) -> Result<(Self, File), StorageError> {
        let at = folder.join(format!("{TEMPORARY_PREFIX}{}", Uuid::new_v4()));
        let file = private::options().write(true).create_new(true).open(&at);
        let file = file.map_err(|error| failed("create", &at, &error))?;
        Ok((Self { at, renamed: false }, file))
    }

    fn rename(mut self, destination: &Path) -> Result<(), StorageError> {
        fs::rename(&self.at, destination).map_err(|error| failed("rename to", destination, &error))?;
        self.renamed = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed {
            // It is never listed nor read, so that one which cannot be removed only takes space.
            let _ = fs::remove_file(&self.at);
        }
    }
}

/// Removes the temporary files below `root`, and the folders that hold nothing. What cannot be removed takes space, and
/// stands in nobody's way.
fn remove_temporaries(root: &Path) {
    let mut folders = vec![root.to_owned()];
    let mut next = 0;
    while let Some(folder) = folders.get(next).cloned() {
        next += 1;
        let mut remove = || {
            for found in fs::read_dir(&folder)? {
                let found = found?;
                let (kind, name) = (found.file_type()?, found.file_name());
                if kind.is_dir() && !name.to_string_lossy().starts_with(RESERVED_PREFIX) {
                    folders.push(found.path());
                } else if kind.is_file() && name.to_string_lossy().starts_with(TEMPORARY_PREFIX) {
                    fs::remove_file(found.path())?;
                }
            }
            io::Result::Ok(())
        };
        if let Err(error) = remove() {
            tracing::warn!(%error, folder = %folder.display(), "unfinished files are not removed");
        }
    }
    for folder in folders.iter().skip(1).rev() {
        // Fails where it holds something.
        let _ = fs::remove_dir(folder);
    }
}

fn pieces(file: File, at: PathBuf, first: u64) -> BoxStream<'static, Result<Bytes, StorageError>> {
    stream::try_unfold((tokio::fs::File::from_std(file), at, first), |(mut file, at, first)| async move {
        if first > 0 {
            file.seek(SeekFrom::Start(first)).await.map_err(|error| failed("seek in", &at, &error))?;
        }
        let mut piece = BytesMut::with_capacity(CHUNK);
        match file.read_buf(&mut piece).await {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some((piece.freeze(), (file, at, 0)))),
            Err(error) => Err(failed("read", &at, &error)),
        }
    })
    .boxed()
}

/// A file is replaced by another file and never written to, so its number, its length and its time tell its content.
fn version(found: &Metadata) -> Option<Version> {
    let modified = found.modified().ok()?;
    let time = modified.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_nanos();
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(found);
    #[cfg(not(unix))]
    let number = 0;
    Some(Version { modified, tag: format!("{number:x}-{:x}-{time:x}", found.len()) })
}

/// Makes the names in a folder survive a power cut. A folder that was taken away meanwhile has none left.
fn sync_folder(folder: &Path) -> Result<(), StorageError> {
    match File::open(folder).and_then(|opened| opened.sync_all()) {
        Err(error) if !is_absent(&error) => Err(failed("sync", folder, &error)),
        _ => Ok(()),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// The process, or the system, has as many files open as it may have.
fn is_out_of_handles(error: &io::Error) -> bool {
    #[cfg(unix)]
    const CODES: [i32; 2] = [23, 24];
    #[cfg(windows)]
    const CODES: [i32; 1] = [4];
    error.raw_os_error().is_some_and(|code| CODES.contains(&code))
}

fn failed(what: &str, at: &Path, error: &io::Error) -> StorageError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StorageError::Full,
        ErrorKind::FileTooLarge => StorageError::TooLarge,
        _ if is_out_of_handles(error) => {
            StorageError::Busy { inside: format!("cannot {what} `{}`: {error}", at.display()) }
        }
        _ => StorageError::Unavailable { inside: format!("cannot {what} `{}`: {error}", at.display()) },
    }
}
