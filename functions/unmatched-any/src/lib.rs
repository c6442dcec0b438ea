//! Answers requests without a function: unknown paths, methods that a resource does not offer, and `OPTIONS`. The
//! checks before the handler answer all of them, so the handler is never called.

use kernelci::{error::Error, http::Function};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "unmatched-any", handle: |_, _| Box::pin(async { Err(Error::UnknownPath) }) };
