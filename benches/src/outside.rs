//! The benchmarks' contract outside the peer: as a process that the peer starts.

use anyhow::Result;
use selvedge_peer::node::MakeBuilder;
use selvedge_runtime::{BuildError, Builder, Chaincode, Package, PackageSource};
use selvedge_stream::ChaincodeSupport;
use selvedge_stream::process::ProcessLauncher;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

const KIND: &str = "process";

/// Set for the process that is the chaincode.
pub const CHILD: &str = "SELVEDGE_BENCH_CHAINCODE";

/// Runs the contract where this process was started as one; every benchmark with a process begins with it.
pub fn chaincode() -> Option<ExitCode> {
    std::env::var_os(CHILD)?;
    Some(selvedge_native::main(bench_contract::CHAINCODE))
}

/// Starts this program again as the contract, whatever is in the package.
struct ProcessBuilder {
    support: Arc<ChaincodeSupport>,
    program: PathBuf,
}

impl Builder for ProcessBuilder {
    fn kind(&self) -> &str {
        KIND
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        let launcher = launcher(&self.program);
        Ok(self
            .support
            .chaincode(package.id.as_str(), Arc::new(launcher)))
    }
}

/// Starts a program that begins with [`chaincode`].
pub fn launcher(program: &std::path::Path) -> ProcessLauncher {
    ProcessLauncher::new(program).environment([(CHILD.to_owned(), "1".to_owned())])
}

/// A peer's builder for [`process_package`].
pub fn process_builder() -> Result<MakeBuilder> {
    let program = std::env::current_exe()?;
    Ok(Arc::new(move |support| {
        Arc::new(ProcessBuilder {
            support: Arc::clone(support),
            program: program.clone(),
        }) as Arc<dyn Builder>
    }))
}

/// A package whose chaincode is a process of this program.
pub fn process_package(label: &str) -> Result<Vec<u8>> {
    let source = PackageSource {
        label: label.to_owned(),
        kind: KIND.to_owned(),
        path: String::new(),
        files: BTreeMap::from([("program".to_owned(), Vec::new())]),
    };
    Ok(source.write()?)
}
