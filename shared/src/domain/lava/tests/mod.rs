//! Callbacks as LAVA sends them, and callbacks that nobody should send.

mod fixture;
mod hostile;
mod log;
mod reading;
mod run;
