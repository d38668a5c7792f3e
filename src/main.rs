//! The `outrider` command.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use outrider::chain;
use outrider::commands::{self, CommandLine};

/// What a request allocates is mostly freed on another thread, and the system's allocator gives memory back to the kernel only to
/// fault it in again: docs/LOADTEST.md has what that costs.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
