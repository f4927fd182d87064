use crate::must::must;
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_runtime::encode_component;
use selvedge_sdk::Chaincode;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TARGET: &str = "wasm32-wasip1";

/// The profile of `selvedge build`.
const PROFILE: [&str; 7] = [
    "profile.release.opt-level=\"s\"",
    "profile.release.lto=\"fat\"",
    "profile.release.codegen-units=1",
    "profile.release.panic=\"abort\"",
    "profile.release.overflow-checks=true",
    "profile.release.strip=\"symbols\"",
    "profile.release.debug=0",
];

/// The contract's crate as a component: compiled by cargo once per process.
pub fn component(chaincode: &Chaincode) -> Bytes {
    static COMPILED: Mutex<BTreeMap<&'static str, Bytes>> = Mutex::new(BTreeMap::new());
    // Held while cargo runs: others would wait for its lock anyway.
    let mut compiled = COMPILED.lock();
    let made = compiled.entry(chaincode.manifest_dir()).or_insert_with(|| {
        let module = compile(Path::new(chaincode.manifest_dir()));
        let module = must("reading the module that cargo made", std::fs::read(module));
        must("encoding the component", encode_component(&module)).into()
    });
    made.clone()
}

fn compile(crate_dir: &Path) -> PathBuf {
    let manifest = crate_dir.join("Cargo.toml");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["rustc", "--lib", "--crate-type", "cdylib", "--release"])
        .args([
            "--quiet",
            "--target",
            TARGET,
            "--message-format",
            "json-render-diagnostics",
            "--manifest-path",
        ])
        .arg(&manifest)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    for setting in PROFILE {
        cargo.args(["--config", setting]);
    }
    let output = must("starting cargo", cargo.output());
    assert!(
        output.status.success(),
        "cargo could not compile {} for {TARGET}: what it printed above says why. If the target is not installed: rustup target add {TARGET}",
        manifest.display()
    );
    module(&output.stdout, &manifest).unwrap_or_else(|| {
        panic!(
            "cargo made no module of {}: add crate-type = [\"cdylib\", \"rlib\"]",
            manifest.display()
        )
    })
}

/// The `.wasm` file that cargo reports for this manifest.
fn module(messages: &[u8], manifest: &Path) -> Option<PathBuf> {
    let messages = messages
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let files = messages
        .filter(|message| message["manifest_path"].as_str().map(Path::new) == Some(manifest))
        .filter_map(|message| message["filenames"].as_array().cloned())
        .flatten();
    let mut modules = files.filter_map(|file| file.as_str().map(PathBuf::from));
    modules.rfind(|file| {
        file.extension()
            .is_some_and(|extension| extension == "wasm")
    })
}
