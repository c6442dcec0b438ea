//! What a handler answers: the envelope, without its text.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use crate::{
    domain::documents::Listing,
    query::{Group, Selection, project},
    store::{AnswerVersion, DocumentStream, ListedDocument},
    value::{Document, Value},
};

/// How a request succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Success {
    /// 200
    Ok,
    /// 201
    Created,
    /// 202
    Accepted,
}

/// What the envelope holds beside `code`.
#[derive(Debug, PartialEq)]
pub enum Content {
    /// A list of documents.
    List {
        /// The documents.
        documents: Vec<Document>,
        /// The most that were asked for.
        limit: usize,
        /// The number left out at the start.
        skip: usize,
    },
    /// Groups of documents.
    Groups {
        /// The groups, as they are answered.
        groups: Vec<Document>,
        /// The most that were asked for.
        limit: usize,
    },
    /// The values of a field.
    Values(Vec<Value>),
    /// A reason, a result, or both.
    Outcome {
        /// What happened.
        reason: Option<String>,
        /// What came of it.
        result: Option<Vec<Document>>,
    },
    /// A document that is the whole answer, without an envelope around it.
    Whole(Verbatim),
    /// A page of HTML for the eye, which is no JSON.
    Page(String),
    /// A list of documents, some of which may be there as their texts.
    Listed {
        /// The documents.
        documents: Vec<ListedDocument>,
        /// The most that were asked for.
        limit: usize,
        /// The number left out at the start.
        skip: usize,
    },
    /// A list of documents that is read while it is sent.
    Stream(StreamedList),
    /// Nothing: the caller has the answer, whose text has this hash.
    Unchanged(u128),
}

/// JSON that is answered as it stands.
#[derive(Debug, Clone, Copy)]
pub struct Verbatim(&'static RawValue);

impl Verbatim {
    /// JSON from its text.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &'static str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }
}

impl PartialEq for Verbatim {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

/// A list that is read while it is sent.
pub struct StreamedList {
    /// The documents.
    pub documents: DocumentStream,
    /// The most that were asked for.
    pub limit: usize,
    /// The number left out at the start.
    pub skip: usize,
    /// Stands for the hash of the text in the entity tag.
    pub hash: u128,
}

impl std::fmt::Debug for StreamedList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.documents.count;
        f.debug_struct("StreamedList").field("count", &count).field("hash", &self.hash).finish_non_exhaustive()
    }
}

/// By the hashes: what has not been read cannot be compared.
impl PartialEq for StreamedList {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

/// The reply to a request.
#[derive(Debug, PartialEq)]
pub struct Reply {
    /// How it went.
    pub success: Success,
    /// What it is.
    pub content: Content,
    /// What was not as it should be, though it was done.
    pub warnings: Vec<String>,
    /// Where what was created is.
    pub location: Option<String>,
    /// Of which documents it tells, where it stays the same as long as they do.
    pub version: Option<AnswerVersion>,
}

impl Reply {
    fn of(success: Success, content: Content) -> Self {
        Self { success, content, warnings: Vec::new(), location: None, version: None }
    }

    /// Nothing but that it is well.
    pub fn nothing() -> Self {
        Self::of(Success::Ok, Content::Outcome { reason: None, result: None })
    }

    /// One document.
    pub fn one(document: Document) -> Self {
        Self::result(vec![document])
    }

    /// A result that is no page of a list.
    pub fn result(result: Vec<Document>) -> Self {
        Self::of(Success::Ok, Content::Outcome { reason: None, result: Some(result) })
    }

    /// The values of a field.
    pub fn values(values: Vec<Value>) -> Self {
        Self::of(Success::Ok, Content::Values(values))
    }

    /// A document without an envelope.
    pub fn whole(document: Verbatim) -> Self {
        Self::of(Success::Ok, Content::Whole(document))
    }

    /// A page for the eye.
    pub fn page(html: String) -> Self {
        Self::of(Success::Ok, Content::Page(html))
    }

    /// A list of documents, some of which may be there as their texts.
    pub fn listed(documents: Vec<ListedDocument>, limit: usize, skip: usize) -> Self {
        Self::of(Success::Ok, Content::Listed { documents, limit, skip })
    }

    /// A list that is read while it is sent.
    pub fn stream(list: StreamedList) -> Self {
        Self::of(Success::Ok, Content::Stream(list))
    }

    /// The answer that the caller has already; the text of that has this hash.
    pub fn unchanged(hash: u128) -> Self {
        Self::of(Success::Ok, Content::Unchanged(hash))
    }

    /// Something was done.
    pub fn done(reason: impl Into<String>) -> Self {
        Self::of(Success::Ok, Content::Outcome { reason: Some(reason.into()), result: None })
    }

