use selvedge_engine::{Engine, libraries_of, static_program};
use selvedge_runtime::{Package, PackageSource};
use selvedge_stream::docker::{DockerBuilder, DockerSettings, HostSettings, Images, Owner};
use selvedge_stream::launch::{Introduction, Logging};
use selvedge_stream::{ChaincodeSupport, SupportOptions};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::runtime::Runtime;

/// What the peer's log says, of all tests.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The one log of this process.
    pub(crate) fn shared() -> &'static Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            let writer = log.clone();
            tracing_subscriber::fmt()
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .init();
            log
        })
    }

    /// The lines about one chaincode.
    pub(crate) fn of(&self, chaincode: &str) -> String {
        let bytes = self.0.lock().unwrap().clone();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let lines = text.lines().filter(|line| line.contains(chaincode));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Waits until the log says it.
    pub(crate) async fn wait_for(&self, chaincode: &str, text: &str) -> String {
        for _ in 0..1_200 {
            let lines = self.of(chaincode);
            if lines.contains(text) {
                return lines;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("'{text}' does not come; there is:\n{}", self.of(chaincode));
    }
}

/// A builder over the engine, and what it needs.
pub(crate) struct Bench {
    pub(crate) engine: &'static Engine,
    pub(crate) builder: DockerBuilder,
    pub(crate) log: &'static Log,
    settings: DockerSettings,
    support: Arc<ChaincodeSupport>,
    scratch: tempfile::TempDir,
}

impl Bench {
    /// The builder of the same peer, started again.
    pub(crate) fn restarted(&self) -> DockerBuilder {
        let support = Arc::clone(&self.support);
        let handle = tokio::runtime::Handle::current();
        DockerBuilder::new(self.settings.clone(), support, self.scratch.path(), handle)
    }
}

/// Runs a test where there is an engine.
pub(crate) fn with_engine<F: Future<Output = ()>>(
    peer: &str,
    change: impl FnOnce(&mut DockerSettings),
    test: impl FnOnce(Bench) -> F,
) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let log = Log::shared();
    // Tests count what is left, of everybody.
    let _turn = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some(engine) = selvedge_engine::shared() else {
        return;
    };
    let runtime = Runtime::new().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let mut settings = settings(engine.endpoint(), peer);
    change(&mut settings);
    let support = ChaincodeSupport::new(
        SupportOptions::new("127.0.0.1:1", "Org1MSP"),
        runtime.handle().clone(),
    );
    let handle = runtime.handle().clone();
    let builder = DockerBuilder::new(
        settings.clone(),
        Arc::clone(&support),
        scratch.path(),
        handle,
    );
    runtime.block_on(test(Bench {
        engine,
        builder,
        log,
        settings,
        support,
        scratch,
    }));
}

pub(crate) fn settings(endpoint: &str, peer: &str) -> DockerSettings {
    let fake = "fake-env:1".to_owned();
    DockerSettings {
        endpoint: endpoint.to_owned(),
        tls: None,
        owner: Owner {
            network_id: "test".into(),
            peer_id: peer.into(),
        },
        home: "/var/peer".into(),
        images: Images {
            builder: fake.clone(),
            golang: fake.clone(),
            node: fake.clone(),
            java: fake,
            ..Images::of_release("3.1.5")
        },
        host: HostSettings {
            // The engine of the tests has no bridge.
            network_mode: "host".into(),
            ..HostSettings::default()
        },
        attach_output: true,
        go_environment: vec!["GOPROXY=off".into()],
    }
}

/// The probe, compiled once.
pub(crate) fn probe() -> &'static Path {
    static PROBE: OnceLock<PathBuf> = OnceLock::new();
    PROBE.get_or_init(|| {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docker-probe");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/docker/probe.rs");
        static_program(&source, &program).unwrap();
        program
    })
}

pub(crate) fn package(label: &str, kind: &str, path: &str, files: &[(&str, Vec<u8>)]) -> Package {
    let files = files
        .iter()
        .map(|(name, content)| ((*name).to_owned(), content.clone()))
        .collect::<BTreeMap<_, _>>();
    let source = PackageSource {
        label: label.to_owned(),
        kind: kind.to_owned(),
        path: path.to_owned(),
        files,
    };
    Package::parse(&source.write().unwrap()).unwrap()
}

/// The probe as a package of type `docker`.
pub(crate) fn program(label: &str) -> Package {
    let content = std::fs::read(probe()).unwrap();
    package(label, "docker", "", &[("chaincode", content)])
}

/// `peer_address` says what the probe does.
pub(crate) fn introduction(package: &Package, peer_address: &str) -> Introduction {
    Introduction {
        chaincode_id: package.id.to_string(),
        peer_address: peer_address.to_owned(),
        msp_id: "Org1MSP".into(),
        tls: None,
        logging: Logging {
            level: "info".into(),
            shim: "warn".into(),
            format: "%{message}".into(),
        },
    }
}

/// An image with a shell and the probe in every role that Fabric's images have, named `fake-env:1`.
pub(crate) async fn fake_environment(engine: &Engine) {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        use std::os::unix::fs::PermissionsExt;
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let empty = file("empty", "");
    let node_build = file("node", "#!/bin/sh\necho built > /chaincode/output/node\n");
    let java_build = file("java", "#!/bin/sh\necho built > /chaincode/output/java\n");
    let start = file("start", "#!/bin/sh\nexec /usr/local/bin/probe \"$@\"\n");
    let shell = Path::new("/bin/sh");
    let mut files: Vec<(PathBuf, &Path)> = [
        ("/bin/sh", shell),
        ("/usr/local/bin/go", probe()),
        ("/usr/local/bin/probe", probe()),
        ("/root/chaincode-java/start", probe()),
        ("/chaincode/input/.keep", &empty),
        ("/chaincode/output/.keep", &empty),
        ("/chaincode/build.sh", &node_build),
        ("/chaincode/start.sh", &start),
        ("/build.sh", &java_build),
    ]
    .map(|(name, file)| (name.into(), file))
    .into();
    let libraries = libraries_of(shell).unwrap();
    files.extend(libraries.iter().map(|path| (path.clone(), path.as_path())));
    let image = engine.import(&files, &["WORKDIR /"]).await.unwrap();
    engine.tag(&image, "fake-env", "1").await.unwrap();
}
