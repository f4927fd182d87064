//! The WIT world as Rust types and traits.

wasmtime::component::bindgen!({
    path: "interface/wit/fabric-chaincode@0.1.0",
    world: "contract",
    imports: { default: trappable },
});
