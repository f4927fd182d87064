//! Guests as WAT, and the bodies of those that mean harm. The scenarios of the whole network use this file too.
#![allow(dead_code, unreachable_pub, reason = "every test file uses its part")]

use selvedge_interface::WIT;
use selvedge_runtime::encode_component;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A core module: `imports` and `body` around a memory of two pages, a bump allocator from 64 KiB on that grows the
/// memory at need, and `$answer`, which makes a response with the given status and payload.
pub fn core_module(imports: &str, body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
        {imports}
        (memory (export "memory") 2)
        (global $top (mut i32) (i32.const 65536))
        (func $alloc (export "cabi_realloc") (param $old i32) (param $old_len i32) (param $align i32) (param $len i32) (result i32)
          (local $at i32)
          (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
          (global.set $top (i32.add (local.get $at) (local.get $len)))
          (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16)))
            (then
              (if (i32.eq (i32.const -1) (memory.grow (i32.add (i32.shr_u (local.get $len) (i32.const 16)) (i32.const 2))))
                (then unreachable))))
          (local.get $at))
        (func $answer (param $status i32) (param $ptr i32) (param $len i32) (result i32)
          (i32.store (i32.const 16) (local.get $status))
          (i32.store (i32.const 20) (i32.const 0))
          (i32.store (i32.const 24) (i32.const 0))
          (i32.store (i32.const 28) (local.get $ptr))
          (i32.store (i32.const 32) (local.get $len))
          (i32.const 16))
        {body})"#
    );
    with_world(&text)
}

/// A core module, complete, with the world it is for.
fn with_world(text: &str) -> Vec<u8> {
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    let package = resolve.push_str("chaincode.wit", WIT).unwrap();
    let world = resolve.select_world(&[package], Some("contract")).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    module
}

/// A core module of the test's own making.
pub fn component_of(text: &str) -> Vec<u8> {
    encode_component(&with_world(text)).unwrap()
}

pub fn component(imports: &str, body: &str) -> Vec<u8> {
    encode_component(&core_module(imports, body)).unwrap()
}

/// The guest's `invoke` with this body; its parameters are `$args`, `$count` and `$init`.
pub fn invoke(body: &str) -> String {
    format!(
        r#"(func (export "invoke") (param $args i32) (param $count i32) (param $init i32) (result i32) {body})"#
    )
}

pub const STATE: &str = r#"
    (import "fabric:chaincode/state@0.1.0" "get-state" (func $get (param i32 i32 i32)))
    (import "fabric:chaincode/state@0.1.0" "put-state" (func $put (param i32 i32 i32 i32 i32)))
    "#;

/// With two arguments puts the second under the first; answers with what the first had. Exposed errors: status 501.
pub fn get_and_put() -> Vec<u8> {
    let body = invoke(
        r#"
        (if (i32.eq (local.get $count) (i32.const 2)) (then
          (call $put (i32.load (local.get $args)) (i32.load offset=4 (local.get $args))
            (i32.load offset=8 (local.get $args)) (i32.load offset=12 (local.get $args)) (i32.const 128))
          (if (i32.load8_u (i32.const 128)) (then
            (return (call $answer (i32.const 501) (i32.load (i32.const 132)) (i32.load (i32.const 136))))))))
        (call $get (i32.load (local.get $args)) (i32.load offset=4 (local.get $args)) (i32.const 128))
        (if (i32.load8_u (i32.const 128)) (then
          (return (call $answer (i32.const 501) (i32.load (i32.const 132)) (i32.load (i32.const 136))))))
        (if (i32.eqz (i32.load8_u (i32.const 132))) (then (return (call $answer (i32.const 404) (i32.const 0) (i32.const 0)))))
        (call $answer (i32.const 200) (i32.load (i32.const 136)) (i32.load (i32.const 140)))"#,
    );
    component(STATE, &body)
}

/// Bodies of functions that do harm. None returns.
pub const ENDLESS_LOOP: &str = "(loop $l (br $l)) unreachable";
/// As endless, and it uses up any fuel in a moment: bulk operations cost by the byte.
pub const ENDLESS_FILL: &str =
    "(loop $f (memory.fill (i32.const 1024) (i32.const 0) (i32.const 60000)) (br $f)) unreachable";
pub const MEMORY_BOMB: &str =
    "(loop $m (br_if $m (i32.ne (i32.const -1) (memory.grow (i32.const 16))))) unreachable";
/// Needs [`RECURSION`].
pub const ENDLESS_RECURSION: &str = "(drop (call $recurse (i64.const 0))) unreachable";
pub const RECURSION: &str = "(func $recurse (param i64) (result i64) (i64.add (i64.const 1) (call $recurse (local.get 0))))";
/// Needs [`FAULT`] and [`GROW`].
pub const HUGE_FAULT: &str = "(call $grow)
    (memory.fill (i32.const 131072) (i32.const 120) (i32.const 1048576))
    (call $log (i32.const 4) (i32.const 131072) (i32.const 1048576))
    (call $fault (i32.const 131072) (i32.const 1048576)) unreachable";
pub const GROW: &str = "(func $grow (drop (memory.grow (i32.const 32))))";
pub const FAULT: &str = r#"
    (import "fabric:chaincode/context@0.1.0" "fault" (func $fault (param i32 i32)))
    (import "fabric:chaincode/context@0.1.0" "log" (func $log (param i32 i32 i32)))"#;
/// Needs [`STATE`] and [`NOT_TEXT`].
pub const KEY_THAT_IS_NOT_TEXT: &str =
    "(call $get (i32.const 1024) (i32.const 2) (i32.const 128)) unreachable";
pub const NOT_TEXT: &str = r#"(data (i32.const 1024) "k\ff")"#;
