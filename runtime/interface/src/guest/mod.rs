//! The component's side of the wall: `Host` over the imports of `fabric:chaincode`, and what a component exports.

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
        path: "wit/fabric-chaincode@0.1.0",
        world: "contract",
        pub_export_macro: true,
        export_macro_name: "export",
        default_bindings_module: "selvedge_sdk::wasm::bindings",
    });
}

pub use bindings::fabric::chaincode::context::fault;
pub use bindings::fabric::chaincode::types::Response as WireResponse;
pub use bindings::{Guest, export};
pub use host::WasmHost;
