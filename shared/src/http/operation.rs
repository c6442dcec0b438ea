//! What a function does with one form of its resource.

use super::verb::Verb;
use crate::{
    auth::Access,
    collections::{BISECT, Collection},
    query::ReadKind,
};

/// A function that answers requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name: the resource and the verb.
    pub name: &'static str,
    /// The method that it answers.
    pub verb: Verb,
    /// What it demands of its callers.
    pub access: Access,
}

/// What a verb does with one form of a resource, for the description and the reference.
#[derive(Debug)]
pub struct Operation {
    /// The function that answers.
    pub endpoint: Endpoint,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// What else is to be known of it.
    pub note: &'static str,
    /// What the parameter in the path is, where the form has one.
    pub parameter: Option<Parameter>,
    /// What it reads, and so which arguments it looks at, and of which collections.
    pub reads: Option<(ReadKind, &'static [&'static Collection])>,
    /// The filters that choose what is deleted, where some do.
    pub deletes: Option<(&'static [&'static str], &'static Collection)>,
    /// Whether it looks for the commits around a failed build.
    pub searches: bool,
    /// What the body of the request is.
    pub body: Body,
    /// What is answered where it succeeds.
    pub answers: Answers,
    /// The failures that it has beside those that follow from the rest.
    pub failures: &'static [Failing],
}

/// What the parameter in a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// The id of a document.
    Id,
    /// A field whose distinct values can be asked for.
    DistinctField,
    /// The name of a collection that is counted.
    Counted,
    /// The value of a token.
    TokenValue,
    /// The id of a lab, or its name.
    LabName,
    /// The kind of a LAVA job.
    CallbackKind,
    /// The path of a file.
    FilePath,
    /// Anything: it is not looked at.
    Anything,
}

/// What a request has as its body.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// Nothing.
    Nothing,
    /// A JSON object whose keys are fields of a collection.
    Keys {
        /// The name of its schema.
        schema: &'static str,
        /// The collection.
        collection: &'static Collection,
        /// The keys that must be there beside those that its table says.
        mandatory: &'static [&'static str],
        /// The only keys that it takes, where those are not all that its table accepts.
        only: Option<&'static [&'static str]>,
        /// Keys with a few values only.
        values: &'static [(&'static str, &'static [&'static str])],
    },
    /// A build in either form.
    Build,
    /// What LAVA tells of a job.
    Callback,
    /// A report that is to be sent.
    Report,
    /// Operations of a batch.
    Operations,
    /// A form of files.
    Form,
    /// The content of a file.
    File,
}

/// What is answered where a request succeeds.
#[derive(Debug, Clone, Copy)]
pub enum Answers {
    /// A list of documents, or their groups.
    List(&'static Collection),
    /// One document.
    One(&'static Collection),
    /// The distinct values of a field.
    Values,
    /// The number of the distinct values of a field.
    NumberOfValues,
    /// The number of documents, by collection.
    Counts,
    /// 200 and a reason.
    Done,
    /// 202 and a reason.
    Accepted,
    /// The value of a new token.
    NewToken,
    /// The id of a new document.
    NewDocument,
    /// A new lab, with the value of its token.
    NewLab,
    /// What became of the operations of a batch.
    Outcomes,
    /// That a token was changed.
    ChangedToken,
    /// What became of the files of a form.
    Files,
    /// What became of one file: new, or replaced.
    File,
    /// The version of the service.
    Version,
    /// The description itself, which is no envelope.
    Description,
    /// Nothing: every such request is refused.
    Never,
}

/// A way to fail that follows from nothing else in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failing {
    /// There is nothing that the request could be about.
    Missing,
    /// What is there is in the way.
    Conflict,
    /// Something in the request is wrong.
    Invalid,
    /// The caller may do this, but not with that.
    Forbidden,
    /// Too much would have to be read.
    TooMany,
}

impl Parameter {
    /// Whether there may be nothing of that name.
    pub const fn may_name_nothing(self) -> bool {
        match self {
            Self::Id | Self::DistinctField | Self::Counted | Self::TokenValue | Self::LabName | Self::CallbackKind => {
                true
            }
            Self::FilePath | Self::Anything => false,
        }
    }
}

impl Endpoint {
    const fn performs(self, summary: &'static str, answers: Answers) -> Operation {
        Operation {
            endpoint: self,
            summary,
            note: "",
            parameter: None,
            reads: None,
            deletes: None,
            searches: false,
            body: Body::Nothing,
            answers,
            failures: &[],
        }
    }

