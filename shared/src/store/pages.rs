//! A page that shows a document to the eye: an item beside the document, which no list and no index holds.

use std::io::{Read, Write};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};

use super::{Store, StoreError, attribute::AttributeValue, item::ItemError, keys::ID, packing::MAX_ITEM};
use crate::{collections::Collection, value::ObjectId};

/// The attribute that holds the text, compressed.
const TEXT: &str = "text";

/// The longest page, as text.
pub const MAX_PAGE: usize = 1024 * 1024;

fn key(id: ObjectId) -> String {
    format!("{id}/page")
}

impl Store {
    /// Keeps the page of a document, in the place of an older one.
    ///
    /// # Errors
    /// The store fails, or the page is too long.
    pub async fn put_page(&self, collection: &'static Collection, id: ObjectId, text: &str) -> Result<(), StoreError> {
        if text.len() > MAX_PAGE {
            return Err(ItemError::TooLong(text.len()).into());
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let failed = |error: std::io::Error| StoreError::Failed(error.to_string());
        encoder.write_all(text.as_bytes()).map_err(failed)?;
        let bytes = encoder.finish().map_err(failed)?;
        if bytes.len() > MAX_ITEM {
            return Err(ItemError::TooLong(bytes.len()).into());
        }
        let item = [(ID.to_owned(), AttributeValue::S(key(id))), (TEXT.to_owned(), AttributeValue::B(bytes))];
        self.put_item(collection, item.into(), None).await?;
        Ok(())
    }

    /// The page of a document; `None` where it has none.
    ///
    /// # Errors
    /// The store fails.
    pub async fn page(&self, collection: &'static Collection, id: ObjectId) -> Result<Option<String>, StoreError> {
        let Some(item) = self.get_item(collection, &key(id)).await? else { return Ok(None) };
        let Some(AttributeValue::B(bytes)) = item.get(TEXT) else { return Ok(None) };
        let mut text = String::new();
        let mut decoder = GzDecoder::new(bytes.as_slice()).take(MAX_PAGE as u64 + 1);
        let read = decoder.read_to_string(&mut text);
        read.map_err(|_| StoreError::from(ItemError::Damaged(TEXT.to_owned())))?;
        Ok(Some(text))
    }
}
