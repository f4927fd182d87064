//! Without an engine.

use super::support::{introduction, package, settings};
use selvedge_stream::docker::DockerBuilder;
use selvedge_stream::{ChaincodeSupport, SupportOptions};
use tokio::runtime::Runtime;

fn builder(runtime: &Runtime, endpoint: &str) -> DockerBuilder {
    let handle = runtime.handle().clone();
    let support = ChaincodeSupport::new(SupportOptions::new("a:1", "Org1MSP"), handle.clone());
    DockerBuilder::new(
        settings(endpoint, "peer"),
        support,
        std::env::temp_dir(),
        handle,
    )
}

#[test]
fn a_missing_engine_is_named() {
    let runtime = Runtime::new().unwrap();
    let go = package("cc", "golang", "p", &[("src/go.mod", Vec::new())]);
    let cases = [
        (
            "unix:///nowhere/docker.sock",
            "failed to connect to the docker API at unix:///nowhere/docker.sock; check if the path is correct and if the daemon is running: dial unix /nowhere/docker.sock: connect: no such file or directory",
        ),
        (
            "tcp://127.0.0.1:1",
            "Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?",
        ),
        (
            "ssh://somewhere",
            "vm.endpoint is 'ssh://somewhere'; use unix://<path of the socket> or tcp://<host>:<port>; for TLS, set vm.docker.tls",
        ),
    ];
    for (endpoint, text) in cases {
        let builder = builder(&runtime, endpoint);
        let error = builder.launcher(&go).err().unwrap();
        assert_eq!(
            error.to_string(),
            format!("docker build failed: docker image inspection failed: {text}")
        );
        let health = runtime.block_on(builder.health()).unwrap_err();
        assert_eq!(health, format!("failed to ping to Docker daemon: {text}"));
        assert_eq!(
            runtime.block_on(builder.remove_leftovers()).unwrap_err(),
            text
        );
    }
}

/// A bad package is refused before the engine is asked.
#[test]
fn a_package_that_is_no_image_is_refused_at_install() {
    let runtime = Runtime::new().unwrap();
    let builder = builder(&runtime, "unix:///nowhere/docker.sock");
    let script = package("cc", "Docker", "", &[("chaincode", b"#!/bin/sh".to_vec())]);
    let error = builder.launcher(&script).err().unwrap().to_string();
    assert!(
        error.starts_with("docker build failed: chaincode is no Linux program"),
        "{error}"
    );
    assert!(!introduction(&script, "x").chaincode_id.is_empty());
}
