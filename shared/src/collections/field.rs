//! A field of a collection.

/// The type of a field's values. It determines how the text of a filter is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Text, compared case-sensitively.
    Text,
    /// A text or a list of texts. A filter matches the text or any element of the list.
    Texts,
    /// An integer.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// The id of a document.
    Id,
    /// A point in time. A filter gives a day (`YYYY-MM-DD`, `YYYYMMDD`) or milliseconds.
    Date,
    /// `true`, `false` or a text.
    BoolOrText,
    /// A list of texts. It cannot be filtered.
    List,
    /// An object. It cannot be filtered.
    Object,
    /// Any value. It cannot be filtered.
    Other,
    /// A secret. It is stored as a hash, never returned, and cannot be filtered.
    Secret,
}

impl FieldKind {
    /// Whether the values have an order, which `gte` and `lt` need.
    pub const fn has_order(self) -> bool {
        match self {
            Self::Text | Self::Integer | Self::Number | Self::Id | Self::Date => true,
            Self::Texts | Self::Bool | Self::BoolOrText | Self::List | Self::Object | Self::Other | Self::Secret => {
                false
            }
        }
    }
}

/// Whether the body of a request may have the field as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Post {
    /// The key is unknown: the answer has a warning.
    Ignored,
    /// The key is optional.
    Accepted,
    /// The key is mandatory.
    Mandatory,
}

/// A field: one line in the table of a collection.
#[derive(Debug)]
pub struct Field {
    /// The name of the member and of the filter.
    pub name: &'static str,
    /// The type of the stored values.
    pub kind: FieldKind,
    /// Whether the field is a query argument.
    pub filter: bool,
    /// Whether the distinct values can be listed.
    pub distinct: bool,
    /// Whether the body of a POST may have the field.
    pub post: Post,
    /// The type in a request, when it differs from the stored type.
    pub given: Option<FieldKind>,
    /// The member that the filter compares, when its name differs from the filter's.
    pub compares: Option<&'static str>,
}

impl Field {
    const fn of(name: &'static str, kind: FieldKind) -> Self {
        Self { name, kind, filter: false, distinct: false, post: Post::Ignored, given: None, compares: None }
    }

    /// A text field.
    pub const fn text(name: &'static str) -> Self {
        Self::of(name, FieldKind::Text)
    }

    /// A field with a text or a list of texts.
    pub const fn texts(name: &'static str) -> Self {
        Self::of(name, FieldKind::Texts)
    }

    /// An integer field.
    pub const fn integer(name: &'static str) -> Self {
        Self::of(name, FieldKind::Integer)
    }

    /// A number field.
    pub const fn number(name: &'static str) -> Self {
        Self::of(name, FieldKind::Number)
    }

    /// A boolean field.
    pub const fn truth(name: &'static str) -> Self {
        Self::of(name, FieldKind::Bool)
    }

    /// A field with an id.
    pub const fn id(name: &'static str) -> Self {
        Self::of(name, FieldKind::Id)
    }

    /// A date field.
    pub const fn date(name: &'static str) -> Self {
        Self::of(name, FieldKind::Date)
    }

    /// A field with a boolean or a text.
    pub const fn truth_or_text(name: &'static str) -> Self {
        Self::of(name, FieldKind::BoolOrText)
    }

    /// A field with a list of texts.
    pub const fn list(name: &'static str) -> Self {
        Self::of(name, FieldKind::List)
    }

    /// A field with an object.
    pub const fn object(name: &'static str) -> Self {
        Self::of(name, FieldKind::Object)
    }

    /// A field with any value.
    pub const fn other(name: &'static str) -> Self {
        Self::of(name, FieldKind::Other)
    }

    /// A secret field, of which only a hash is stored.
    pub const fn secret(name: &'static str) -> Self {
        Self::of(name, FieldKind::Secret)
    }

    /// Makes the field a query argument.
    pub const fn filter(mut self) -> Self {
        self.filter = true;
        self
    }

    /// Makes the distinct values listable.
    pub const fn distinct(mut self) -> Self {
        self.distinct = true;
        self
    }

    /// Makes the field a mandatory key of a POST.
    pub const fn mandatory(mut self) -> Self {
        self.post = Post::Mandatory;
        self
    }

    /// Makes the field an optional key of a POST.
    pub const fn accepted(mut self) -> Self {
        self.post = Post::Accepted;
        self
    }

    /// Sets the type of the value in a request.
    pub const fn given(mut self, kind: FieldKind) -> Self {
        self.given = Some(kind);
        self
    }

    /// The type of the value in a request.
    pub fn given_kind(&self) -> FieldKind {
        self.given.unwrap_or(self.kind)
    }

    /// Sets the member that the filter compares.
    pub const fn compares(mut self, member: &'static str) -> Self {
        self.compares = Some(member);
        self
    }

    /// The member that the filter compares.
    pub fn member(&self) -> &'static str {
        self.compares.unwrap_or(self.name)
    }
}
