use crate::wasm::{Code, code_config};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::io::{self, Read, Write};
use wasmtime::Engine;

/// A binary that is started with this as its only argument calls [`compile_worker_main`] and nothing else.
pub const COMPILE_WORKER: &str = "__compile-wasm";

pub(super) const COMPILED: u8 = 0;
pub(super) const REFUSED: u8 = 1;

/// The compiling child: reads its bounds and a component, puts the bounds on itself, and writes machine code.
///
/// In: address space in bytes, CPU seconds, 1 for quick code or 0, and the component's length, each as 8 big-endian
/// bytes, then the component.
/// Out: 0 and the artifact, or 1 and a reason.
pub fn compile_worker_main(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let (max_memory, max_cpu) = (number(&mut input)?, number(&mut input)?);
    let code = if number(&mut input)? == 0 {
        Code::Optimized
    } else {
        Code::Quick
    };
    let length = number(&mut input)?;
    // macOS is said to refuse a bound on address space below what it gives every process; nobody has tried it. There the
    // time is what bounds a compilation.
    if !cfg!(target_os = "macos") {
        bound(Resource::As, max_memory)?;
    }
    bound(Resource::Cpu, max_cpu)?;
    // Neither files nor core dumps.
    bound(Resource::Fsize, 0)?;
    bound(Resource::Core, 0)?;
    let mut component = Vec::new();
    input.take(length).read_to_end(&mut component)?;
    let (status, answer) = match compile(code, &component) {
        Ok(artifact) => (COMPILED, artifact),
        Err(error) => (REFUSED, format!("{error:#}").into_bytes()),
    };
    output.write_all(&[status])?;
    output.write_all(&answer)?;
    output.flush()
}

fn compile(code: Code, component: &[u8]) -> wasmtime::Result<Vec<u8>> {
    Engine::new(&code_config(code))?.precompile_component(component)
}

fn number(input: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes)?;
    Ok(u64::from_be_bytes(bytes))
}

fn bound(resource: Resource, limit: u64) -> io::Result<()> {
    let set = Rlimit {
        current: Some(limit),
        maximum: Some(limit),
    };
    setrlimit(resource, set).map_err(io::Error::from)
}
