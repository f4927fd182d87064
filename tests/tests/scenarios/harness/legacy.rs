//! Packages of the legacy lifecycle. Their four types say nothing of how code runs here, except that of a component: as
//! at an operator with a builder of their own, the builders look into them.

use super::net::REACTOR;
use super::runtime::{Files, Runtime};
use super::service;
use bytes::Bytes;
use selvedge_native::{Mode, run};
use selvedge_peer::node::MakeBuilder;
use selvedge_protos::protos::chaincode_spec::Type;
use selvedge_runtime::{BuildError, Builder, Chaincode, Package, code_files};
use selvedge_stream::ccaas::CcaasBuilder;
use std::sync::Arc;

/// Takes legacy packages with this file in them as well.
struct LooksInside {
    file: &'static str,
    builder: Arc<dyn Builder>,
}

impl Builder for LooksInside {
    fn kind(&self) -> &str {
        self.builder.kind()
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        self.builder.build(package)
    }

    fn claim(&self, package: &Package) -> Result<Option<Arc<dyn Chaincode>>, BuildError> {
        if let Some(chaincode) = self.builder.claim(package)? {
            return Ok(Some(chaincode));
        }
        let is_ours = package.metadata.kind == Type::Golang.as_str_name()
            && code_files(package.build_code(), 64 << 20, 100)
                .is_ok_and(|files| files.iter().any(|file| file.name == self.file));
        let of_type = || {
            let mut package = package.clone();
            package.metadata.kind = self.kind().to_owned();
            self.build(&package)
        };
        is_ours.then(of_type).transpose()
    }
}

pub(super) fn looking_inside(file: &'static str, make: MakeBuilder) -> MakeBuilder {
    Arc::new(move |support| {
        let builder = make(support);
        Arc::new(LooksInside { file, builder }) as Arc<dyn Builder>
    })
}

/// The builder of services that every peer has, once more.
pub(super) fn services() -> MakeBuilder {
    Arc::new(|support| {
        let builder = CcaasBuilder::new(Arc::clone(support), serde_json::Map::new());
        Arc::new(builder) as Arc<dyn Builder>
    })
}

impl Runtime {
    /// Type and code of `script` for a package that is installed as `id`, which is `name:version`.
    pub(crate) fn legacy_code(self, id: &str) -> (Type, Bytes) {
        let package = match self {
            Self::Service => legacy_service(id),
            _ => self.script_package("legacy"),
        };
        let kind = match self {
            Self::Wasm => Type::Car,
            _ => Type::Golang,
        };
        (kind, Package::parse(&package).unwrap().code)
    }
}

/// A service that registers under the name of the legacy lifecycle.
fn legacy_service(id: &str) -> Vec<u8> {
    let (package, mut config) = service::reserve("legacy", Files::new());
    config.chaincode_id = id.to_owned();
    REACTOR.spawn(async move {
        let mode = Mode::Server(config);
        let ended = run(script::CHAINCODE, mode, std::future::pending()).await;
        panic!("a service ended: {ended:?}");
    });
    package
}
