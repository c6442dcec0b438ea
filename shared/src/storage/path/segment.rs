//! The segments of paths: what the name of a file or of a folder may be.

use super::{PathError, RESERVED_PREFIX, SUMMARY_FILE};

/// The maximum length of a file name in bytes, on the common file systems.
pub(super) const MAX_SEGMENT: usize = 255;

/// Checks one segment that a member of a document gives.
pub(super) fn check_name(name: &str) -> Result<(), PathError> {
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

/// Checks one segment of any path.
pub(super) fn check_segment(segment: &str) -> Result<(), PathError> {
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
