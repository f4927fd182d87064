//! Sections and findings of Wasm files.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use proptest::prelude::*;
use selvedge_tools::{Finding, embed_section, inspect, read_section};
use wasm_encoder::{
    CodeSection, Component, CustomSection, Function, FunctionSection, ImportSection, Instruction,
    Module, ModuleSection, TypeSection, ValType,
};

fn module(import: &str) -> Module {
    let mut types = TypeSection::new();
    types.ty().function([], [ValType::F64]);
    let mut imports = ImportSection::new();
    imports.import(
        "wasi_snapshot_preview1",
        import,
        wasm_encoder::EntityType::Function(0),
    );
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut body = Function::new([]);
    body.instruction(&Instruction::F64Const(1.0.into()));
    body.instruction(&Instruction::F64Const(2.0.into()));
    body.instruction(&Instruction::F64Add);
    body.instruction(&Instruction::End);
    let mut code = CodeSection::new();
    code.function(&body);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&code);
    // Of the same name, but inside the module: not the component's.
    module.section(&CustomSection {
        name: "fabric-metadata".into(),
        data: (&b"inner"[..]).into(),
    });
    module
}

fn component() -> Vec<u8> {
    let mut component = Component::new();
    component.section(&ModuleSection(&module("random_get")));
    component.section(&CustomSection {
        name: "other".into(),
        data: (&b"x"[..]).into(),
    });
    component.finish()
}

#[test]
fn the_section_is_found_and_replaced() {
    let plain = component();
    assert_eq!(read_section(&plain).unwrap(), None);
    let first = embed_section(&plain, b"{}").unwrap();
    assert_eq!(read_section(&first).unwrap(), Some(&b"{}"[..]));
    let second = embed_section(&first, b"{\"contracts\":{}}").unwrap();
    assert_eq!(
        read_section(&second).unwrap(),
        Some(&b"{\"contracts\":{}}"[..])
    );
    assert_eq!(
        second,
        embed_section(&plain, b"{\"contracts\":{}}").unwrap()
    );
    wasmparser::Validator::new().validate_all(&second).unwrap();
}

#[test]
fn findings_are_named() {
    let found = inspect(&module("random_get").finish()).unwrap();
    assert_eq!(found, [Finding::Random, Finding::Floats { functions: 1 }]);
    let found = inspect(&module("path_open").finish()).unwrap();
    assert!(
        found.contains(&Finding::System {
            import: "path_open".to_owned()
        }),
        "{found:?}"
    );
    assert!(inspect(b"not wasm").is_err());
}

proptest! {
    #[test]
    fn no_file_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..400_usize) {
        let mut file = embed_section(&component(), b"{}").unwrap();
        file.truncate(cut);
        file.extend(&bytes);
        let _ = (read_section(&file), embed_section(&file, b"{}"), inspect(&file));
        let _ = (read_section(&bytes), inspect(&bytes));
    }
}
