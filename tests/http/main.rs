//! Over HTTP, as clients speak it: from an uploaded build to a job that can be queried.

mod bisections;
mod boots;
mod callbacks;
mod headers;
mod imports;
mod jobs;
mod labs;
mod limits;
mod panics;
mod paths;
mod test_groups;
mod upkeep;
