//! Packages that must not be installed, over gRPC: each is answered in Fabric's words, nothing of it stays, and the peer
//! goes on.

use crate::guest;
use crate::harness::{Net, Runtime, on_every_runtime, shared, wasm_package};
use flate2::{Compression, write::GzEncoder};
use prost::Message as _;
use selvedge_peer::client::lifecycle_call;
use selvedge_protos::lifecycle::{QueryInstalledChaincodesArgs, QueryInstalledChaincodesResult};
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

on_every_runtime!(installing_twice_is_refused_and_harmless);

fn gz(bytes: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Name, type and content of each entry.
fn tar(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, body) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(tar::EntryType::new(*kind));
        header.set_size(body.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *body).unwrap();
    }
    builder.into_inner().unwrap()
}

fn tar_gz(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    gz(&tar(entries), Compression::fast())
}

fn installed(net: &Net) -> usize {
    let args = QueryInstalledChaincodesArgs {};
    let call = lifecycle_call("", "QueryInstalledChaincodes", &args);
    let proposal = crate::harness::sign(&call, net.admin(0));
    let answer = net.ask(0, &proposal.signed).unwrap().response.unwrap();
    let result = QueryInstalledChaincodesResult::decode(answer.payload).unwrap();
    result.installed_chaincodes.len()
}

fn files(net: &Net) -> usize {
    let store = net
        .dir()
        .join("peers/peer0.org1.example.com/lifecycle/chaincodes");
    std::fs::read_dir(store).unwrap().count()
}

/// `cause` may end in `…`: the rest is up to the peer.
fn refused(net: &Net, package: &[u8], cause: &str) {
    // Others install as well.
    static INSTALLING: Mutex<()> = Mutex::new(());
    let one_at_a_time = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let before = files(net);
    let answer = net.install(0, package);
    assert_eq!(answer.status, 500, "{answer:?}");
    let expected =
        format!("failed to invoke backing implementation of 'InstallChaincode': {cause}");
    match expected.strip_suffix('…') {
        Some(start) => assert!(answer.message.starts_with(start), "{}", answer.message),
        None => assert_eq!(answer.message, expected),
    }
    assert_eq!(files(net), before, "a refused package is on disk: {cause}");
    drop(one_at_a_time);
    net.next_is_right();
}

const META: &[u8] = br#"{"path":"p","type":"wasm","label":"broken_1"}"#;

