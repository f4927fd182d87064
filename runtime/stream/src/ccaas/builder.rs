use super::{Remote, template};
use crate::ChaincodeSupport;
use crate::launch::{Service, service_from_json};
use selvedge_runtime::{BuildError, Builder, Chaincode, Package, code_files};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Bytes of a package's files; only one of them is read.
const MAX_CONTENT: usize = 64 << 20;
const MAX_ENTRIES: usize = 10_000;

/// Makes chaincode of packages of type `ccaas`. The service is not dialled before it is called.
#[derive(Debug)]
pub struct CcaasBuilder {
    support: Arc<ChaincodeSupport>,
    values: Map<String, Value>,
}

impl CcaasBuilder {
    /// `values` fill `{{.name}}` in a package's `connection.json`, so that one package serves all peers.
    /// Fabric: CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG.
    pub fn new(support: Arc<ChaincodeSupport>, values: Map<String, Value>) -> Self {
        Self { support, values }
    }

    fn service(&self, package: &Package) -> Result<Service, String> {
        let files = code_files(package.build_code(), MAX_CONTENT, MAX_ENTRIES)?;
        let file = files
            .into_iter()
            .find(|file| file.name == "connection.json");
        let file = file.ok_or("connection.json not found in code.tar.gz")?;
        let mut json: Map<String, Value> = serde_json::from_slice(&file.content)
            .map_err(|error| format!("connection.json is malformed: {error}"))?;
        self.fill(&mut json)?;
        let json = Value::Object(json).to_string();
        service_from_json(json.as_bytes()).map_err(|error| format!("connection.json: {error}"))
    }

    /// The members that Fabric's builder takes for templates, the certificates only where they count.
    fn fill(&self, json: &mut Map<String, Value>) -> Result<(), String> {
        let tls = json
            .get("tls_required")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let certificates = ["root_cert", "client_key", "client_cert"];
        let members = ["address", "dial_timeout"].into_iter();
        for name in members.chain(certificates.into_iter().filter(|_| tls)) {
            if let Some(Value::String(text)) = json.get_mut(name) {
                *text = template::fill(text, &self.values)
                    .map_err(|error| format!("connection.json: {name}: {error}"))?;
            }
        }
        Ok(())
    }
}

impl Builder for CcaasBuilder {
    fn kind(&self) -> &str {
        "ccaas"
    }

    fn build(&self, package: &Package) -> Result<Arc<dyn Chaincode>, BuildError> {
        let service = self
            .service(package)
            .map_err(|cause| BuildError::Rejected {
                kind: "ccaas",
                cause,
            })?;
        let launcher = Arc::new(Remote::new(service));
        Ok(self.support.chaincode(package.id.as_str(), launcher))
    }
}
