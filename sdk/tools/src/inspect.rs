use std::collections::BTreeSet;
use std::fmt;
use thiserror::Error;
use wasmparser::{Operator, Parser, Payload};

/// Something in a module that is no error, but that its author may want to know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Calls the clock: every reading is the transaction's timestamp, which the client chose.
    Clock,
    /// Asks for random numbers: they are a function of the transaction ID, the same on every peer and known to the
    /// client. `HashMap` asks for them too.
    Random,
    /// Sleeps or waits: only the contract's own clock moves.
    Sleep,
    /// Opens files, sockets, or reads arguments or the environment: there are none.
    System { import: String },
    /// Computes with floating-point numbers: the same on every peer with this engine, but other languages format them
    /// otherwise, so they do not belong into the state.
    Floats { functions: usize },
    /// The memory may grow to this many bytes before the peer's limit of 128 MiB stops it.
    Memory { initial: u64 },
}

impl Finding {
    /// What to do about it.
    pub fn mend(&self) -> &'static str {
        match self {
            Self::Clock => {
                "take the time for the client's claim; what it must not choose needs another source"
            }
            Self::Random => {
                "use BTreeMap and BTreeSet, and draw no lots whose outcome a client gains from knowing"
            }
            Self::Sleep => "remove it",
            Self::System { .. } => "remove what calls it, or the dependency that does",
            Self::Floats { .. } => "compute in whole numbers of the smallest unit",
            Self::Memory { .. } => "make large tables when they are needed, not as statics",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clock => f.write_str("it reads the clock, which shows the transaction's timestamp: the client chose it"),
            Self::Random => f.write_str(
                "it asks for random numbers (HashMap does): they follow from the transaction ID, so the client knows them",
            ),
            Self::Sleep => f.write_str("it sleeps: only its own clock moves"),
            Self::System { import } => {
                write!(f, "it calls {import}: there are no files, sockets, arguments or environment, so that fails")
            }
            Self::Floats { functions } => write!(
                f,
                "{functions} functions compute with floating-point numbers: keep them out of the state, where other languages write them otherwise"
            ),
            Self::Memory { initial } => write!(
                f,
                "it starts with {} MiB of memory; every invocation needs a fresh copy, and 128 MiB is the limit",
                initial >> 20
            ),
        }
    }
}

#[derive(Debug, Error)]
#[error("the file is not WebAssembly: {0}")]
pub struct InspectError(#[from] wasmparser::BinaryReaderError);

/// What the core module of a contract does, from its imports and its code.
///
/// # Errors
/// Bytes that are not WebAssembly.
pub fn inspect(module: &[u8]) -> Result<Vec<Finding>, InspectError> {
    let mut found = BTreeSet::new();
    let mut floats = 0;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    if import.module == "wasi_snapshot_preview1" {
                        found.extend(wasi(import.name));
                    }
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    let initial = memory?.initial.saturating_mul(65_536);
                    if initial > 16 << 20 {
                        found.insert(Finding::Memory { initial });
                    }
                }
            }
            Payload::CodeSectionEntry(body) => floats += usize::from(computes(&body)?),
            _ => {}
        }
    }
    if floats > 0 {
        found.insert(Finding::Floats { functions: floats });
    }
    Ok(found.into_iter().collect())
}

fn wasi(name: &str) -> Option<Finding> {
    match name {
        "clock_time_get" | "clock_res_get" => Some(Finding::Clock),
        "random_get" => Some(Finding::Random),
        "poll_oneoff" => Some(Finding::Sleep),
        // What Rust's own start-up and println! need.
        "fd_write" | "environ_get" | "environ_sizes_get" | "proc_exit" | "sched_yield" => None,
        other => Some(Finding::System {
            import: other.to_owned(),
        }),
    }
}

/// Whether a function does arithmetic with floats. Moving them about is harmless.
fn computes(body: &wasmparser::FunctionBody<'_>) -> Result<bool, InspectError> {
    for operator in body.get_operators_reader()? {
        if matches!(
            operator?,
            Operator::F32Add
                | Operator::F32Sub
                | Operator::F32Mul
                | Operator::F32Div
                | Operator::F32Sqrt
                | Operator::F64Add
                | Operator::F64Sub
                | Operator::F64Mul
                | Operator::F64Div
                | Operator::F64Sqrt
        ) {
            return Ok(true);
        }
    }
    Ok(false)
}