    /// A list of documents.
    pub(super) const fn list(self, summary: &'static str, collections: &'static [&'static Collection; 1]) -> Operation {
        let [collection] = collections;
        Operation { reads: Some((ReadKind::List, collections)), ..self.performs(summary, Answers::List(collection)) }
    }

    /// One document.
    pub(super) const fn one(self, summary: &'static str, collections: &'static [&'static Collection; 1]) -> Operation {
        let [collection] = collections;
        let answers = Answers::One(collection);
        Operation { reads: Some((ReadKind::One, collections)), ..self.performs(summary, answers) }.with(Parameter::Id)
    }

    /// The distinct values of a field.
    pub(super) const fn distinct(
        self,
        summary: &'static str,
        collections: &'static [&'static Collection; 1],
    ) -> Operation {
        let operation = self.performs(summary, Answers::Values);
        Operation { reads: Some((ReadKind::Distinct, collections)), ..operation }.with(Parameter::DistinctField)
    }

    /// The number of the distinct values of a field.
    pub(super) const fn count_distinct(
        self,
        summary: &'static str,
        collections: &'static [&'static Collection; 1],
    ) -> Operation {
        let operation = self.distinct(summary, collections);
        Operation { answers: Answers::NumberOfValues, ..operation }
    }

    /// The number of documents of several collections.
    pub(super) const fn count(self, summary: &'static str, collections: &'static [&'static Collection]) -> Operation {
        Operation { reads: Some((ReadKind::Count, collections)), ..self.performs(summary, Answers::Counts) }
    }

    /// What takes no body and reads nothing that arguments choose.
    pub(super) const fn plain(self, summary: &'static str, answers: Answers) -> Operation {
        self.performs(summary, answers)
    }

    /// What a body is sent to.
    pub(super) const fn write(self, summary: &'static str, body: Body, answers: Answers) -> Operation {
        Operation { body, ..self.performs(summary, answers) }
    }

    /// What is refused, because it lacks an id or has one too many.
    pub(super) const fn refused(self, note: &'static str) -> Operation {
        self.performs("Is refused", Answers::Never).noting(note).failing(&[Failing::Invalid])
    }

    /// A search for the commits around a failed build.
    pub(super) const fn search(self, summary: &'static str) -> Operation {
        let operation = self.performs(summary, Answers::One(&BISECT));
        Operation { searches: true, ..operation }.failing(&[Failing::Invalid, Failing::TooMany, Failing::Missing])
    }
}

impl Operation {
    /// Whether the body is files, which are stored while they come.
    pub const fn receives_files(&self) -> bool {
        matches!(self.body, Body::Form | Body::File)
    }

    /// The same with a parameter in the path.
    pub(super) const fn with(mut self, parameter: Parameter) -> Self {
        self.parameter = Some(parameter);
        self
    }

    /// The same with filters that choose what is deleted.
    pub(super) const fn with_filters(
        mut self,
        filters: &'static [&'static str],
        collection: &'static Collection,
    ) -> Self {
        self.deletes = Some((filters, collection));
        self
    }

    /// The same with a note.
    pub(super) const fn noting(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// The same with ways to fail.
    pub(super) const fn failing(mut self, failures: &'static [Failing]) -> Self {
        self.failures = failures;
        self
    }
}
