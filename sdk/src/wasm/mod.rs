//! A contract as a component: its allocator, and the way from the export to the contract.

mod arena;
mod c;

pub use selvedge_interface::guest::{Guest, WireResponse, bindings, export};

use crate::Chaincode;
use selvedge_interface::guest::{WasmHost, fault};
use selvedge_interface::{Bytes, Input};

/// Answers one invocation of the component.
pub fn invoke(chaincode: &Chaincode, args: Vec<Vec<u8>>, is_init: bool) -> WireResponse {
    // A panic aborts: the hook is the only one who still knows why.
    std::panic::set_hook(Box::new(|panic| fault(&panic.to_string())));
    let input = Input {
        args: args.into_iter().map(Bytes::from).collect(),
        is_init,
    };
    let response = chaincode.invoke(WasmHost::default(), input);
    WireResponse {
        status: response.status,
        message: response.message,
        payload: response.payload.into(),
    }
}
