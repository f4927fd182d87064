//! `protos.ChaincodeSupport`: chaincode dials the peer.

use crate::chat::Session;
use crate::support::ChaincodeSupport;
use selvedge_protos::protos::{
    ChaincodeMessage, chaincode_support_server::ChaincodeSupport as Service,
};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tonic::{Request, Response, Status, Streaming};

/// Largest message in either direction, in bytes. Fabric: `peer.maxRecvMsgSize`.
pub(crate) const MAX_MESSAGE: usize = 100 * 1024 * 1024;

/// The service; made by [`ChaincodeSupport::server`].
pub struct Register {
    support: Arc<ChaincodeSupport>,
    authenticated: bool,
}

impl Register {
    pub(crate) fn new(support: Arc<ChaincodeSupport>, authenticated: bool) -> Self {
        Self {
            support,
            authenticated,
        }
    }
}

#[tonic::async_trait]
impl Service for Register {
    type RegisterStream = Session<Streaming<ChaincodeMessage>>;

    async fn register(
        &self,
        request: Request<Streaming<ChaincodeMessage>>,
    ) -> Result<Response<Self::RegisterStream>, Status> {
        let certificates = request.peer_certs();
        let shown = certificates
            .as_deref()
            .and_then(|chain| chain.first())
            .map(|certificate| Sha256::digest(certificate).into());
        let gate = ChaincodeSupport::gate(self.authenticated, shown);
        let session = Session::new(Arc::clone(&self.support), request.into_inner(), gate);
        Ok(Response::new(session))
    }
}
