//! Starts the local server, or one of its tools.

use std::process::ExitCode;

use clap::Parser;
use kernelci_local::{options::Options, start};

fn main() -> ExitCode {
    start::run(Options::parse())
}
