//! What requests cost, in DynamoDB's own terms. The figures are exact, and do not depend on the machine.

mod budgets;
mod collections;
mod mails;
mod totals;
mod writes;

pub(crate) use collections::{JOBS_OF_A_TREE, filled};
