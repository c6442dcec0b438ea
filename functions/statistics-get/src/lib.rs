//! `GET /statistics`: the daily statistics.

use kernelci::{
    collections::STATISTICS,
    http::{Function, read_documents},
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function = Function {
    name: "statistics-get",
    handle: |request, services| Box::pin(read_documents(request, services.reader(), &STATISTICS)),
};
