//! The binary `selvedge`.

fn main() -> ! {
    selvedge_peer::cli::main()
}
