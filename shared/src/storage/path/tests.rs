//! Paths that are taken, and texts that are refused.

use super::*;
use proptest::prelude::*;
use std::path::{Component, Path};

fn parsed(text: &str) -> Result<String, PathError> {
    StoragePath::parse(text).map(|path| path.to_string())
}

#[test]
fn segments_are_resolved() {
    for (text, path) in [
        ("a/b/c.txt", "a/b/c.txt"),
        ("/a/lead.txt", "a/lead.txt"),
        ("a//b.txt", "a/b.txt"),
        ("a/b/", "a/b"),
        ("./a/./b", "a/b"),
        ("a/../x.txt", "x.txt"),
        ("a/b/../../x", "x"),
        ("/a/..//b", "b"),
        ("a/...", "a/..."),
        ("..a/b..", "..a/b.."),
        ("sp ace/é+%2e.txt", "sp ace/é+%2e.txt"),
        ("x.kernelci-upload-1", "x.kernelci-upload-1"),
    ] {
        assert_eq!(parsed(text).as_deref(), Ok(path), "{text}");
    }
}

#[test]
fn what_is_no_path_is_refused() {
    for (text, error) in [
        ("", PathError::Empty),
        ("/", PathError::Empty),
        ("//./", PathError::Empty),
        ("a/..", PathError::Empty),
        ("..", PathError::LeavesRoot),
        ("../x", PathError::LeavesRoot),
        ("/../x", PathError::LeavesRoot),
        ("a/../../a/x", PathError::LeavesRoot),
        ("a/\0b", PathError::ControlCharacter),
        ("a\nb", PathError::ControlCharacter),
        ("a\u{7f}", PathError::ControlCharacter),
        ("a\u{85}", PathError::ControlCharacter),
        ("a\u{ffff}", PathError::ControlCharacter),
        ("..\\x", PathError::Backslash),
        (".kernelci-upload-1", PathError::Reserved),
        ("a/.kernelci-upload-/b", PathError::Reserved),
    ] {
        assert_eq!(parsed(text), Err(error), "{text:?}");
    }
}

#[test]
fn lengths_are_counted_in_bytes() {
    let longest = "é".repeat(127) + "x";
    assert!(parsed(&longest).is_ok());
    assert_eq!(parsed(&format!("a/{longest}x")), Err(PathError::SegmentTooLong));
    let path = ["a".repeat(224).as_str(); 4].join("/");
    assert_eq!(path.len(), 899);
    assert!(parsed(&format!("///{path}b")).is_ok());
    assert_eq!(parsed(&format!("{path}bc")), Err(PathError::TooLong));
}

#[test]
fn parts_of_a_path() {
    let path = StoragePath::parse("a/b/c.txt").unwrap();
    assert_eq!(path.file_name(), "c.txt");
    assert_eq!(path.parent(), Some(StoragePath::parse("a/b").unwrap()));
    assert_eq!(path.folders().map(|folder| folder.to_string()).collect::<Vec<_>>(), ["a", "a/b"]);
    let top = StoragePath::parse("top.txt").unwrap();
    assert_eq!((top.file_name(), top.parent(), top.folders().count()), ("top.txt", None, 0));
}

#[test]
fn joining_climbs_to_the_root_and_no_further() {
    let folder = StoragePath::parse("p/q").unwrap();
    let joined = |text: &str| folder.join(text).map(|path| path.to_string());
    assert_eq!(joined("f.txt").as_deref(), Ok("p/q/f.txt"));
    assert_eq!(joined("/sub/dir/f.txt").as_deref(), Ok("p/q/sub/dir/f.txt"));
    assert_eq!(joined("../f.txt").as_deref(), Ok("p/f.txt"));
    assert_eq!(joined("../qq").as_deref(), Ok("p/qq"));
    assert_eq!(joined("../../../f.txt"), Err(PathError::LeavesRoot));
    assert_eq!(joined("f\0"), Err(PathError::ControlCharacter));
    for nothing in ["", ".", "..", "../..", "x/.."] {
        assert_eq!(joined(nothing), Err(PathError::Empty), "{nothing}");
    }
}

