use crate::compile::component;
use crate::must::must;
use crate::stream;
use selvedge_interface::{Host, Input, Response};
use selvedge_runtime::{Budget, Call, Code, EngineConfig, WasmEngine};
use selvedge_sdk::Chaincode;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

/// What runs a contract under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The test's own process calls the contract: fast, and a debugger sees it.
    Native,
    /// The contract is compiled to a component and runs in the peer's Wasm engine.
    Wasm,
    /// The contract is a service in the test's process, and the peer's end of Fabric's chat stream dials it.
    Stream,
}

/// A contract that is ready to be called.
#[derive(Clone)]
pub(crate) enum Runner {
    Native(Chaincode),
    Executable(Arc<dyn selvedge_runtime::Chaincode>),
}

impl Runner {
    pub(crate) fn new(backend: Backend, chaincode: Chaincode) -> Self {
        match backend {
            Backend::Native => Self::Native(chaincode),
            Backend::Stream => Self::Executable(stream::serve(chaincode)),
            Backend::Wasm => Self::Executable(must(
                "loading the component",
                engine().load(&component(&chaincode)),
            )),
        }
    }

    pub(crate) fn is_native(&self) -> bool {
        matches!(self, Self::Native(_))
    }

    pub(crate) fn run(
        &self,
        name: &str,
        input: Input,
        host: Box<dyn Host>,
        depth: u32,
        budget: Budget,
    ) -> Response {
        match self {
            Self::Native(chaincode) => native(*chaincode, input, host),
            Self::Executable(chaincode) => {
                let call = Call {
                    depth,
                    budget,
                    ..Call::new(name, input)
                };
                must("executing the component", chaincode.execute(call, host))
            }
        }
    }
}

/// A panic becomes what the Wasm engine makes of it. The message is on standard error.
fn native(chaincode: Chaincode, input: Input, host: Box<dyn Host>) -> Response {
    catch_unwind(AssertUnwindSafe(|| chaincode.invoke(host, input)))
        .unwrap_or_else(|_| Response::error("chaincode failed: the transaction trapped"))
}

/// One engine for the process: its address space is reserved once.
fn engine() -> &'static WasmEngine {
    static ENGINE: OnceLock<WasmEngine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        must(
            "starting the Wasm engine",
            WasmEngine::new(&EngineConfig {
                code: Code::Quick,
                ..EngineConfig::default()
            }),
        )
    })
}
