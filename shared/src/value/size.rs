//! How much memory documents take.

use super::{Document, Name, Value};

impl Value {
    /// The bytes that the value has allocated, beside its own place.
    pub fn heap_size(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::Float(_) | Self::Id(_) | Self::Date(_) => 0,
            Self::Text(text) => of_text(text),
            Self::List(list) => list.capacity() * size_of::<Self>() + list.iter().map(Self::heap_size).sum::<usize>(),
            Self::Map(members) => members.heap_size(),
        }
    }
}

impl Document {
    /// The bytes that the document has allocated, beside its own place.
    pub fn heap_size(&self) -> usize {
        let members = self.iter().map(|(name, value)| of_text(name) + value.heap_size());
        self.len() * size_of::<(Name, Value)>() + members.sum::<usize>()
    }
}

/// A short text is in its own place.
fn of_text(text: &Name) -> usize {
    if text.is_heap_allocated() { text.capacity() } else { 0 }
}
