//! `GET /test/group`: test groups, one group, and the distinct values of a field.

use kernelci::{
    collections::TEST_GROUP,
    http::{Function, read_documents},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "test-group-get",
    handle: |request, services| Box::pin(read_documents(request, services.reader(), &TEST_GROUP)),
};
