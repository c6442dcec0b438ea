//! What spans functions.
