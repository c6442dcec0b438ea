//! Builds as they are sent, in both forms.

mod inline;
mod uploaded;
