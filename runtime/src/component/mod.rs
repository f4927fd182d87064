//! From a core module to a component that imports `fabric:chaincode/*` and nothing else.

mod code;

pub(crate) use code::code_of;

use selvedge_interface::WIT;
use thiserror::Error;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// `wasi_snapshot_preview1` in terms of `fabric:chaincode/context`.
const ADAPTER: &str = include_str!("wasip1.wat");

#[derive(Debug, Error)]
pub enum EncodeError {
    /// The module is not Wasm, imports what the adapter does not offer, or was not built against the WIT world.
    #[error("cannot turn the module into a chaincode component: {0}")]
    Module(String),
    #[error("the wasip1 adapter is broken: {0}")]
    Adapter(String),
}

/// Encodes a core module that was built for `wasm32-wasip1` (or `wasm32-unknown-unknown`) with bindings to the world
/// `fabric:chaincode/contract` as a component.
///
/// The guest keeps its whole standard library: what it prints becomes log lines, the clock shows the transaction's
/// timestamp, random numbers are a function of the transaction ID, sleeping moves the clock on, and there are no
/// files, sockets, arguments or environment variables. The same module gives the same component.
pub fn encode_component(core_module: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let adapter = adapter().map_err(EncodeError::Adapter)?;
    // The encoder trusts the lengths in a module, and panics where one ends too early.
    wasmparser::validate(core_module).map_err(|e| EncodeError::Module(e.to_string()))?;
    ComponentEncoder::default()
        .validate(true)
        .module(core_module)
        .and_then(|encoder| encoder.adapter("wasi_snapshot_preview1", &adapter))
        .and_then(|mut encoder| encoder.encode())
        .map_err(|e| EncodeError::Module(format!("{e:#}")))
}

fn adapter() -> Result<Vec<u8>, String> {
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str("chaincode.wit", WIT)
        .map_err(|e| format!("{e:#}"))?;
    let world = resolve
        .select_world(&[package], Some("adapter"))
        .map_err(|e| format!("{e:#}"))?;
    let mut module = wat::parse_str(ADAPTER).map_err(|e| e.to_string())?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .map_err(|e| format!("{e:#}"))?;
    Ok(module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_adapter_is_sound() {
        assert!(!adapter().unwrap().is_empty());
    }

    #[test]
    fn a_module_that_ends_too_early_is_refused() {
        let module =
            wat::parse_str("(module (memory 1) (func (nop) (nop)) (data (i32.const 0) \"data\"))");
        let module = module.unwrap();
        for length in 0..module.len() {
            // Without its last sections it is whole.
            let whole = wasmparser::validate(&module[..length]).is_ok();
            assert!(
                whole || encode_component(&module[..length]).is_err(),
                "{length}"
            );
        }
    }
}
