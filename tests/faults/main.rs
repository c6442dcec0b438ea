//! Faults from outside: invalid requests, clients that never finish sending, and a store that refuses, is silent, or
//! whose answers are lost.

mod actions;
mod bodies;
mod connections;
mod early_refusals;
mod failing_engine;
mod faulty_process;
mod lost_answers;
mod mails;
mod persistent_faults;
mod pipelined;
mod proxy;
#[path = "../drift/request.rs"]
#[allow(dead_code, reason = "shared with other targets, and neither needs all of it")]
mod request;
mod sequences;
mod slow_connections;
mod totals;
mod transient_faults;
mod unusual_requests;
mod upkeep;
mod wire;
