//! WebAssembly, as install and the tools of authors look into it; nothing is compiled or run.

use crate::Target;
use selvedge_runtime::{check_component, encode_component};
use selvedge_tools::{Interface, compare, embed_section, inspect, read_section, rust, typescript};

pub(crate) const TARGET: Target = Target {
    name: "component",
    run,
    seeds,
};

fn run(data: &[u8]) {
    let _ = check_component(data);
    let _ = inspect(data);
    if let Ok(encoded) = encode_component(data) {
        let _ = check_component(&encoded);
    }
    if let Ok(Some(metadata)) = read_section(data) {
        described(metadata);
        let again = embed_section(data, metadata).unwrap();
        assert_eq!(read_section(&again).unwrap(), Some(metadata));
    }
    described(data);
}

/// The metadata of contract-api.
fn described(metadata: &[u8]) {
    let Ok(interface) = Interface::parse(metadata) else {
        return;
    };
    assert!(compare(&interface, &interface).is_empty());
    let _ = typescript(&interface);
    let _ = rust(&interface);
}

const GUEST: &str = r#"(module
    (import "fabric:chaincode/state@0.1.0" "get-state" (func $get (param i32 i32 i32)))
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 1024))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (global.get $top))
    (func (export "invoke") (param i32 i32 i32) (result i32)
        (call $get (i32.const 0) (i32.const 1) (i32.const 128)) (i32.const 256))
    (data (i32.const 0) "k"))"#;

const METADATA: &str = r##"{"$schema":"x","info":{"title":"t","version":"1"},"contracts":{"A":{"name":"A","default":true,
    "transactions":[{"name":"put","tag":["submit"],"parameters":[{"name":"key","schema":{"type":"string"}},
    {"name":"asset","schema":{"$ref":"#/components/schemas/Asset"}}],"returns":{"type":"array","items":{"type":"integer",
    "format":"int64"}}}]}},"components":{"schemas":{"Asset":{"$id":"Asset","type":"object","properties":
    {"owner":{"type":"string"},"value":{"type":"number","format":"double"}},"required":["owner"]}}}}"##;

fn seeds() -> Vec<Vec<u8>> {
    let module = wat::parse_str(GUEST).unwrap();
    let mut seeds = vec![module.clone(), METADATA.as_bytes().to_vec()];
    if let Ok(component) = encode_component(&module) {
        seeds.push(embed_section(&component, METADATA.as_bytes()).unwrap());
        seeds.push(component);
    }
    seeds
}
