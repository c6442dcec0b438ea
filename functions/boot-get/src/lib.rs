//! `GET /boot`: boot reports, one report, the distinct values of a field, and boot regressions.

use kernelci::{
    collections::{BOOT, BOOT_REGRESSION},
    http::{Function, read_documents_and},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "boot-get",
    handle: |request, services| {
        Box::pin(read_documents_and(request, services.reader(), &BOOT, (&BOOT_REGRESSION, "boot_id")))
    },
};