#[test]
fn members_stay_in_their_folder() {
    use Member::{Folders, Name};
    let of = |members: &[Member<'_>]| StoragePath::of_members(members.iter().copied()).map(|path| path.to_string());
    let path = of(&[Name("next"), Folders("for-next/fixes"), Folders(""), Folders("/a//b/"), Name("x-y.txt")]);
    assert_eq!(path.as_deref(), Ok("next/for-next/fixes/a/b/x-y.txt"));
    for (member, error) in [
        (Name(""), PathError::Empty),
        (Name("a/b"), PathError::Slash),
        (Name("/"), PathError::Slash),
        (Name(".."), PathError::Dot),
        (Name("."), PathError::Dot),
        (Name(".ssh"), PathError::Dot),
        (Name("a\0"), PathError::ControlCharacter),
        (Name("..\\a"), PathError::Backslash),
        (Name(".kernelci-templates"), PathError::Reserved),
        (Name(SUMMARY_FILE), PathError::Summary),
        (Folders("a/../b"), PathError::Dot),
        (Folders("a/.b"), PathError::Dot),
        (Folders("a/./b"), PathError::Dot),
        (Folders("a\0"), PathError::ControlCharacter),
        (Folders(".kernelci-templates/a"), PathError::Reserved),
    ] {
        assert_eq!(of(&[Name("next"), member, Name("x")]), Err(error), "{member:?}");
    }
    assert_eq!(of(&[Folders("//")]), Err(PathError::Empty));
    assert_eq!(StoragePath::template("../x"), Err(PathError::Slash));
    assert_eq!(StoragePath::template(".."), Err(PathError::Dot));
}

#[test]
fn a_file_below_a_folder_never_climbs() {
    let folder = StoragePath::parse("p/q").unwrap();
    let below = |text: &str| folder.below(text).map(|path| path.to_string());
    assert_eq!(below("logs/.config").as_deref(), Ok("p/q/logs/.config"));
    for (text, error) in
        [("../x", PathError::Dot), ("a/../../x", PathError::Dot), ("./x", PathError::Dot), ("", PathError::Empty)]
    {
        assert_eq!(below(text), Err(error), "{text}");
    }
}

/// Text made of what paths go wrong with.
fn crooked() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just("/".to_owned()),
        3 => Just("..".to_owned()),
        1 => Just(".".to_owned()),
        1 => Just("\\".to_owned()),
        1 => Just(TEMPORARY_PREFIX.to_owned()),
        1 => any::<char>().prop_map(String::from),
        3 => "[a-z]{1,3}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_accepted_path_leaves_the_root(text in crooked()) {
        if let Ok(path) = StoragePath::parse(&text) {
            prop_assert!(Path::new(path.as_str()).components().all(|part| matches!(part, Component::Normal(_))));
            prop_assert!(Path::new("/root").join(path.as_str()).starts_with("/root/"));
            prop_assert!(!path.as_str().contains(char::is_control));
        }
    }

    #[test]
    fn parsing_is_idempotent(text in crooked()) {
        if let Ok(path) = StoragePath::parse(&text) {
            prop_assert_eq!(StoragePath::parse(path.as_str()), Ok(path));
        }
    }

    #[test]
    fn a_join_is_the_parse_of_both(folder in crooked(), text in crooked()) {
        if let Ok(folder) = StoragePath::parse(&folder)
            && let Ok(joined) = folder.join(&text)
        {
            prop_assert_eq!(StoragePath::parse(&format!("{folder}/{text}")), Ok(joined));
        }
    }

    #[test]
    fn members_lead_into_the_folder_of_the_first(texts in proptest::collection::vec((any::<bool>(), crooked()), 0..4)) {
        let members = texts.iter().map(|(is_name, text)| if *is_name { Member::Name(text) } else { Member::Folders(text) });
        if let Ok(path) = StoragePath::of_members(std::iter::once(Member::Name("own")).chain(members)) {
            prop_assert!(path.as_str() == "own" || path.as_str().starts_with("own/"));
            prop_assert!(path.as_str().split('/').all(|segment| !segment.is_empty() && !segment.starts_with('.')));
            prop_assert_eq!(StoragePath::parse(path.as_str()), Ok(path));
        }
    }

    #[test]
    fn no_error_echoes_the_text(text in any::<String>()) {
        if let Err(error) = StoragePath::parse(&text) {
            prop_assert!(!error.to_string().contains(char::is_control));
        }
    }
}
