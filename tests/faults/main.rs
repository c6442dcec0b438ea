//! What goes wrong outside of us: requests that are none, senders that do not end, a DynamoDB that refuses, is silent or
//! answers into nothing.

mod actions;
mod bodies;
mod connections;
mod crowds;
mod failing;
mod lasting;
mod lost;
mod mails;
mod odd;
mod passing;
mod pipelined;
mod proxy;
mod refused;
#[path = "../drift/request.rs"]
#[allow(dead_code, reason = "shared with other targets, and neither needs all of it")]
mod request;
mod sequences;
mod state;
mod totals;
mod upkeep;
mod wire;
