//! The methods of HTTP that resources offer.

/// A method that resources may offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Read.
    Get,
    /// Create, or update by what identifies.
    Post,
    /// Replace or update by id.
    Put,
    /// Delete.
    Delete,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 4] = [Self::Get, Self::Post, Self::Put, Self::Delete];

    /// The verb of a request's method; `None` for methods that no resource knows. Methods are case-sensitive.
    pub fn of(method: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.name() == method)
    }

    /// The method.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}
