//! Raw paths, decoded once.

use percent_encoding::percent_decode_str;

/// The segments of a raw path, as they stand; one slash at the end is allowed. `None` where the path does not start
/// with a slash.
pub(super) fn segments(raw_path: &str) -> Option<Vec<&str>> {
    let path = raw_path.strip_prefix('/')?;
    Some(path.strip_suffix('/').unwrap_or(path).split('/').collect())
}

/// A segment without its percent escapes. What is no UTF-8 gets replacement characters, which no document has.
pub fn decode_segment(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// The path below `prefix` of a raw path, decoded, slashes within segments and at the end kept.
pub fn storage_path(raw_path: &str, prefix: &str) -> String {
    let rest = raw_path.strip_prefix(prefix).unwrap_or_default();
    percent_decode_str(rest).decode_utf8_lossy().into_owned()
}
