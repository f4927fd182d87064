use selvedge_runtime::{Builder, EngineConfig, PackageSource, WasmEngine};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// What runs the chaincode of a scenario. A scenario that takes one of these holds on every runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Runtime {
    /// A component in the peer's own engine.
    Wasm,
}

impl Runtime {
    pub(crate) const ALL: [Self; 1] = [Self::Wasm];

    /// Runs a scenario on each runtime.
    pub(crate) fn each(scenario: impl Fn(Self)) {
        for runtime in Self::ALL {
            eprintln!("on {runtime:?}");
            scenario(runtime);
        }
    }

    /// What a peer needs to run its packages. All networks of the process share it, so that `script` is compiled once.
    pub(crate) fn builder(self) -> Arc<dyn Builder> {
        static WASM: LazyLock<Arc<WasmEngine>> =
            LazyLock::new(|| Arc::new(WasmEngine::new(&EngineConfig::default()).unwrap()));
        match self {
            Self::Wasm => Arc::clone(&*WASM) as Arc<dyn Builder>,
        }
    }

    /// The package of chaincode `script`.
    pub(crate) fn script_package(self, label: &str) -> Vec<u8> {
        self.script_package_with(label, &[])
    }

    /// With files below `META-INF`, by path and content.
    pub(crate) fn script_package_with(self, label: &str, files: &[(&str, &str)]) -> Vec<u8> {
        let files = files
            .iter()
            .map(|(path, content)| ((*path).to_owned(), content.as_bytes().to_vec()))
            .collect();
        let component = match self {
            Self::Wasm => selvedge_testkit::component(&script::CHAINCODE).to_vec(),
        };
        PackageSource::wasm(label, component, files)
            .write()
            .unwrap()
    }
}

pub(crate) fn wasm_package(label: &str, component: Vec<u8>) -> Vec<u8> {
    PackageSource::wasm(label, component, BTreeMap::new())
        .write()
        .unwrap()
}
