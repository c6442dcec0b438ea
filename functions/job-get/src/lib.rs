//! `GET /job`: jobs, one job, the distinct values of a field, and the summaries of build logs.

use kernelci::{
    collections::{JOB, JOB_LOGS},
    http::{Function, read_documents_and},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "job-get",
    handle: |request, services| Box::pin(read_documents_and(request, services.reader(), &JOB, (&JOB_LOGS, "job_id"))),
};
