//! Chaincode in containers: `script` as `selvedge build --target docker` packages it, on an engine of the tests' own.

use super::net::REACTOR;
use super::runtime::Files;
use selvedge_peer::cli::static_program;
use selvedge_peer::node::MakeBuilder;
use selvedge_runtime::{BuildError, Builder, Chaincode, Package, PackageSource};
use selvedge_stream::ChaincodeSupport;
use selvedge_stream::docker::{DockerBuilder, DockerSettings, HostSettings, Images, Owner};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

pub(super) const FILE: &str = "chaincode";

pub(super) fn is_available() -> bool {
    selvedge_engine::shared().is_some()
}

/// Leaves what is not of its type to others, where the real one comes last and takes everything.
struct OnlyDocker(DockerBuilder);

impl Builder for OnlyDocker {
    fn kind(&self) -> &str {
        self.0.kind()
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        self.0.build(package)
    }
}

/// A package that names an image with this program of the machine's, and the libraries it needs.
pub(crate) fn package_of(label: &str, program: &Path) -> Vec<u8> {
    let engine = selvedge_engine::shared().unwrap();
    let libraries = selvedge_engine::libraries_of(program).unwrap();
    let mut files = vec![("/chaincode".into(), program)];
    files.extend(libraries.iter().map(|path| (path.clone(), path.as_path())));
    let image = REACTOR.block_on(engine.import(&files, &[])).unwrap();
    let reference = serde_json::json!({ "image": image, "command": ["/chaincode"] });
    let source = PackageSource {
        label: label.to_owned(),
        kind: "docker".to_owned(),
        path: String::new(),
        files: Files::from([("image.json".to_owned(), reference.to_string().into_bytes())]),
    };
    source.write().unwrap()
}

pub(super) fn builder() -> MakeBuilder {
    Arc::new(|support| Arc::new(OnlyDocker(new(support))) as Arc<dyn Builder>)
}

fn new(support: &Arc<ChaincodeSupport>) -> DockerBuilder {
    let handle = REACTOR.handle().clone();
    DockerBuilder::new(settings(), Arc::clone(support), scratch(), handle)
}

/// Of one more peer on the engine.
pub(crate) fn settings() -> DockerSettings {
    static PEERS: AtomicU32 = AtomicU32::new(0);
    let engine = selvedge_engine::shared().unwrap();
    DockerSettings {
        endpoint: engine.endpoint().to_owned(),
        tls: None,
        // Peers that share an engine must differ.
        owner: Owner {
            network_id: "scenarios".to_owned(),
            peer_id: format!("peer{}", PEERS.fetch_add(1, Ordering::Relaxed)),
        },
        home: scratch().to_owned(),
        images: Images::of_release("3.1.5"),
        host: HostSettings {
            // The engine of the tests has no bridge.
            network_mode: "host".into(),
            ..HostSettings::default()
        },
        attach_output: true,
        go_environment: Vec::new(),
    }
}

/// For the contexts of image builds, which are gone when a build is done.
fn scratch() -> &'static Path {
    static SCRATCH: OnceLock<tempfile::TempDir> = OnceLock::new();
    SCRATCH.get_or_init(|| tempfile::tempdir().unwrap()).path()
}

/// Compiled once; cargo keeps it for the next run.
pub(super) fn package(label: &str, mut files: Files) -> Vec<u8> {
    static PROGRAM: LazyLock<Vec<u8>> =
        LazyLock::new(|| static_program(Path::new(script::CHAINCODE.manifest_dir())).unwrap());
    files.insert(FILE.to_owned(), PROGRAM.clone());
    let source = PackageSource {
        label: label.to_owned(),
        kind: "docker".to_owned(),
        path: String::new(),
        files,
    };
    source.write().unwrap()
}

/// The containers of a package that the engine has, whatever they do.
pub(crate) fn containers_of(package_id: &str) -> Vec<String> {
    let engine = selvedge_engine::shared().unwrap();
    let leftovers = REACTOR.block_on(engine.leftovers()).unwrap();
    // Names have another character in the place of the colon.
    let (_, hash) = package_id.split_once(':').unwrap();
    let names = leftovers.containers.into_iter();
    names.filter(|name| name.contains(hash)).collect()
}