    /// Something was done, and came to a result.
    pub fn done_with(reason: String, result: Vec<Document>) -> Self {
        Self::of(Success::Ok, Content::Outcome { reason: Some(reason), result: Some(result) })
    }

    /// Something will be done.
    pub fn accepted(reason: impl Into<String>) -> Self {
        Self::of(Success::Accepted, Content::Outcome { reason: Some(reason.into()), result: None })
    }

    /// Something was created.
    pub fn created(location: String, reason: Option<String>, result: Vec<Document>) -> Self {
        let content = Content::Outcome { reason, result: Some(result) };
        Self { location: Some(location), ..Self::of(Success::Created, content) }
    }

    /// The same reply with warnings.
    #[must_use]
    pub fn with_warnings(mut self, warnings: Vec<String>) -> Self {
        self.warnings = warnings;
        self
    }

    /// The status, which is also the envelope's `code`.
    pub fn code(&self) -> u16 {
        match self.success {
            Success::Ok => 200,
            Success::Created => 201,
            Success::Accepted => 202,
        }
    }
}

impl From<Listing> for Reply {
    fn from(listing: Listing) -> Self {
        let content = match listing {
            Listing::Documents(Selection { limit, skip, .. }, documents) => Content::List { documents, limit, skip },
            Listing::Groups(selection, groups) => {
                Content::Groups { groups: self::groups(&selection, groups), limit: selection.limit }
            }
        };
        Self::of(Success::Ok, content)
    }
}

/// The envelope of a list.
pub(super) struct ListEnvelope<'a> {
    pub(super) count: usize,
    pub(super) limit: usize,
    pub(super) skip: usize,
    /// The last member, so that documents can follow the others one by one.
    pub(super) result: &'a [Document],
}

impl Serialize for ListEnvelope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut envelope = serializer.serialize_map(Some(5))?;
        envelope.serialize_entry("code", &200)?;
        envelope.serialize_entry("count", &self.count)?;
        envelope.serialize_entry("limit", &self.limit)?;
        envelope.serialize_entry("skip", &self.skip)?;
        envelope.serialize_entry("result", self.result)?;
        envelope.end()
    }
}

/// Groups as they are answered.
pub(super) fn groups(selection: &Selection, groups: Vec<Group>) -> Vec<Document> {
    groups.into_iter().map(|group| group_document(selection, group)).collect()
}

/// A group as it is answered: its fields as `_id`, the fields that it was sorted by, and its first document, or of that
/// only the fields asked for.
fn group_document(selection: &Selection, group: Group) -> Document {
    let mut answered = Document::new();
    for key in selection.sort.iter().filter(|key| key.member != "_id") {
        if let Some(value) = group.first.get(&key.member) {
            answered.insert(key.member.clone(), value.clone());
        }
    }
    let shown = project(selection, group.first);
    if selection.fields.is_empty() {
        answered.insert("result", Value::Map(shown));
    } else {
        answered.extend(shown);
    }
    answered.insert("_id", Value::Map(group.key));
    answered
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.content {
            Content::Whole(document) => return document.0.serialize(serializer),
            Content::List { documents, limit, skip } if self.warnings.is_empty() => {
                let envelope = ListEnvelope { count: documents.len(), limit: *limit, skip: *skip, result: documents };
                return envelope.serialize(serializer);
            }
            _ => {}
        }
        let mut envelope = serializer.serialize_map(None)?;
        envelope.serialize_entry("code", &self.code())?;
        if !self.warnings.is_empty() {
            envelope.serialize_entry("errors", &self.warnings)?;
        }
        match &self.content {
            Content::List { documents, limit, skip } => {
                envelope.serialize_entry("count", &documents.len())?;
                envelope.serialize_entry("limit", limit)?;
                envelope.serialize_entry("skip", skip)?;
                envelope.serialize_entry("result", documents)?;
            }
            Content::Groups { groups, limit } => {
                envelope.serialize_entry("limit", limit)?;
                envelope.serialize_entry("result", groups)?;
            }
            Content::Values(values) => {
                envelope.serialize_entry("count", &values.len())?;
                envelope.serialize_entry("result", values)?;
            }
            Content::Outcome { reason, result } => {
                if let Some(reason) = reason {
                    envelope.serialize_entry("reason", &super::status::plain(reason))?;
                }
                if let Some(result) = result {
                    envelope.serialize_entry("result", result)?;
                }
            }
            Content::Whole(_)
            | Content::Page(_)
            | Content::Unchanged(_)
            | Content::Stream(_)
            | Content::Listed { .. } => {}
        }
        envelope.end()
    }
}
