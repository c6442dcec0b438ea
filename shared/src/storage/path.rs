//! Where a file is kept: a path below the storage root, and never outside of it.

use std::fmt;

/// What the name of a file that is still being written starts with.
pub(super) const TEMPORARY_PREFIX: &str = ".kernelci-upload-";

/// What the names of files and folders that are not for callers start with.
pub(super) const RESERVED_PREFIX: &str = ".kernelci-";

/// The folder of the templates of mails. No path of a caller leads into it.
const TEMPLATES: &str = ".kernelci-templates";

/// The name of the file that holds the summary of a job's build logs. No member of a document names it.
pub const SUMMARY_FILE: &str = "build-logs-summary.txt";

/// What a file name may be long on the file systems we know.
const MAX_SEGMENT: usize = 255;

/// S3 allows 1024 bytes; the rest is left to what may be put before the path.
const MAX_PATH: usize = 900;

/// A path relative to the storage root that cannot leave it.
///
/// Holds at least one segment; no segment is empty, `.` or `..`. The order is that of the text, byte by byte, which is
/// the order of an S3 listing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoragePath(String);

/// A member of a document that becomes a part of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member<'a> {
    /// One segment, which is not empty and holds no `/`: a tree, a lab, a file name.
    Name(&'a str),
    /// Any number of segments with `/` between them: a branch, the folder of a build. An empty text is no segment.
    Folders(&'a str),
}

/// Why a text is not a [`StoragePath`]. The text itself is never part of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing is left once empty segments, `.` and `..` are resolved.
    #[error("the path names no file")]
    Empty,
    /// A `..` goes above the root.
    #[error("the path leaves the storage root")]
    LeavesRoot,
    /// A NUL, a line break, or another character that has no glyph and no place in a file name.
    #[error("the path holds a control character")]
    ControlCharacter,
    /// A backslash, which some clients take for a separator.
    #[error("the path holds a backslash: only `/` separates folders")]
    Backslash,
    /// One segment is too long.
    #[error("a part of the path is longer than {MAX_SEGMENT} bytes")]
    SegmentTooLong,
    /// The whole is too long.
    #[error("the path is longer than {MAX_PATH} bytes")]
    TooLong,
    /// A member that is one name holds a `/`.
    #[error("a name in the path holds a slash")]
    Slash,
    /// A member has a segment that begins with a dot, such as `..`.
    #[error("a name in the path begins with a dot")]
    Dot,
    /// A member has the name of a file that the service writes for the job.
    #[error("the name `{SUMMARY_FILE}` is reserved")]
    Summary,
    /// A segment is named like our temporary files and templates.
    #[error("names that start with `{RESERVED_PREFIX}` are reserved")]
    Reserved,
}

impl StoragePath {
    /// Reads a path from text that is already percent-decoded.
    ///
    /// # Errors
    /// When the text names nothing below the root, or holds what a file name may not hold.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut segments: Vec<&str> = Vec::new();
        for segment in text.split('/') {
            match segment {
                "" | "." => {}
                ".." => {
                    segments.pop().ok_or(PathError::LeavesRoot)?;
                }
                _ => {
                    check_segment(segment)?;
                    segments.push(segment);
                }
            }
        }
        Self::of_segments(&segments)
    }

    fn of_segments(segments: &[&str]) -> Result<Self, PathError> {
        if segments.is_empty() {
            return Err(PathError::Empty);
        }
        let path = segments.join("/");
        if path.len() > MAX_PATH { Err(PathError::TooLong) } else { Ok(Self(path)) }
    }

    /// The path that members of a document make: every segment of it is one of theirs, so the path is below the folder
    /// that the first of them name.
    ///
    /// # Errors
    /// [`PathError::Dot`] for a segment that begins with a dot, [`PathError::Slash`] and [`PathError::Empty`] for a
    /// [`Member::Name`] that is not one segment, [`PathError::Summary`] for one that is [`SUMMARY_FILE`], and else as
    /// [`StoragePath::parse`].
    pub fn of_members<'a>(members: impl IntoIterator<Item = Member<'a>>) -> Result<Self, PathError> {
        let mut segments: Vec<&str> = Vec::new();
        for member in members {
            match member {
                Member::Name(name) => {
                    check_name(name)?;
                    segments.push(name);
                }
                Member::Folders(folders) => {
                    for segment in folders.split('/').filter(|segment| !segment.is_empty()) {
                        check_name(segment)?;
                        segments.push(segment);
                    }
                }
            }
        }
        Self::of_segments(&segments)
    }

    /// The path of a file that a document names, below this folder. Unlike [`join`](Self::join) it never climbs.
    ///
    /// # Errors
    /// [`PathError::Dot`] for a segment that is `.` or `..`, and else as [`StoragePath::parse`].
    pub fn below(&self, text: &str) -> Result<Self, PathError> {
        if text.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(PathError::Dot);
        }
        self.join(text)
    }

    /// The path of a template of mails, which no path of a caller is.
    ///
    /// # Errors
    /// As [`StoragePath::of_members`] for a [`Member::Name`].
    pub fn template(name: &str) -> Result<Self, PathError> {
        check_name(name)?;
        Ok(Self(format!("{TEMPLATES}/{name}")))
    }

    /// The path as text, without a leading slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.as_str(), |(_, name)| name)
    }

    /// The folder that holds this path, or `None` right below the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(folder, _)| Self(folder.to_owned()))
    }

    /// Reads `text` as seen from this path: `..` climbs out of it, to the root and no further.
    ///
    /// # Errors
    /// As [`StoragePath::parse`], and [`PathError::Empty`] when the text ends up at this path itself or at a folder
    /// above it: a file name such as `.` or `..` names no file.
    pub fn join(&self, text: &str) -> Result<Self, PathError> {
        let joined = Self::parse(&format!("{self}/{text}"))?;
        if joined == *self || self.is_below(&joined) { Err(PathError::Empty) } else { Ok(joined) }
    }

    /// The folders on the way to this path, from the top, without the path itself.
    pub(super) fn folders(&self) -> impl DoubleEndedIterator<Item = Self> {
        self.0.match_indices('/').filter_map(|(slash, _)| self.0.get(..slash)).map(|folder| Self(folder.to_owned()))
    }

    fn is_below(&self, folder: &Self) -> bool {
        self.0.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }
}

impl fmt::Display for StoragePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn check_name(name: &str) -> Result<(), PathError> {
    if name.is_empty() {
        Err(PathError::Empty)
    } else if name.contains('/') {
        Err(PathError::Slash)
    } else if name == SUMMARY_FILE {
        Err(PathError::Summary)
    } else {
        check_segment(name)?;
        // Last, so that a name with a reserved beginning is refused as such.
        if name.starts_with('.') { Err(PathError::Dot) } else { Ok(()) }
    }
}

fn check_segment(segment: &str) -> Result<(), PathError> {
    if segment.len() > MAX_SEGMENT {
        Err(PathError::SegmentTooLong)
    } else if segment.contains(no_file_name_character) {
        Err(PathError::ControlCharacter)
    } else if segment.contains('\\') {
        Err(PathError::Backslash)
    } else if segment.starts_with(RESERVED_PREFIX) {
        Err(PathError::Reserved)
    } else {
        Ok(())
    }
}

/// The two noncharacters cannot stand in XML: one key that holds them would break every S3 listing it is in.
fn no_file_name_character(character: char) -> bool {
    character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
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
}
