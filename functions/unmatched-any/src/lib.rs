//! Whatever no other function is for: unknown paths, methods that a resource does not offer, and `OPTIONS`. The checks
//! before the handler answer all of it, so the handler is never reached.

use kernelci::{error::Error, http::Function};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "unmatched-any", handle: |_, _| Box::pin(async { Err(Error::UnknownPath) }) };
