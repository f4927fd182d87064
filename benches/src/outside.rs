//! The benchmarks' contract outside the peer: this program again, started as one.

use selvedge_stream::process::ProcessLauncher;
use std::process::ExitCode;

/// Set for the process that is the chaincode.
const CHILD: &str = "SELVEDGE_BENCH_CHAINCODE";

/// Runs the contract where this process was started as one; every benchmark with a process begins with it.
pub fn chaincode() -> Option<ExitCode> {
    std::env::var_os(CHILD)?;
    Some(selvedge_native::main(bench_contract::CHAINCODE))
}

/// Starts a program that begins with [`chaincode`].
pub fn launcher(program: &std::path::Path) -> ProcessLauncher {
    ProcessLauncher::new(program).environment([(CHILD.to_owned(), "1".to_owned())])
}
