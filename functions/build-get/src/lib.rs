//! `GET /build`: builds, one build, the distinct values of a field, and build logs.

use kernelci::{
    collections::{BUILD, BUILD_LOGS},
    http::{Function, read_documents_and},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "build-get",
    handle: |request, services| {
        Box::pin(read_documents_and(request, services.reader(), &BUILD, (&BUILD_LOGS, "build_id")))
    },
};
