//! `GET /test/regression`: test regressions, and one of them.

use kernelci::{
    collections::TEST_REGRESSION,
    http::{Function, read_documents},
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function = Function {
    name: "test-regression-get",
    handle: |request, services| Box::pin(read_documents(request, services.reader(), &TEST_REGRESSION)),
};
