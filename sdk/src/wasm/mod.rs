//! The component's side of the wall: [`Host`](crate::Host) over the imports of `fabric:chaincode`, and the export.

mod arena;
mod convert;
mod host;

/// What wit-bindgen makes of the WIT world.
#[allow(
    unsafe_code,
    reason = "generated: calls through the component model's ABI"
)]
#[allow(
    missing_docs,
    unused_qualifications,
    unreachable_pub,
    reason = "generated"
)]
#[allow(clippy::all, reason = "generated")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../runtime/interface/wit/fabric-chaincode@0.1.0",
        world: "contract",
        pub_export_macro: true,
        export_macro_name: "export",
        default_bindings_module: "selvedge_sdk::wasm::bindings",
    });
}

pub use bindings::fabric::chaincode::types::Response as WireResponse;
pub use bindings::{Guest, export};

use crate::Chaincode;
use bytes::Bytes;
use selvedge_interface::Input;

/// Answers one invocation of the component.
pub fn invoke(chaincode: &Chaincode, args: Vec<Vec<u8>>, is_init: bool) -> WireResponse {
    // A panic aborts: the hook is the only one who still knows why.
    std::panic::set_hook(Box::new(|panic| {
        bindings::fabric::chaincode::context::fault(&panic.to_string())
    }));
    let input = Input {
        args: args.into_iter().map(Bytes::from).collect(),
        is_init,
    };
    let response = chaincode.invoke(Box::new(host::WasmHost::default()), input);
    WireResponse {
        status: response.status,
        message: response.message,
        payload: response.payload.into(),
    }
}
