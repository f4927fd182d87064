//! Chaincode that the benchmarks start themselves: programs that dial, and services.

use super::Artifacts;
use super::artifacts::PROCESS;
use super::node_contract::{PROGRAM, find};
use anyhow::{Context, Result};
use selvedge_runtime::{BuildError, Builder, Chaincode, Package};
use selvedge_stream::ChaincodeSupport;
use selvedge_stream::docker::{DockerSettings, HostSettings, Images, Owner};
use selvedge_stream::process::{ADDRESS, ProcessLauncher};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use crate::node::MakeBuilder;
use crate::operations::FABRIC_RELEASE;

/// Packages of type [`PROCESS`]: the label says which program.
struct Programs {
    support: Arc<ChaincodeSupport>,
    contract: ProcessLauncher,
    node: Option<ProcessLauncher>,
}

impl Builder for Programs {
    fn kind(&self) -> &str {
        PROCESS
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        let is_node = package.label.as_str().starts_with("node");
        let launcher = match &self.node {
            Some(node) if is_node => node.clone(),
            _ => self.contract.clone(),
        };
        Ok(self
            .support
            .chaincode(package.id.as_str(), Arc::new(launcher)))
    }
}

/// For every peer of the network.
pub(super) fn programs(artifacts: &Artifacts) -> MakeBuilder {
    let contract = ProcessLauncher::new(artifacts.program());
    let node = artifacts.node_directory().zip(find("node"));
    let node = node.map(|(directory, program)| {
        let arguments = [PROGRAM, "--peer.address", ADDRESS].map(str::to_owned);
        ProcessLauncher::new(program)
            .arguments(arguments)
            .dir(directory)
    });
    Arc::new(move |support| {
        Arc::new(Programs {
            support: Arc::clone(support),
            contract: contract.clone(),
            node: node.clone(),
        })
    })
}

/// Containers of the peer whose files are in `home`.
pub(super) fn docker(endpoint: &str, home: &Path) -> DockerSettings {
    DockerSettings {
        endpoint: endpoint.to_owned(),
        tls: None,
        owner: Owner {
            network_id: "bench".to_owned(),
            // The peers of one network differ by their directories, two runs on one engine by their processes.
            peer_id: match home.file_name() {
                Some(host) => format!("{}-{}", std::process::id(), host.display()),
                None => std::process::id().to_string(),
            },
        },
        home: home.to_owned(),
        images: Images::of_release(FABRIC_RELEASE.trim_start_matches('v')),
        // The peer listens on 127.0.0.1 only: containers are on the host's network.
        host: HostSettings::default(),
        attach_output: true,
        go_environment: Vec::new(),
    }
}

/// A service; it ends with this value.
#[derive(Debug)]
pub(super) struct Service(Child);

impl Service {
    /// Starts the contract's program as what is dialled at `address`.
    pub(super) fn start(program: &Path, package_id: &str, address: &str) -> Result<Self> {
        let child = Command::new(program)
            .env_clear()
            .env("CHAINCODE_SERVER_ADDRESS", address)
            .env("CHAINCODE_ID", package_id)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Ok(Self(child.context("starting the contract as a service")?))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Either it is running, or it has ended.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
