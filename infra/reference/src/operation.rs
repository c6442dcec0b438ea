//! What a function does where one form of its resource is asked for.

use kernelci::{
    collections::{BISECT, Collection},
    http::Form,
    query::Reading,
};

/// One line of the table: a function and a form, and what comes of it.
#[derive(Debug)]
pub struct Operation {
    /// The function.
    pub function: &'static str,
    /// The form of the path.
    pub form: Form,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// What else is to be known of it.
    pub note: &'static str,
    /// What the parameter in the path is, where the form has one.
    pub parameter: Option<Parameter>,
    /// What it reads, and so which arguments it looks at, and of which collections.
    pub reads: Option<(Reading, &'static [&'static Collection])>,
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
    pub(crate) const fn may_name_nothing(self) -> bool {
        match self {
            Self::Id | Self::DistinctField | Self::Counted | Self::TokenValue | Self::LabName | Self::CallbackKind => {
                true
            }
            Self::FilePath | Self::Anything => false,
        }
    }
}

impl Operation {
    const fn of(function: &'static str, form: Form, summary: &'static str, answers: Answers) -> Self {
        Self {
            function,
            form,
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
    pub(crate) const fn list(
        function: &'static str,
        form: Form,
        summary: &'static str,
        collections: &'static [&'static Collection; 1],
    ) -> Self {
        let [collection] = collections;
        Self {
            reads: Some((Reading::List, collections)),
            ..Self::of(function, form, summary, Answers::List(collection))
        }
    }

    /// One document.
    pub(crate) const fn one(
        function: &'static str,
        form: Form,
        summary: &'static str,
        collections: &'static [&'static Collection; 1],
    ) -> Self {
        let [collection] = collections;
        let answers = Answers::One(collection);
        Self { reads: Some((Reading::One, collections)), ..Self::of(function, form, summary, answers) }
            .with(Parameter::Id)
    }

    /// The distinct values of a field.
    pub(crate) const fn distinct(
        function: &'static str,
        summary: &'static str,
        collections: &'static [&'static Collection; 1],
    ) -> Self {
        let operation = Self::of(function, Form::Distinct, summary, Answers::Values);
        Self { reads: Some((Reading::Distinct, collections)), ..operation }.with(Parameter::DistinctField)
    }

    /// The number of the distinct values of a field.
    pub(crate) const fn count_distinct(
        function: &'static str,
        summary: &'static str,
        collections: &'static [&'static Collection; 1],
    ) -> Self {
        let operation = Self::distinct(function, summary, collections);
        Self { form: Form::CountDistinct, answers: Answers::NumberOfValues, ..operation }
    }

    /// The number of documents of several collections.
    pub(crate) const fn count(
        function: &'static str,
        form: Form,
        summary: &'static str,
        collections: &'static [&'static Collection],
    ) -> Self {
        Self { reads: Some((Reading::Count, collections)), ..Self::of(function, form, summary, Answers::Counts) }
    }

    /// What takes no body and reads nothing that arguments choose.
    pub(crate) const fn plain(function: &'static str, form: Form, summary: &'static str, answers: Answers) -> Self {
        Self::of(function, form, summary, answers)
    }

    /// What a body is sent to.
    pub(crate) const fn write(
        function: &'static str,
        form: Form,
        summary: &'static str,
        body: Body,
        answers: Answers,
    ) -> Self {
        Self { body, ..Self::of(function, form, summary, answers) }
    }

    /// What is refused, because it lacks an id or has one too many.
    pub(crate) const fn refused(function: &'static str, form: Form, note: &'static str) -> Self {
        Self::of(function, form, "Is refused", Answers::Never).noting(note).failing(&[Failing::Invalid])
    }

    /// The same with a parameter in the path.
    pub(crate) const fn with(mut self, parameter: Parameter) -> Self {
        self.parameter = Some(parameter);
        self
    }

    /// The same with filters that choose what is deleted.
    pub(crate) const fn with_filters(
        mut self,
        filters: &'static [&'static str],
        collection: &'static Collection,
    ) -> Self {
        self.deletes = Some((filters, collection));
        self
    }

    /// A search for the commits around a failed build.
    pub(crate) const fn search(form: Form, summary: &'static str) -> Self {
        let operation = Self::of("bisect-get", form, summary, Answers::One(&BISECT));
        Self { searches: true, ..operation }.failing(&[Failing::Invalid, Failing::TooMany, Failing::Missing])
    }

    /// The same with a note.
    pub(crate) const fn noting(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// The same with ways to fail.
    pub(crate) const fn failing(mut self, failures: &'static [Failing]) -> Self {
        self.failures = failures;
        self
    }
}
