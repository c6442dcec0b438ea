//! `GET /test/case`: test cases, one case, and the distinct values of a field.

use kernelci::{
    collections::TEST_CASE,
    http::{Function, read_documents},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "test-case-get",
    handle: |request, services| Box::pin(read_documents(request, services.reader(), &TEST_CASE)),
};
