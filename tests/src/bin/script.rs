//! The `script` chaincode as a program: what `selvedge build --target native` makes of it, compiled with the tests.

fn main() -> std::process::ExitCode {
    selvedge_native::main(script::CHAINCODE)
}
