//! The binary `selvedge`.

use std::process::ExitCode;

fn main() -> ExitCode {
    selvedge_peer::cli::main()
}
