//! What install refuses, before anything is compiled: each with the thing it is about and what would be right.

mod bounds;
mod shape;
mod world;

use bounds::Bounds;
use thiserror::Error;
use wasmparser::{Parser, Payload, ValidPayload, Validator, WasmFeatures};

/// Bytes of a component.
pub const MAX_COMPONENT_SIZE: usize = 50 << 20;

#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckError {
    #[error("the component has {size} bytes; at most {MAX_COMPONENT_SIZE} are allowed")]
    TooLarge { size: usize },
    #[error("not WebAssembly: the file does not begin with \\0asm")]
    NotWasm,
    #[error("this is a core module, not a component; `selvedge build` makes a component from it")]
    CoreModule,
    #[error("not a valid component, or one that uses a feature chaincode may not use: {0}")]
    Invalid(String),
    #[error(
        "the component imports {import}; chaincode may import only the interfaces of fabric:chaincode@0.1.0"
    )]
    Import { import: String },
    #[error("the component imports {import}; this peer offers version {offered}")]
    ImportVersion { import: String, offered: String },
    #[error("the component imports {function} of {interface}, which does not exist there")]
    ImportFunction { interface: String, function: String },
    #[error("the component does not export `invoke`; it must, as {expected}")]
    NoInvoke { expected: &'static str },
    #[error("the component exports `invoke` as {found}; it must be {expected}")]
    WrongInvoke {
        found: String,
        expected: &'static str,
    },
    #[error("the component has {count} {what}; at most {limit} are allowed")]
    TooMany {
        what: &'static str,
        count: usize,
        limit: usize,
    },
}

/// What the engine runs: everything finished and deterministic, and nothing whose result depends on the machine.
fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::SIMD
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::FLOATS
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::COMPONENT_MODEL
        | WasmFeatures::GC_TYPES
}

/// Refuses what cannot be chaincode of this version. What passes is valid WebAssembly that imports known functions
/// only, exports `invoke`, and whose compilation is bounded.
pub fn check_component(component: &[u8]) -> Result<(), CheckError> {
    if component.len() > MAX_COMPONENT_SIZE {
        return Err(CheckError::TooLarge {
            size: component.len(),
        });
    }
    if !component.starts_with(b"\0asm") {
        return Err(CheckError::NotWasm);
    }
    if Parser::is_core_wasm(component) {
        return Err(CheckError::CoreModule);
    }
    let (types, imports) = validate(component)?;
    world::check(types.as_ref(), &imports)
}

/// The types of the outermost component and the names of its imports.
fn validate(component: &[u8]) -> Result<(wasmparser::types::Types, Vec<&str>), CheckError> {
    let mut validator = Validator::new_with_features(features());
    let mut allocations = wasmparser::FuncValidatorAllocations::default();
    let mut bounds = Bounds::default();
    let (mut types, mut imports, mut depth) = (None, Vec::new(), 0_usize);
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.map_err(invalid)?;
        bounds.count(&payload)?;
        match &payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section.clone() {
                    imports.push(import.map_err(invalid)?.name.name);
                }
            }
            _ => {}
        }
        match validator.payload(&payload).map_err(invalid)? {
            ValidPayload::Func(function, body) => {
                let mut function = function.into_validator(allocations);
                function.validate(&body).map_err(invalid)?;
                allocations = function.into_allocations();
            }
            ValidPayload::End(end) => types = Some(end),
            ValidPayload::Ok | ValidPayload::Parser(_) => {}
        }
    }
    let types = types.ok_or_else(|| CheckError::Invalid("unexpected end".to_owned()))?;
    Ok((types, imports))
}

fn invalid(error: wasmparser::BinaryReaderError) -> CheckError {
    CheckError::Invalid(error.to_string())
}

#[cfg(test)]
mod tests;
