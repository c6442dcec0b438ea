//! Over HTTP, as clients speak it: from an uploaded build to a job that can be queried.

mod headers;
mod imports;
mod jobs;
mod limits;
mod panics;