/// Package and cause for each row of the list of Fabric's refusals, in its order.
fn broken() -> Vec<(Vec<u8>, &'static str)> {
    let code = tar_gz(&[]);
    let meta = ("metadata.json", b'0', META);
    let good = ("code.tar.gz", b'0', &code[..]);
    let whole = tar(&[meta, good]);
    vec![
        (Vec::new(), "error reading as gzip stream: EOF"),
        (
            b"this is not gzip".to_vec(),
            "error reading as gzip stream: gzip: invalid header",
        ),
        (
            gz(b"too short for a header", Compression::fast()),
            "error inspecting next tar header: unexpected EOF",
        ),
        (
            gz(&[b'x'; 1024], Compression::fast()),
            "error inspecting next tar header: archive/tar: invalid tar header",
        ),
        (
            tar_gz(&[("directory", b'5', b"")]),
            "tar entry directory is not a regular file, type 53",
        ),
        (
            gz(&whole[..512 + 10], Compression::fast()),
            "could not read metadata.json from tar: unexpected EOF",
        ),
        (
            tar_gz(&[("metadata.json", b'0', b""), good]),
            "could not unmarshal metadata.json as json: unexpected end of JSON input",
        ),
        (
            tar_gz(&[meta]),
            "did not find a code package inside the package",
        ),
        (
            tar_gz(&[]),
            "did not find a code package inside the package",
        ),
        (
            tar_gz(&[good]),
            "did not find any package metadata (missing metadata.json)",
        ),
        (
            tar_gz(&[("metadata.json", b'0', br#"{"label":"a b"}"#), good]),
            "invalid label 'a b'. Label must be non-empty, can only consist of alphanumerics, symbols from '.+-_', and can only begin with alphanumerics",
        ),
        (
            tar_gz(&[meta, ("code.tar.gz", b'0', b"")]),
            "error retrieving DB artifacts from code package: EOF",
        ),
        (
            tar_gz(&[meta, ("code.tar.gz", b'0', b"no gzip at all")]),
            "error retrieving DB artifacts from code package: gzip: invalid header",
        ),
    ]
}

#[test]
fn broken_packages_are_refused_in_fabrics_words() {
    let net = shared(Runtime::Wasm);
    for (package, cause) in broken() {
        let cause = format!("could not parse as a chaincode install package: {cause}");
        refused(net, &package, &cause);
    }
}

fn component(text: &str) -> Vec<u8> {
    wasm_package("broken_1", wat::parse_str(text).unwrap())
}

/// Package and cause for what parses and cannot run.
fn unfit() -> Vec<(Vec<u8>, &'static str)> {
    let good = guest::get_and_put();
    let core = guest::core_module("", &guest::invoke("unreachable"));
    let code = |files: &[(&str, u8, &[u8])]| {
        let code = tar_gz(files);
        tar_gz(&[("metadata.json", b'0', META), ("code.tar.gz", b'0', &code)])
    };
    vec![
        (
            wasm_package("broken_1", b"#!/bin/sh".to_vec()),
            "not WebAssembly: the file does not begin with \\0asm",
        ),
        (
            wasm_package("broken_1", Vec::new()),
            "not WebAssembly: the file does not begin with \\0asm",
        ),
        (
            wasm_package("broken_1", core),
            "this is a core module, not a component; `selvedge build` makes a component from it",
        ),
        (
            wasm_package("broken_1", good[..good.len() / 2].to_vec()),
            "not a valid component, or one that uses a feature chaincode may not use: …",
        ),
        (
            component(r#"(component (import "wasi:random/random@0.2.0" (instance)))"#),
            "the component imports `wasi:random/random@0.2.0`; chaincode may import only the interfaces of fabric:chaincode@0.1.0",
        ),
        (
            component(r#"(component (import "fabric:chaincode/state@0.2.0" (instance)))"#),
            "the component imports `fabric:chaincode/state@0.2.0`; this peer offers version 0.1.0",
        ),
        (
            component(
                r#"(component (import "fabric:chaincode/crypto@0.1.0" (instance (export "md5" (func)))))"#,
            ),
            "the component imports `md5` of `fabric:chaincode/crypto@0.1.0`, which does not exist there",
        ),
        (
            component("(component)"),
            "the component does not export `invoke`; it must, as …",
        ),
        (code(&[]), "code.tar.gz holds no *.wasm file"),
        (
            code(&[("a.wasm", b'0', &good), ("b.wasm", b'0', &good)]),
            "code.tar.gz holds 2 *.wasm files; it must hold one",
        ),
        (
            code(&[("main.go", b'0', b"package main")]),
            "code.tar.gz holds main.go; it must hold one *.wasm file and META-INF only",
        ),
    ]
}

#[test]
fn what_is_no_chaincode_is_refused_with_the_reason() {
    let net = shared(Runtime::Wasm);
    let before = installed(net);
    for (package, cause) in unfit() {
        let cause = format!("could not build chaincode: wasm build failed: {cause}");
        refused(net, &package, &cause);
    }
    assert_eq!(installed(net), before);
}

#[test]
fn a_package_of_a_type_without_a_runtime_is_refused_in_fabrics_words() {
    let net = shared(Runtime::Wasm);
    let code = tar_gz(&[("src/main.go", b'0', b"package main")]);
    let meta = br#"{"path":"p","type":"golang","label":"go_1"}"#;
    let package = tar_gz(&[("metadata.json", b'0', meta), ("code.tar.gz", b'0', &code)]);
    refused(
        net,
        &package,
        "could not build chaincode: docker build failed: docker build is disabled",
    );
}

#[test]
fn sixty_megabytes_of_wasm_arrive_and_are_refused() {
    let net = shared(Runtime::Wasm);
    let mut component = guest::get_and_put();
    component.resize(60 << 20, 0);
    // Not compressed: every byte goes over the wire.
    let plain = |entries: &[(&str, u8, &[u8])]| gz(&tar(entries), Compression::none());
    let code = plain(&[("chaincode.wasm", b'0', &component)]);
    let package = plain(&[("metadata.json", b'0', META), ("code.tar.gz", b'0', &code)]);
    refused(
        net,
        &package,
        "could not build chaincode: wasm build failed: code.tar.gz holds chaincode.wasm, which is too large: 62914560 bytes are more than the 52428800 allowed",
    );
}

fn installing_twice_is_refused_and_harmless(runtime: Runtime) {
    let net = shared(runtime);
    let package = runtime.script_package("script_1");
    let id = selvedge_runtime::Package::parse(&package).unwrap().id;
    refused(
        net,
        &package,
        &format!("chaincode already successfully installed (package ID '{id}')"),
    );
}
