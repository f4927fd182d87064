use super::{Peer, Stub};
use selvedge_interface::{Input, Response};

/// Chaincode that reads its own arguments and builds its own response, as Fabric's shims have it.
pub trait Program {
    /// Answers one invocation. [`Stub::is_init`] tells initialization from the rest.
    fn invoke(stub: &Stub) -> Response;
}

pub(crate) fn run<P: Program>(host: Peer, input: Input) -> Response {
    let stub = Stub::new(host, input);
    let response = P::invoke(&stub);
    match stub.finish_write_batch() {
        Ok(()) => response,
        Err(error) => Response::error(format!("failed send batch: {error}")),
    }
}
