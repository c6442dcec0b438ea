//! A field of a collection.

/// What the values of a field are, and so how a filter's text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
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
    /// An object or a list, which no filter compares.
    Other,
    /// A secret: kept as a hash, never answered, never filtered.
    Secret,
}

impl Kind {
    /// Whether its values have an order that `gte` and `lt` can ask for.
    pub const fn has_order(self) -> bool {
        match self {
            Self::Text | Self::Integer | Self::Number | Self::Id | Self::Date => true,
            Self::Texts | Self::Bool | Self::Other | Self::Secret => false,
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
    pub kind: Kind,
    /// Whether it is a query argument.
    pub filter: bool,
    /// Whether its distinct values can be asked for.
    pub distinct: bool,
    /// Whether a POST has it.
    pub post: Post,
    /// The member that the filter compares, where it is another than the one of this name.
    pub compares: Option<&'static str>,
}

impl Field {
    const fn of(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, filter: false, distinct: false, post: Post::Ignored, compares: None }
    }

    /// A field of text.
    pub const fn text(name: &'static str) -> Self {
        Self::of(name, Kind::Text)
    }

    /// A field of text or of a list of texts.
    pub const fn texts(name: &'static str) -> Self {
        Self::of(name, Kind::Texts)
    }

    /// A field of whole numbers.
    pub const fn integer(name: &'static str) -> Self {
        Self::of(name, Kind::Integer)
    }

    /// A field of numbers.
    pub const fn number(name: &'static str) -> Self {
        Self::of(name, Kind::Number)
    }

    /// A field of truth values.
    pub const fn truth(name: &'static str) -> Self {
        Self::of(name, Kind::Bool)
    }

    /// A field of ids.
    pub const fn id(name: &'static str) -> Self {
        Self::of(name, Kind::Id)
    }

    /// A field of dates.
    pub const fn date(name: &'static str) -> Self {
        Self::of(name, Kind::Date)
    }

    /// A field of objects or lists.
    pub const fn other(name: &'static str) -> Self {
        Self::of(name, Kind::Other)
    }

    /// A field of which only a hash is stored.
    pub const fn secret(name: &'static str) -> Self {
        Self::of(name, Kind::Secret)
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
