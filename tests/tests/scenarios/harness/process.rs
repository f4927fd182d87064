//! Chaincode that the peer starts. The package says which program that is.

use super::runtime::Files;
use selvedge_peer::node::MakeBuilder;
use selvedge_runtime::{BuildError, Builder, Chaincode, Package, PackageSource, code_files};
use selvedge_stream::ChaincodeSupport;
use selvedge_stream::process::ProcessLauncher;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) use selvedge_stream::process::ADDRESS;

const KIND: &str = "process";
pub(super) const FILE: &str = "command.json";

struct ProcessBuilder(Arc<ChaincodeSupport>);

impl Builder for ProcessBuilder {
    fn kind(&self) -> &str {
        KIND
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        let files = code_files(package.build_code(), 1 << 16, 100).unwrap();
        let command: Vec<String> = serde_json::from_slice(&files[0].content).unwrap();
        let (program, arguments) = command.split_first().unwrap();
        let launcher = ProcessLauncher::new(program).arguments(arguments.iter().cloned());
        Ok(self.0.chaincode(package.id.as_str(), Arc::new(launcher)))
    }
}

pub(super) fn builder() -> MakeBuilder {
    Arc::new(|support| Arc::new(ProcessBuilder(Arc::clone(support))) as Arc<dyn Builder>)
}

/// `script` as a program of ours.
pub(super) fn package(label: &str, files: Files) -> Vec<u8> {
    let address = format!("-peer.address={ADDRESS}");
    let command = json!([env!("CARGO_BIN_EXE_script-chaincode"), address]);
    write(label, &command, files)
}

/// A program with its arguments; [`ADDRESS`] in them becomes the peer's address.
pub(crate) fn of_command(label: &str, command: &Value) -> Vec<u8> {
    write(label, command, Files::new())
}

fn write(label: &str, command: &Value, mut files: Files) -> Vec<u8> {
    files.insert(FILE.to_owned(), command.to_string().into_bytes());
    let source = PackageSource {
        label: label.to_owned(),
        kind: KIND.to_owned(),
        path: String::new(),
        files,
    };
    source.write().unwrap()
}
