mod budgets;
mod collections;
mod machine;
mod mails;
mod revalidation;
mod routes;
mod totals;
mod writes;

pub(crate) use collections::{JOBS_OF_A_TREE, filled};
