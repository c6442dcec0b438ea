//! The text of a list that is sent while it is read.

use std::{
    io::Write,
    mem::take,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use flate2::write::GzEncoder;
use futures_util::stream::{self, BoxStream, StreamExt};

use super::{
    answer::LEVEL,
    list_text::{END, head, write_document},
    reply::StreamedList,
};
use crate::{
    error::Error,
    store::{ListedDocument, StoreError},
};

/// The content of an answer that is not made yet, piece by piece. After an error nothing comes any more, and what has been
/// sent must not look complete.
#[derive(Clone)]
pub struct StreamedText(Arc<Mutex<Option<TextPieces>>>);

/// The pieces of a text.
pub type TextPieces = BoxStream<'static, Result<Bytes, Error>>;

impl StreamedText {
    /// The pieces, for the one who sends them; `None` where they were taken before.
    pub fn take(&self) -> Option<TextPieces> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The text of a list, compressed where that was asked for.
pub(super) fn text(list: StreamedList, zip: bool) -> StreamedText {
    let StreamedList { documents, limit, skip, .. } = list;
    let head = head(documents.count, limit, skip);
    let coder = if zip { Coder::Gzip(Box::new(GzEncoder::new(Vec::new(), LEVEL))) } else { Coder::Plain(Vec::new()) };
    let writer = Writer { coder, pages: documents.pages, head, is_first: true };
    let pieces = stream::try_unfold(Some(writer), |writer| async move {
        match writer {
            Some(writer) => writer.piece().await.map(Some),
            None => Ok(None),
        }
    });
    // Where the coder has kept all of a page, there is nothing to be sent yet.
    let pieces = pieces.filter(|piece| std::future::ready(!piece.as_ref().is_ok_and(Bytes::is_empty))).boxed();
    StreamedText(Arc::new(Mutex::new(Some(pieces))))
}

enum Coder {
    Plain(Vec<u8>),
    Gzip(Box<GzEncoder<Vec<u8>>>),
}

struct Writer {
    coder: Coder,
    pages: BoxStream<'static, Result<Vec<ListedDocument>, StoreError>>,
    /// What stands before the documents that come next.
    head: String,
    is_first: bool,
}

impl Writer {
    /// The next bytes, and what writes those behind them.
    async fn piece(mut self) -> Result<(Bytes, Option<Self>), Error> {
        let page = self.pages.next().await.transpose()?;
        let written = tokio::task::spawn_blocking(move || self.write(page)).await;
        written.map_err(|error| Error::Internal(error.to_string()))?.map_err(|error| Error::Internal(error.to_string()))
    }

    /// Writes a page, or the end where there is none.
    fn write(mut self, page: Option<Vec<ListedDocument>>) -> std::io::Result<(Bytes, Option<Self>)> {
        let head = take(&mut self.head);
        let output: &mut dyn Write = match &mut self.coder {
            Coder::Plain(bytes) => bytes,
            Coder::Gzip(encoder) => encoder,
        };
        output.write_all(head.as_bytes())?;
        match page {
            Some(documents) => {
                for document in &documents {
                    if !take(&mut self.is_first) {
                        output.write_all(b",")?;
                    }
                    write_document(output, document)?;
                }
                let bytes = match &mut self.coder {
                    Coder::Plain(bytes) => take(bytes),
                    Coder::Gzip(encoder) => take(encoder.get_mut()),
                };
                Ok((bytes.into(), Some(self)))
            }
            None => {
                output.write_all(END.as_bytes())?;
                let bytes = match self.coder {
                    Coder::Plain(bytes) => bytes,
                    Coder::Gzip(encoder) => encoder.finish()?,
                };
                Ok((bytes.into(), None))
            }
        }
    }
}
