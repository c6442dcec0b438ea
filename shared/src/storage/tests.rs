//! What holds for a folder as file storage, and for what is read from any.

use super::*;
use futures_util::future::join_all;
use futures_util::stream;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A storage and the folder it is in; what lies beside `root` must stay out of reach.
fn storage() -> (TempDir, Arc<dyn FileStorage>) {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::open(place.path().join("made/root")).unwrap();
    (place, Arc::new(folder))
}

fn root(place: &TempDir) -> PathBuf {
    place.path().join("made/root")
}

fn path(text: &str) -> StoragePath {
    StoragePath::parse(text).unwrap()
}

async fn write(storage: &dyn FileStorage, at: &str, content: &'static str) -> Result<Stored, StorageError> {
    storage.write(&path(at), Bytes::from_static(content.as_bytes())).await
}

async fn content(storage: &dyn FileStorage, at: &str) -> Option<Bytes> {
    let reading = storage.read(&path(at)).await.unwrap()?;
    Some(reading.all(1 << 20).await.unwrap())
}

async fn listed(storage: &dyn FileStorage, at: &str) -> Vec<(String, u64)> {
    let entries = storage.list(&path(at)).await.unwrap();
    entries.into_iter().map(|entry| (entry.path.to_string(), entry.size)).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn occupied(at: &str) -> StorageError {
    StorageError::Occupied { path: path(at) }
}

#[tokio::test]
async fn a_file_is_new_then_replaced_and_always_whole() {
    let (place, storage) = storage();
    let at = path("a/b/é c.txt");
    assert_eq!(storage.size(&at).await, Ok(None));
    assert!(storage.read(&at).await.unwrap().is_none());
    assert_eq!(write(&*storage, "a/b/é c.txt", "hello again").await, Ok(Stored::New));
    assert_eq!(storage.size(&at).await, Ok(Some(11)));
    assert_eq!(write(&*storage, "a/b/é c.txt", "hello").await, Ok(Stored::Replaced));
    assert_eq!(content(&*storage, "a/b/é c.txt").await.unwrap(), "hello");
    assert_eq!(write(&*storage, "a/b/é c.txt", "").await, Ok(Stored::Replaced));
    assert_eq!(content(&*storage, "a/b/é c.txt").await.unwrap(), "");
    assert_eq!(names(&root(&place).join("a/b")), ["é c.txt"]);
}

#[tokio::test]
async fn what_is_kept_is_there_after_opening_again() {
    let (place, storage) = storage();
    write(&*storage, "a/x", "kept").await.unwrap();
    drop(storage);
    let again = Folder::open(root(&place)).unwrap();
    assert_eq!(content(&again, "a/x").await.unwrap(), "kept");
}

#[test]
fn a_file_is_no_storage_root() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("file"), "x").unwrap();
    assert!(matches!(Folder::open(place.path().join("file")), Err(StorageError::Unavailable { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writers_leave_one_whole_content_and_one_made_it() {
    let (place, storage) = storage();
    let writers = (0..16_u8).map(|letter| {
        let storage = Arc::clone(&storage);
        tokio::spawn(async move { storage.write(&path("a/b/x"), Bytes::from(vec![letter; 200_000])).await.unwrap() })
    });
    let stored: Vec<_> = join_all(writers).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(stored.iter().filter(|stored| **stored == Stored::New).count(), 1);
    let kept = content(&*storage, "a/b/x").await.unwrap();
    assert_eq!(kept.len(), 200_000);
    assert!(kept.iter().all(|byte| *byte == kept[0]));
    assert_eq!(names(&root(&place).join("a/b")), ["x"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_and_deleters_of_one_folder_do_not_disturb_each_other() {
    let (place, storage) = storage();
    let tasks = (0..8).map(|number| {
        let storage = Arc::clone(&storage);
        tokio::spawn(async move {
            let at = path(&format!("a/b/c/{number}"));
            for _ in 0..20 {
                assert_eq!(storage.write(&at, Bytes::from_static(b"x")).await, Ok(Stored::New));
                assert_eq!(storage.delete(&at).await, Ok(()));
            }
        })
    });
    assert!(join_all(tasks).await.into_iter().all(|done| done.is_ok()));
    assert!(names(&root(&place)).is_empty());
}

#[tokio::test]
async fn a_write_goes_through_when_its_caller_stops_waiting() {
    let (_place, storage) = storage();
    let at = path("a/x");
    let mut writing = storage.write(&at, Bytes::from(vec![7; 4 << 20]));
    assert!(futures_util::poll!(&mut writing).is_pending());
    drop(writing);
    while storage.size(&at).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(storage.size(&at).await, Ok(Some(4 << 20)));
}

#[tokio::test]
async fn a_folder_or_a_file_in_the_way_is_named() {
    let (place, storage) = storage();
    write(&*storage, "a/b/c.txt", "x").await.unwrap();
    for (at, taken) in [("a/b", "a/b"), ("a", "a"), ("a/b/c.txt/d", "a/b/c.txt"), ("a/b/c.txt/d/e", "a/b/c.txt")] {
        assert_eq!(write(&*storage, at, "y").await, Err(occupied(taken)), "{at}");
        assert_eq!(storage.size(&path(at)).await, Ok(None));
        assert!(storage.read(&path(at)).await.unwrap().is_none());
        assert_eq!(storage.delete(&path(at)).await, Ok(()));
    }
    assert_eq!(content(&*storage, "a/b/c.txt").await.unwrap(), "x");
    assert_eq!((names(&root(&place)), names(&root(&place).join("a/b"))), (vec!["a".into()], vec!["c.txt".into()]));
}

#[tokio::test]
async fn deleting_leaves_nothing_in_the_way_and_can_be_repeated() {
    let (place, storage) = storage();
    write(&*storage, "a/b/c", "x").await.unwrap();
    write(&*storage, "a/y", "y").await.unwrap();
    for _ in 0..2 {
        assert_eq!(storage.delete(&path("a/b/c")).await, Ok(()));
        assert_eq!(listed(&*storage, "a").await, [("a/y".to_owned(), 1)]);
    }
    assert_eq!(write(&*storage, "a/b", "a file now").await, Ok(Stored::New));
    storage.delete(&path("a/b")).await.unwrap();
    storage.delete(&path("a/y")).await.unwrap();
    assert!(names(&root(&place)).is_empty());
}

#[tokio::test]
async fn links_are_not_followed() {
    let (place, storage) = storage();
    let outside = place.path().join("outside");
    fs::create_dir_all(outside.join("empty")).unwrap();
    fs::write(outside.join("secret"), "secret").unwrap();
    write(&*storage, "a/x", "x").await.unwrap();
    symlink(&outside, root(&place).join("a/out")).unwrap();
    symlink(outside.join("secret"), root(&place).join("a/link")).unwrap();
    symlink("x", root(&place).join("a/within")).unwrap();

    for at in ["a/out/secret", "a/out/empty/new", "a/out/new/new", "a/out", "a/link", "a/within"] {
        for error in [
            write(&*storage, at, "y").await.unwrap_err(),
            storage.read(&path(at)).await.unwrap_err(),
            storage.size(&path(at)).await.unwrap_err(),
            storage.list(&path(at)).await.unwrap_err(),
            storage.delete(&path(at)).await.unwrap_err(),
        ] {
            assert!(error.inside().unwrap().contains("symbolic link"), "{at}: {error:?}");
            assert!(!error.to_string().contains(place.path().to_str().unwrap()));
        }
    }
    assert_eq!(names(&outside), ["empty", "secret"]);
    assert_eq!(fs::read(outside.join("secret")).unwrap(), b"secret");
    assert_eq!(names(&root(&place).join("a")), ["link", "out", "within", "x"]);
    assert_eq!(listed(&*storage, "a").await, [("a/x".to_owned(), 1)]);
}

#[tokio::test]
async fn a_listing_is_sorted_and_shows_files_alone() {
    let (place, storage) = storage();
    for at in ["a/c", "a/b/deep/er/x", "a/b-c", "a/é", "ab/not-below", "a/B"] {
        write(&*storage, at, "four").await.unwrap();
    }
    let folder = root(&place).join("a");
    fs::create_dir(folder.join("empty")).unwrap();
    fs::write(folder.join(".kernelci-upload-0"), "left by a killed process").unwrap();
    fs::write(folder.join("back\\slash"), "put here by hand").unwrap();
    let paths: Vec<_> = ["a/B", "a/b-c", "a/b/deep/er/x", "a/c", "a/é"].map(|at| (at.to_owned(), 4)).into();
    assert_eq!(listed(&*storage, "a").await, paths);
    assert_eq!(listed(&*storage, "nowhere").await, []);
    assert_eq!(listed(&*storage, "a/c").await, []);
}

#[tokio::test]
async fn a_reading_comes_in_pieces_and_keeps_its_content() {
    let (_place, storage) = storage();
    let whole: Vec<u8> = (0..200_001_u32).map(|number| (number % 251) as u8).collect();
    storage.write(&path("x"), Bytes::from(whole.clone())).await.unwrap();
    let mut reading = storage.read(&path("x")).await.unwrap().unwrap();
    assert_eq!(reading.size, 200_001);
    let mut read = reading.next().await.unwrap().unwrap().to_vec();
    write(&*storage, "x", "replaced meanwhile").await.unwrap();
    storage.delete(&path("x")).await.unwrap();
    while let Some(piece) = reading.next().await.unwrap() {
        assert!(!piece.is_empty() && piece.len() <= CHUNK);
        read.extend_from_slice(&piece);
    }
    assert!(read == whole);
    assert_eq!(reading.next().await, Ok(None));
}

#[tokio::test]
async fn a_part_of_a_file_is_read_from_its_first_byte_to_its_last() {
    let (_place, storage) = storage();
    let whole: Vec<u8> = (0..200_001_u32).map(|number| (number % 251) as u8).collect();
    storage.write(&path("x"), Bytes::from(whole.clone())).await.unwrap();
    for (first, last) in
        [(0, 0), (0, 200_000), (70_000, 150_000), (200_000, 200_000), (199_999, u64::MAX), (200_001, 300_000)]
    {
        let pieces = whole.chunks(999).map(|piece| Ok(Bytes::copy_from_slice(piece)));
        let streamed = FileContent::new(200_001, stream::iter(pieces.collect::<Vec<_>>()).boxed());
        let expected = whole.get(first as usize..=last.min(200_000) as usize).unwrap_or_default();
        for reading in [storage.read(&path("x")).await.unwrap().unwrap(), streamed] {
            let part = reading.part(first, last);
            assert_eq!(part.size, expected.len() as u64);
            assert!(part.all(200_001).await.unwrap() == expected, "{first} to {last}");
        }
    }
    let short = FileContent::new(5, stream::iter([Ok(Bytes::from_static(b"abc"))]).boxed());
    assert!(short.part(1, 3).all(9).await.unwrap_err().inside().is_some());
}

#[tokio::test]
async fn another_content_is_another_version() {
    let (_place, storage) = storage();
    let version = async || storage.read(&path("x")).await.unwrap().unwrap().version.unwrap();
    write(&*storage, "x", "one").await.unwrap();
    let first = version().await;
    assert_eq!(version().await, first);
    write(&*storage, "x", "two").await.unwrap();
    assert_ne!(version().await.tag, first.tag);
}

#[tokio::test]
async fn what_a_killed_process_did_not_finish_is_removed_when_the_storage_is_opened() {
    let (place, storage) = storage();
    write(&*storage, "a/b/x", "whole").await.unwrap();
    write(&*storage, "y", "whole").await.unwrap();
    let at = |path: &str| root(&place).join(path);
    for folder in ["a/b", "gone/deep/er", "a/empty", ".kernelci-templates"] {
        fs::create_dir_all(at(folder)).unwrap();
    }
    for file in [".kernelci-upload-0", "a/.kernelci-upload-1", "a/b/.kernelci-upload-2", "gone/deep/.kernelci-upload-3"]
    {
        fs::write(at(file), "half").unwrap();
    }
    fs::write(at("a/b/.hidden"), "put here by hand").unwrap();
    Folder::open(root(&place)).unwrap();
    assert_eq!(names(&root(&place)), [".kernelci-templates", "a", "y"]);
    assert_eq!(
        (names(&at("a")), names(&at("a/b"))),
        (vec!["b".to_owned()], vec![".hidden".to_owned(), "x".to_owned()])
    );
    assert_eq!(content(&*storage, "a/b/x").await.unwrap(), "whole");
}

#[tokio::test]
async fn a_reading_that_is_too_long_is_refused() {
    let (_place, storage) = storage();
    write(&*storage, "x", "12345").await.unwrap();
    let reading = storage.read(&path("x")).await.unwrap().unwrap();
    assert_eq!(reading.all(4).await, Err(StorageError::TooLarge));
    let reading = storage.read(&path("x")).await.unwrap().unwrap();
    assert_eq!(reading.all(5).await, Ok(Bytes::from_static(b"12345")));
}

#[tokio::test]
async fn a_part_is_never_taken_for_the_whole() {
    let reading = |size, pieces: &[&'static [u8]]| {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece))).collect();
        FileContent::new(size, stream::iter(pieces).boxed())
    };
    assert_eq!(reading(4, &[b"ab", b"", b"cd"]).all(9).await, Ok(Bytes::from_static(b"abcd")));
    for wrong in [reading(5, &[b"ab", b"cd"]), reading(3, &[b"ab", b"cd"]), reading(1, &[])] {
        assert!(wrong.all(9).await.unwrap_err().inside().is_some());
    }
    let large = FileContent::new(100_000, stream::iter([Ok(Bytes::from(vec![0; 100_000]))]).boxed());
    assert_eq!(large.all(100_000).await.unwrap().len(), 100_000);
}

fn fails_midway(kind: ErrorKind) -> impl FnOnce(&mut File) -> io::Result<()> {
    move |file| file.write_all(b"half of the").and(Err(kind.into()))
}

#[tokio::test]
async fn a_write_that_fails_midway_leaves_the_old_content() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::open(place.path().to_owned()).unwrap();
    write(&folder, "a/b.txt", "old").await.unwrap();
    let failed = folder.tree.write(&path("a/b.txt"), fails_midway(ErrorKind::StorageFull));
    assert_eq!(failed, Err(StorageError::Full));
    assert_eq!(content(&folder, "a/b.txt").await.unwrap(), "old");
    assert_eq!(names(&place.path().join("a")), ["b.txt"]);
}

#[test]
fn a_new_file_that_fails_midway_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let tree = Folder::open(place.path().to_owned()).unwrap().tree;
    let at = path("a/b/c.txt");
    assert_eq!(tree.write(&at, fails_midway(ErrorKind::QuotaExceeded)), Err(StorageError::Full));
    assert_eq!(tree.write(&at, fails_midway(ErrorKind::FileTooLarge)), Err(StorageError::TooLarge));
    assert!(tree.write(&at, fails_midway(ErrorKind::Other)).unwrap_err().inside().is_some());
    assert!(names(place.path()).is_empty());
}

#[tokio::test]
async fn a_failed_write_leaves_the_folder_that_another_one_uses() {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::open(place.path().to_owned()).unwrap();
    let stored = folder.tree.write(&path("a/outer"), |file| {
        let failed = folder.tree.write(&path("a/inner"), fails_midway(ErrorKind::StorageFull));
        assert_eq!(failed, Err(StorageError::Full));
        file.write_all(b"x")
    });
    assert_eq!(stored, Ok(Stored::New));
    assert_eq!(listed(&folder, "a").await, [("a/outer".to_owned(), 1)]);
}
