//! `GET /test/regression`: test regressions, and one regression.

use kernelci::{
    collections::TEST_REGRESSION,
    http::{Function, read_documents},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "test-regression-get",
    handle: |request, services| Box::pin(read_documents(request, services.reader(), &TEST_REGRESSION)),
};
