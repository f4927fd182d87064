//! The program `selvedge`, for tests that need a peer in a process of its own.

fn main() -> std::process::ExitCode {
    selvedge_peer::cli::main()
}
