//! A field of a collection.

/// What the values of a field are, and so how a filter's text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Text, compared case-sensitively.
    Text,
    /// Text or a list of texts: a filter matches the text, or any of the list.
    Texts,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Bool,
    /// The identity of a document.
    Id,
    /// A point in time; a filter is a day (`YYYY-MM-DD`, `YYYYMMDD`) or milliseconds.
    Date,
    /// `true` or `false`, or a text.
    BoolOrText,
    /// A list of texts, which no filter compares.
    List,
    /// An object, which no filter compares.
    Object,
    /// Any value, which no filter compares.
    Other,
    /// A secret: kept as a hash, never answered, never filtered.
    Secret,
}

impl FieldKind {
    /// Whether its values have an order that `gte` and `lt` can ask for.
    pub const fn has_order(self) -> bool {
        match self {
            Self::Text | Self::Integer | Self::Number | Self::Id | Self::Date => true,
            Self::Texts | Self::Bool | Self::BoolOrText | Self::List | Self::Object | Self::Other | Self::Secret => {
                false
            }
        }
    }
}

/// Whether a request that creates or updates a document may have the field as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Post {
    /// The key is not recognised; a warning says so.
    Ignored,
    /// The key may be there.
    Accepted,
    /// The key must be there.
    Mandatory,
}

/// A field: one line of a collection's table.
#[derive(Debug)]
pub struct Field {
    /// The member's name, and the filter's.
    pub name: &'static str,
    /// What its values are.
    pub kind: FieldKind,
    /// Whether it is a query argument.
    pub filter: bool,
    /// Whether its distinct values can be asked for.
    pub distinct: bool,
    /// Whether a POST has it.
    pub post: Post,
    /// What a request gives for it, where that is of another kind than what is stored.
    pub given: Option<FieldKind>,
    /// The member that the filter compares, where it is another than the one of this name.
    pub compares: Option<&'static str>,
}

impl Field {
    const fn of(name: &'static str, kind: FieldKind) -> Self {
        Self { name, kind, filter: false, distinct: false, post: Post::Ignored, given: None, compares: None }
    }

    /// A field of text.
    pub const fn text(name: &'static str) -> Self {
        Self::of(name, FieldKind::Text)
    }

    /// A field of text or of a list of texts.
    pub const fn texts(name: &'static str) -> Self {
        Self::of(name, FieldKind::Texts)
    }

    /// A field of whole numbers.
    pub const fn integer(name: &'static str) -> Self {
        Self::of(name, FieldKind::Integer)
    }

    /// A field of numbers.
    pub const fn number(name: &'static str) -> Self {
        Self::of(name, FieldKind::Number)
    }

    /// A field of truth values.
    pub const fn truth(name: &'static str) -> Self {
        Self::of(name, FieldKind::Bool)
    }

    /// A field of ids.
    pub const fn id(name: &'static str) -> Self {
        Self::of(name, FieldKind::Id)
    }

    /// A field of dates.
    pub const fn date(name: &'static str) -> Self {
        Self::of(name, FieldKind::Date)
    }

    /// A field of truth values or texts.
    pub const fn truth_or_text(name: &'static str) -> Self {
        Self::of(name, FieldKind::BoolOrText)
    }

    /// A field of lists of texts.
    pub const fn list(name: &'static str) -> Self {
        Self::of(name, FieldKind::List)
    }

    /// A field of objects.
    pub const fn object(name: &'static str) -> Self {
        Self::of(name, FieldKind::Object)
    }

    /// A field of any values.
    pub const fn other(name: &'static str) -> Self {
        Self::of(name, FieldKind::Other)
    }

    /// A field of which only a hash is stored.
    pub const fn secret(name: &'static str) -> Self {
        Self::of(name, FieldKind::Secret)
    }

    /// The same field as a query argument.
    pub const fn filter(mut self) -> Self {
        self.filter = true;
        self
    }

    /// The same field as one whose distinct values can be asked for.
    pub const fn distinct(mut self) -> Self {
        self.distinct = true;
        self
    }

    /// The same field as a key that a POST must have.
    pub const fn mandatory(mut self) -> Self {
        self.post = Post::Mandatory;
        self
    }

    /// The same field as a key that a POST may have.
    pub const fn accepted(mut self) -> Self {
        self.post = Post::Accepted;
        self
    }

    /// The same field, for which a request gives a value of that kind.
    pub const fn given(mut self, kind: FieldKind) -> Self {
        self.given = Some(kind);
        self
    }

    /// The kind of the value that a request gives.
    pub fn given_kind(&self) -> FieldKind {
        self.given.unwrap_or(self.kind)
    }

    /// The same field, whose filter compares `member`.
    pub const fn compares(mut self, member: &'static str) -> Self {
        self.compares = Some(member);
        self
    }

    /// The member that the filter compares.
    pub fn member(&self) -> &'static str {
        self.compares.unwrap_or(self.name)
    }
}
