//! A line of a build log as it is stored: without colours, control characters and the folder of the build.

use std::{borrow::Cow, sync::LazyLock};

use regex::bytes::Regex;

/// The most folders that are remembered.
const MAX_FOLDERS: usize = 8;

/// Whole CSI sequences, which terminals take for colours.
static COLOURS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?-u)\x1b\[[0-?]*[ -/]*[@-~]").ok());

/// The steps upwards that a path begins with.
static UPWARDS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(?-u)(^|[\s"'`(:])(?:\./)*(?:\.\./)+"#).ok());

/// The line without colour codes.
pub(super) fn without_colours(line: &[u8]) -> Cow<'_, [u8]> {
    match &*COLOURS {
        Some(colours) if line.contains(&0x1b) => colours.replace_all(line, &b""[..]),
        _ => Cow::Borrowed(line),
    }
}

/// The folders that make says it enters: source and output of the build, whose paths say nothing about the kernel.
#[derive(Debug, Default)]
pub(super) struct Folders(Vec<String>);

impl Folders {
    /// Notes the folder of a line such as `make[1]: Entering directory '/build'`. One within a folder that is known
    /// already is a part of the kernel, and stays in the paths.
    pub(super) fn note(&mut self, line: &[u8]) {
        const ENTERING: &[u8] = b": Entering directory ";
        // Such a line begins with `make`, behind a time stamp at most.
        let Some(at) = line.windows(ENTERING.len()).position(|part| part == ENTERING) else { return };
        let Some(rest) = line.get(at + ENTERING.len()..) else { return };
        let folder = String::from_utf8_lossy(rest);
        let folder = folder.trim().trim_matches(['\'', '`', '"']).trim_end_matches('/');
        // The root is the beginning of every path.
        let is_known = self.0.iter().any(|known| folder.starts_with(known.as_str()));
        if folder.starts_with('/') && folder.len() > 1 && !is_known && self.0.len() < MAX_FOLDERS {
            self.0.push(format!("{folder}/"));
        }
    }

    /// The line as it is stored.
    pub(super) fn readable(&self, line: &[u8]) -> String {
        let text = String::from_utf8_lossy(line);
        let printable: String = text.chars().filter(|letter| *letter == '\t' || !letter.is_control()).collect();
        let mut line = printable.trim().to_owned();
        for folder in &self.0 {
            if line.contains(folder.as_str()) {
                line = line.replace(folder.as_str(), "");
            }
        }
        match &*UPWARDS {
            Some(upwards) if line.contains("../") => {
                String::from_utf8_lossy(&upwards.replace_all(line.as_bytes(), &b"$1"[..])).into_owned()
            }
            _ => line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readable(folders: &Folders, line: &str) -> String {
        folders.readable(line.as_bytes())
    }

    #[test]
    fn the_same_place_of_two_builds_is_one_line() {
        let mut folders = Folders::default();
        folders.note(b"make[1]: Entering directory '/tmp/kci/linux'");
        folders.note(b"12:30:01 make[2]: Entering directory `/tmp/kci/linux/tools/objtool'");
        folders.note(b"make: Entering directory '/'");
        for line in [
            "drivers/a.c:1:2: warning: b",
            "../drivers/a.c:1:2: warning: b",
            "./../../drivers/a.c:1:2: warning: b",
            "/tmp/kci/linux/drivers/a.c:1:2: warning: b",
        ] {
            assert_eq!(readable(&folders, line), "drivers/a.c:1:2: warning: b", "{line}");
        }
        assert_eq!(readable(&folders, "/tmp/kci/linux/tools/objtool/a.c: warning: b"), "tools/objtool/a.c: warning: b");
        assert_eq!(readable(&folders, "ld: '../a.o' and ../b.o"), "ld: 'a.o' and b.o");
        assert_eq!(readable(&folders, "drivers/a/../b.c: warning: c"), "drivers/a/../b.c: warning: c");
        assert_eq!(readable(&folders, "/usr/include/a.h: warning: c"), "/usr/include/a.h: warning: c");
    }

    #[test]
    fn colours_are_dropped_whole() {
        assert_eq!(&*without_colours(b"\x1b[01;31m\x1b[Kerror: \x1b[m\x1b[Ka\x1b[0m"), b"error: a");
        assert_eq!(&*without_colours(b"\x1bERROR [1m"), b"\x1bERROR [1m");
    }
}
