use super::legacy::{looking_inside, services};
use super::{docker, process, service};
use selvedge_peer::node::MakeBuilder;
use selvedge_runtime::{Builder, EngineConfig, PackageSource, WasmEngine};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// Content of a package's code by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// What runs the chaincode of a scenario. A scenario that takes one of these holds on every runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Runtime {
    /// A component in the peer's own engine.
    Wasm,
    /// A program that the peer starts, and that dials it over TLS with a certificate made for this start.
    Process,
    /// A program that the peers dial.
    Service,
    /// A static program alone in an image, started by an engine.
    Docker,
}

impl Runtime {
    pub(crate) const ALL: [Self; 4] = [Self::Wasm, Self::Process, Self::Service, Self::Docker];

    /// Those that this machine has.
    pub(crate) fn available() -> Vec<Self> {
        Self::ALL
            .into_iter()
            .filter(|it| it.is_available())
            .collect()
    }

    /// Says past the capture of the test harness when there is no engine.
    fn is_available(self) -> bool {
        self != Self::Docker || docker::is_available()
    }

    /// Runs a scenario on this runtime, where it can be had.
    pub(crate) fn run(self, scenario: impl FnOnce(Self)) {
        if self.is_available() {
            scenario(self);
        }
    }

    /// What runs inside a peer. All networks of the process share it, so that `script` is compiled once.
    pub(crate) fn builder() -> Arc<dyn Builder> {
        static WASM: LazyLock<Arc<WasmEngine>> =
            LazyLock::new(|| Arc::new(WasmEngine::new(&EngineConfig::default()).unwrap()));
        Arc::clone(&*WASM) as Arc<dyn Builder>
    }

    /// What runs outside, beside the services that every peer knows. An engine is started only for who asks for it.
    pub(crate) fn outside(self) -> Vec<MakeBuilder> {
        let mut builders = vec![
            looking_inside(process::FILE, process::builder()),
            looking_inside(service::FILE, services()),
        ];
        if self == Self::Docker {
            builders.push(looking_inside(docker::FILE, docker::builder()));
        }
        builders
    }

    /// The package of chaincode `script`; the same bytes for the same label.
    pub(crate) fn script_package(self, label: &str) -> Vec<u8> {
        self.script_package_with(label, &[])
    }

    /// With files below `META-INF`, by path and content.
    pub(crate) fn script_package_with(self, label: &str, files: &[(&str, &str)]) -> Vec<u8> {
        let files = files
            .iter()
            .map(|(path, content)| ((*path).to_owned(), content.as_bytes().to_vec()))
            .collect();
        match self {
            Self::Wasm => {
                let component = selvedge_testkit::component(&script::CHAINCODE).to_vec();
                PackageSource::wasm(label, component, files)
                    .write()
                    .unwrap()
            }
            Self::Process => process::package(label, files),
            Self::Service => service::package(label, files),
            Self::Docker => docker::package(label, files),
        }
    }
}

pub(crate) fn wasm_package(label: &str, component: Vec<u8>) -> Vec<u8> {
    PackageSource::wasm(label, component, BTreeMap::new())
        .write()
        .unwrap()
}

/// The tests of one scenario, each by the name of a runtime.
macro_rules! on_runtimes {
    ($scenario:ident: $($test:ident $runtime:ident),+) => {
        mod $scenario {
            use crate::harness::Runtime;

            $(#[test]
            fn $test() {
                Runtime::$runtime.run(super::$scenario);
            })+
        }
    };
}
pub(crate) use on_runtimes;

/// Makes a test of each scenario for each runtime: `replay::a_transaction_counts_once::process`.
macro_rules! on_every_runtime {
    ($($scenario:ident),+ $(,)?) => {
        $($crate::harness::on_runtimes!(
            $scenario: wasm Wasm, process Process, service Service, docker Docker
        );)+
    };
}
pub(crate) use on_every_runtime;

/// The same for what only chaincode outside of the peer can do.
macro_rules! on_every_stream {
    ($($scenario:ident),+ $(,)?) => {
        $($crate::harness::on_runtimes!(
            $scenario: process Process, service Service, docker Docker
        );)+
    };
}
pub(crate) use on_every_stream;
