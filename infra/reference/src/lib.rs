//! The description of the API in OpenAPI, and its reference for people: both are made from the tables that the code runs
//! on, routes, rights, fields, arguments and statuses, and from the table [`OPERATIONS`], which says what each function
//! does. Both files are checked in; a test makes them anew and compares.

mod answers;
mod arguments;
mod bodies;
mod build;
mod failures;
mod fields;
mod openapi;
mod operation;
mod operations;
mod reference;
mod samples;
mod table;
mod test_results;

pub use openapi::openapi;
pub use operation::{Answers, Body, Operation, Parameter};
pub use operations::{OPERATIONS, operation};
pub use reference::reference;

/// A file of the repository that is made here.
#[derive(Debug)]
pub struct MadeFile {
    /// Where it is, below the root of the repository.
    pub path: &'static str,
    /// What it holds.
    pub text: fn() -> String,
}

/// Every file that is made here.
pub const MADE_FILES: [MadeFile; 2] =
    [MadeFile { path: "openapi.json", text: openapi }, MadeFile { path: "docs/reference.md", text: reference }];
