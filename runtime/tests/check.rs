//! What install refuses, and what it says.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use selvedge_runtime::{CheckError, MAX_COMPONENT_SIZE, check_component, encode_component};
use support::{STATE, core_module, get_and_put, invoke};

const EXPECTED: &str = "func(args: list<list<u8>>, is-init: bool) -> record { status: s32, message: string, payload: list<u8> }";

fn refusal(bytes: &[u8]) -> String {
    check_component(bytes).unwrap_err().to_string()
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// A component that exports `invoke` with the right type, and holds `module` as well.
fn around(module: &str) -> Vec<u8> {
    wat(&format!(
        r#"(component
            (core module {module})
            {INVOKE}
        )"#
    ))
}

const INVOKE: &str = r#"
    (core module $m
      (memory (export "memory") 1)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "invoke") (param i32 i32 i32) (result i32) unreachable))
    (core instance $i (instantiate $m))
    (type $response' (record (field "status" s32) (field "message" string) (field "payload" (list u8))))
    (export $response "response" (type $response'))
    (func $f (param "args" (list (list u8))) (param "is-init" bool) (result $response)
      (canon lift (core func $i "invoke") (memory $i "memory") (realloc (func $i "cabi_realloc"))))
    (export "invoke" (func $f))"#;

#[test]
fn what_the_tools_make_passes() {
    check_component(&get_and_put()).unwrap();
    check_component(&around("")).unwrap();
}

#[test]
fn other_files_are_named_for_what_they_are() {
    assert_eq!(
        refusal(b""),
        "not WebAssembly: the file does not begin with \\0asm"
    );
    assert_eq!(
        refusal(b"#!/bin/sh"),
        "not WebAssembly: the file does not begin with \\0asm"
    );
    assert_eq!(
        check_component(&core_module("", &invoke("unreachable"))),
        Err(CheckError::CoreModule)
    );
    let whole = get_and_put();
    for cut in [5, 8, 9, whole.len() / 2, whole.len() - 1] {
        assert!(check_component(&whole[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn sixty_megabytes_are_too_much() {
    let mut large = get_and_put();
    large.resize(60 << 20, 0);
    assert_eq!(
        check_component(&large),
        Err(CheckError::TooLarge { size: 60 << 20 })
    );
    assert_eq!(
        refusal(&large),
        format!("the component has 62914560 bytes; at most {MAX_COMPONENT_SIZE} are allowed")
    );
}

#[test]
fn imports_are_named() {
    let imports = |text: &str| refusal(&wat(&format!("(component {text} {INVOKE})")));
    let foreign = |name: &str| {
        format!(
            "the component imports `{name}`; chaincode may import only the interfaces of fabric:chaincode@0.1.0"
        )
    };
    for name in [
        "wasi:cli/environment@0.2.6",
        "wasi:random/random@0.2.0",
        "fabric:other/state@0.1.0",
        "state",
    ] {
        assert_eq!(
            imports(&format!(r#"(import "{name}" (instance))"#)),
            foreign(name)
        );
    }
    assert_eq!(imports(r#"(import "run" (func))"#), foreign("run"));
    assert_eq!(
        imports(r#"(import "thing" (type (sub resource)))"#),
        foreign("thing")
    );
    assert_eq!(
        imports(r#"(import "fabric:chaincode/state@0.2.0" (instance))"#),
        "the component imports `fabric:chaincode/state@0.2.0`; this peer offers version 0.1.0"
    );
    assert_eq!(
        imports(r#"(import "fabric:chaincode/crypto@0.1.0" (instance (export "md5" (func))))"#),
        "the component imports `md5` of `fabric:chaincode/crypto@0.1.0`, which does not exist there"
    );
}

#[test]
fn invoke_must_be_there_and_fit() {
    assert_eq!(
        refusal(&wat("(component)")),
        format!("the component does not export `invoke`; it must, as {EXPECTED}")
    );
    let wrong = wat(r#"(component
        (core module $m (func (export "invoke") (param i32) (result i32) unreachable))
        (core instance $i (instantiate $m))
        (func (export "invoke") (param "n" u32) (result bool) (canon lift (core func $i "invoke"))))"#);
    assert_eq!(
        refusal(&wrong),
        format!("the component exports `invoke` as func(n: u32) -> bool; it must be {EXPECTED}")
    );
    let instance = wat(r#"(component (instance $i) (export "invoke" (instance $i)))"#);
    assert_eq!(
        refusal(&instance),
        format!(
            "the component exports `invoke` as something other than a function; it must be {EXPECTED}"
        )
    );
}

#[test]
fn forbidden_features_are_refused() {
    for (module, hint) in [
        ("(memory 1 2 shared)", "threads"),
        ("(memory i64 1)", "memory64"),
        ("(memory 1) (memory 1)", "multiple memories"),
        (
            "(func (result v128) (f32x4.relaxed_madd (v128.const i64x2 0 0) (v128.const i64x2 0 0) (v128.const i64x2 0 0)))",
            "relaxed SIMD",
        ),
        ("(type (struct (field i32)))", "gc"),
        ("(type (array i8))", "gc"),
        ("(tag (param i32))", "exceptions"),
        ("(func throw_ref)", "exceptions"),
        ("(memory 1 (pagesize 1))", "page size"),
    ] {
        let text = refusal(&around(module));
        assert!(
            text.starts_with(
                "not a valid component, or one that uses a feature chaincode may not use: "
            ),
            "{text}"
        );
        assert!(
            text.to_lowercase().contains(&hint.to_lowercase()),
            "{hint}: {text}"
        );
    }
}

#[test]
fn compilation_is_bounded() {
    let nops = format!("(func {})", "nop ".repeat((2 << 20) + 10));
    assert_eq!(
        refusal(&around(&nops)).split(';').nth(1).unwrap(),
        " at most 2097152 are allowed"
    );
    let many = "(func)".repeat(200_001);
    assert_eq!(
        refusal(&around(&many)),
        "the component has 200001 functions; at most 200000 are allowed"
    );
    let modules = "(core module)".repeat(61);
    assert_eq!(
        refusal(&wat(&format!("(component {modules} {INVOKE})"))),
        "the component has 61 core modules; at most 60 are allowed"
    );
    let params = format!("(type (func (param {})))", "i32 ".repeat(1001));
    assert!(
        refusal(&around(&params)).contains("1000") || refusal(&around(&params)).contains("param")
    );
}

#[test]
fn an_import_with_the_wrong_type_is_refused_when_it_is_linked() {
    let wrong = wat(&format!(
        r#"(component (import "fabric:chaincode/crypto@0.1.0" (instance (export "sha256" (func (param "data" u32) (result u32))))) {INVOKE})"#
    ));
    let error = support::engine().load(&wrong).err().unwrap().to_string();
    assert!(
        error.starts_with("the component does not fit the world fabric:chaincode/contract@0.1.0: "),
        "{error}"
    );
    assert!(error.contains("sha256"), "{error}");
}

#[test]
fn a_memory_beyond_the_limit_is_refused() {
    let large = INVOKE.replace(
        r#"(memory (export "memory") 1)"#,
        r#"(memory (export "memory") 4000)"#,
    );
    let error = support::engine()
        .load(&wat(&format!("(component {large})")))
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("limit"), "{error}");
}

#[test]
fn encoding_is_deterministic_and_refuses_what_it_cannot_encode() {
    let module = core_module(STATE, &invoke("unreachable"));
    assert_eq!(
        encode_component(&module).unwrap(),
        encode_component(&module).unwrap()
    );
    let foreign = core_module(
        r#"(import "wasi_unstable" "proc_exit" (func (param i32)))"#,
        &invoke("unreachable"),
    );
    assert!(
        encode_component(&foreign)
            .unwrap_err()
            .to_string()
            .contains("wasi_unstable")
    );
    assert!(encode_component(b"junk").is_err());
    assert!(encode_component(&wat("(module)")).is_ok_and(|c| check_component(&c).is_err()));
}
