//! Chaincode that means harm, as a program: what the components of the hostile scenarios do, done by native code.

use selvedge_sdk::Response;
use selvedge_sdk::raw::{Program, Stub};

struct Hostile;

impl Program for Hostile {
    fn invoke(stub: &Stub) -> Response {
        let function = stub.args().first().map_or(&[][..], |name| name.as_ref());
        match function {
            b"loop" => loop {
                std::thread::park();
            },
            b"read and wait" => {
                let _ = stub.get_state("a");
                loop {
                    std::thread::park();
                }
            }
            b"recursion" => Response::ok(recurse(1).to_string()),
            // More than any machine has: the allocator ends the process.
            b"memory" => Response::ok(vec![stub.args().len() as u8; 1 << 46]),
            b"trap" => panic!("on purpose"),
            b"panic with a megabyte to say" => panic!("{}", "x".repeat(1 << 20)),
            b"exit" => std::process::exit(3),
            b"print" => {
                for _ in 0..1_000 {
                    println!("{}", "y".repeat(10_000));
                }
                Response::ok("printed")
            }
            _ => Response::ok(""),
        }
    }
}

#[expect(unconditional_recursion, reason = "it is meant to use up the stack")]
fn recurse(depth: u64) -> u64 {
    std::hint::black_box(depth) + std::hint::black_box(recurse(depth + 1))
}

selvedge_sdk::raw_chaincode!(Hostile);

fn main() -> std::process::ExitCode {
    selvedge_native::main(CHAINCODE)
}
