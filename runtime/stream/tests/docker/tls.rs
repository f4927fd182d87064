//! An engine that listens with TLS and asks for certificates.

use super::support::{Log, introduction, program, settings};
use selvedge_engine::{Engine, TlsFiles};
use selvedge_identity::cryptogen::ThrowAwayAuthority;
use selvedge_stream::docker::{DockerBuilder, DockerSettings, EngineTls};
use selvedge_stream::{ChaincodeSupport, SupportOptions};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::runtime::Runtime;

struct Authority(ThrowAwayAuthority);

impl Authority {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self(ThrowAwayAuthority::generate(now.as_secs() as i64).unwrap())
    }

    fn roots(&self) -> Vec<u8> {
        self.0.certificate().into_bytes()
    }

    fn client(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let (pair, _) = self.0.client(now.as_secs() as i64).unwrap();
        Some((pair.certificate.into_bytes(), pair.key.into_bytes()))
    }

    fn files(&self, directory: &Path) -> TlsFiles {
        let pair = self.0.server("127.0.0.1").unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = directory.join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        TlsFiles {
            authority: file("ca.pem", &self.roots()),
            certificate: file("cert.pem", pair.certificate.as_bytes()),
            key: file("key.pem", pair.key.as_bytes()),
        }
    }
}

fn builder(runtime: &Runtime, endpoint: &str, tls: Option<EngineTls>) -> DockerBuilder {
    let handle = runtime.handle().clone();
    let support = ChaincodeSupport::new(SupportOptions::new("a:1", "Org1MSP"), handle.clone());
    let settings = DockerSettings {
        tls,
        ..settings(endpoint, "tls")
    };
    DockerBuilder::new(settings, support, std::env::temp_dir(), handle)
}

#[test]
fn a_chaincode_is_built_started_and_heard_through_tls() {
    let log = Log::shared();
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let Some(engine) = Engine::start_with_tls(&authority.files(directory.path())) else {
        return;
    };
    let endpoint = format!("tcp://{}", engine.secure().unwrap());
    let runtime = Runtime::new().unwrap();
    let with = |roots: Vec<u8>, client| {
        let tls = EngineTls { roots, client };
        builder(&runtime, &endpoint, Some(tls))
    };
    let good = with(authority.roots(), authority.client());
    assert_eq!(runtime.block_on(good.health()), Ok(()));
    let before = runtime.block_on(engine.leftovers()).unwrap();
    let package = program("tls_1");
    let launcher = good.launcher(&package).unwrap();
    runtime.block_on(async {
        let introduction = introduction(&package, "exit:4");
        let running = launcher.launch(&introduction).await.unwrap();
        // What it prints comes over a connection that has become a stream.
        log.wait_for(package.id.as_str(), "ready").await;
        assert_eq!(running.exited().await, Ok(4));
        running.stop().await.unwrap();
    });
    assert_eq!(runtime.block_on(engine.leftovers()).unwrap(), before);

    let stranger = Authority::new();
    for (roots, client, text) in [
        (
            stranger.roots(),
            authority.client(),
            "invalid peer certificate: ",
        ),
        (
            authority.roots(),
            stranger.client(),
            "received fatal alert: ",
        ),
        (authority.roots(), None, "received fatal alert: "),
    ] {
        let error = runtime.block_on(with(roots, client).health()).unwrap_err();
        assert!(
            error.starts_with("failed to ping to Docker daemon: ") && error.contains(text),
            "{error}"
        );
    }
    // Without TLS the engine answers as a web server that was spoken to in the wrong way.
    assert!(
        runtime
            .block_on(builder(&runtime, &endpoint, None).health())
            .is_err()
    );
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let runtime = Runtime::new().unwrap();
    let authority = Authority::new();
    let error = |endpoint: &str, roots: Vec<u8>, client| {
        let tls = EngineTls { roots, client };
        let builder = builder(&runtime, endpoint, Some(tls));
        let error = runtime.block_on(builder.health()).unwrap_err();
        let prefix = "failed to ping to Docker daemon: ";
        error.strip_prefix(prefix).unwrap().to_owned()
    };
    assert_eq!(
        error("unix:///a", authority.roots(), None),
        "vm.docker.tls.enabled is true and vm.endpoint is 'unix:///a'; use tcp://<host>:<port>"
    );
    assert_eq!(
        error("tcp://engine", authority.roots(), None),
        "vm.endpoint is 'tcp://engine', which names no port"
    );
    assert_eq!(
        error("tcp://e:1", b"x".to_vec(), None),
        "vm.docker.tls.ca.file holds no certificate"
    );
    let text = error(
        "tcp://e:1",
        authority.roots(),
        Some((authority.roots(), Vec::new())),
    );
    assert!(
        text.starts_with("vm.docker.tls.key.file holds no private key: "),
        "{text}"
    );
}
