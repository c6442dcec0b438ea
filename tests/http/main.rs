//! The service over HTTP: from an uploaded build to a job that can be queried.

mod bisections;
mod boots;
mod callbacks;
mod headers;
mod imports;
mod jobs;
mod labs;
mod limits;
mod optional_members;
mod ownership;
mod panics;
mod paths;
mod reruns;
mod revalidation;
mod storage;
mod test_groups;
mod upkeep;
