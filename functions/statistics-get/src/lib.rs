//! `GET /statistics`: the daily statistics.

use kernelci::{
    collections::STATISTICS,
    http::{Function, read_documents},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "statistics-get",
    handle: |request, services| Box::pin(read_documents(request, services.reader(), &STATISTICS)),
};
