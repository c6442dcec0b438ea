//! The text of a list: the envelope around documents that may be there as their texts.

use std::io::Write;

use super::reply::ListEnvelope;
use crate::store::ListedDocument;

/// What stands behind the documents.
pub(super) const END: &str = "]}";

/// What stands before them.
pub(super) fn head(count: usize, limit: usize, skip: usize) -> String {
    let mut text = serde_json::to_string(&ListEnvelope { count, limit, skip, result: &[] }).unwrap_or_default();
    // The documents stand in the empty list at its end.
    text.truncate(text.len().saturating_sub(END.len()));
    text
}

/// Writes a list that is in memory.
pub(super) fn write_list(
    output: &mut dyn Write,
    documents: &[ListedDocument],
    limit: usize,
    skip: usize,
) -> std::io::Result<()> {
    output.write_all(head(documents.len(), limit, skip).as_bytes())?;
    for (place, document) in documents.iter().enumerate() {
        if place > 0 {
            output.write_all(b",")?;
        }
        write_document(output, document)?;
    }
    output.write_all(END.as_bytes())
}

/// Writes one document of a list.
pub(super) fn write_document(output: &mut dyn Write, document: &ListedDocument) -> std::io::Result<()> {
    match document {
        ListedDocument::Text(text) => output.write_all(text),
        ListedDocument::Document(document) => Ok(serde_json::to_writer(output, document)?),
    }
}
