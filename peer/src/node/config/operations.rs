//! `operations` and `metrics` of `core.yaml`. Fabric: internal/peer/node/start.go newOperationsSystem.

use super::{NodeConfigError, read};
use crate::cli::CoreConfig;
use crate::operations::OperationsTls;
use std::path::{Path, PathBuf};

/// What the keys say about the operations endpoint.
#[derive(Clone, Debug)]
pub struct RawOperations {
    pub listen_address: String,
    pub tls: Option<RawOperationsTls>,
    /// Whether `/metrics` is served.
    pub metrics: bool,
}

/// Files of `operations.tls`.
#[derive(Clone, Debug)]
pub struct RawOperationsTls {
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub client_auth_required: bool,
    pub client_roots: Vec<PathBuf>,
}

/// An operations endpoint that can be served.
#[derive(Clone, Debug)]
pub struct OperationsListener {
    pub address: String,
    pub tls: Option<OperationsTls>,
    pub metrics: bool,
}

impl RawOperations {
    /// Nothing where `operations.listenAddress` is not set: Fabric's default is in its `core.yaml`, not in its code.
    pub(super) fn read(core: &CoreConfig) -> Result<Option<Self>, NodeConfigError> {
        let Some(listen_address) = core.text("operations.listenAddress") else {
            return Ok(None);
        };
        let tls = if core.flag("operations.tls.enabled")? {
            let file = |key| core.path(key).unwrap_or_default();
            let roots = core.list("operations.tls.clientRootCAs.files");
            let roots = roots.iter().map(|path| core.resolve(Path::new(path)));
            Some(RawOperationsTls {
                certificate: file("operations.tls.cert.file"),
                key: file("operations.tls.key.file"),
                client_auth_required: core.flag("operations.tls.clientAuthRequired")?,
                client_roots: roots.collect(),
            })
        } else {
            None
        };
        Ok(Some(Self {
            listen_address,
            tls,
            metrics: metrics(&core.text("metrics.provider").unwrap_or_default()),
        }))
    }

    pub(super) fn settle(self) -> Result<OperationsListener, NodeConfigError> {
        let tls = self.tls.map(|tls| {
            let mut client_roots = Vec::new();
            for path in &tls.client_roots {
                client_roots.extend(read(path)?);
                client_roots.push(b'\n');
            }
            Ok::<_, NodeConfigError>(OperationsTls {
                certificate: read(&tls.certificate)?,
                key: read(&tls.key)?,
                client_roots,
                client_required: tls.client_auth_required,
            })
        });
        Ok(OperationsListener {
            address: self.listen_address,
            tls: tls.transpose()?,
            metrics: self.metrics,
        })
    }
}

fn metrics(provider: &str) -> bool {
    match provider {
        "prometheus" => return true,
        "disabled" | "" => {}
        "statsd" => tracing::warn!(
            "metrics.provider is statsd, which this peer does not speak; metrics disabled. Use prometheus"
        ),
        // Fabric's text.
        other => tracing::warn!("Unknown provider type: {other}; metrics disabled"),
    }
    false
}
