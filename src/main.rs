//! The `outrider` command.

use std::process::ExitCode;

use clap::Parser;
use outrider::chain;
use outrider::commands::{self, CommandLine};

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    match commands::run(command_line) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("outrider: {}", chain::of(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
