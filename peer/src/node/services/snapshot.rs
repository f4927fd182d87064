use crate::endorser::acl;
use crate::node::{Channel, Closing, Peer};
use selvedge_identity::{SignedData, expires_at};
use selvedge_ledger::{Ledger, LedgerError};
use selvedge_protos::common::SignatureHeader;
use selvedge_protos::protos::{
    QueryPendingSnapshotsResponse, SignedSnapshotRequest, SnapshotQuery, SnapshotRequest,
    snapshot_server,
};
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// `protos.Snapshot`.
///
/// Fabric: core/ledger/snapshotgrpc/snapshot_service.go.
#[derive(Clone)]
pub(in crate::node) struct SnapshotService {
    peer: Arc<Peer>,
    /// Dropped after the peer: see [`crate::node::Close::ended`].
    closing: Closing,
}

impl SnapshotService {
    pub(in crate::node) fn new(peer: Arc<Peer>, closing: Closing) -> Self {
        Self { peer, closing }
    }

    /// Where the files are touched is no place for the threads that serve.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Peer) -> Result<T, String> + Send + 'static,
    ) -> Result<Response<T>, Status> {
        let (peer, closing) = (Arc::clone(&self.peer), self.closing.clone());
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&peer);
            drop(peer);
            drop(closing);
            done
        });
        match done.await {
            Ok(Ok(answer)) => Ok(Response::new(answer)),
            // Go's gRPC gives plain errors the code Unknown.
            Ok(Err(refused)) => Err(Status::unknown(refused)),
            Err(error) => {
                tracing::error!(%error, "a snapshot request ended badly");
                Err(Status::internal(
                    "the request ended badly; see the peer's log",
                ))
            }
        }
    }

    async fn change(
        &self,
        request: Request<SignedSnapshotRequest>,
        operation: &'static str,
        change: fn(&Ledger, u64) -> Result<(), LedgerError>,
    ) -> Result<Response<()>, Status> {
        let signed = request.into_inner();
        self.run(move |peer| {
            let request = decode::<SnapshotRequest>(&signed)?;
            check(peer, operation, request.signature_header, &signed)?;
            let channel = channel(peer, &request.channel_id)?;
            let changed = change(channel.ledger(), request.block_number);
            changed.map_err(|error| error.to_string())
        })
        .await
    }
}

#[tonic::async_trait]
impl snapshot_server::Snapshot for SnapshotService {
    async fn generate(
        &self,
        request: Request<SignedSnapshotRequest>,
    ) -> Result<Response<()>, Status> {
        self.change(request, "submitrequest", Ledger::submit_snapshot_request)
            .await
    }

    async fn cancel(
        &self,
        request: Request<SignedSnapshotRequest>,
    ) -> Result<Response<()>, Status> {
        self.change(request, "cancelrequest", Ledger::cancel_snapshot_request)
            .await
    }

    async fn query_pendings(
        &self,
        request: Request<SignedSnapshotRequest>,
    ) -> Result<Response<QueryPendingSnapshotsResponse>, Status> {
        let signed = request.into_inner();
        self.run(move |peer| {
            let query = decode::<SnapshotQuery>(&signed)?;
            check(peer, "listpending", query.signature_header, &signed)?;
            let channel = channel(peer, &query.channel_id)?;
            let block_numbers = channel.ledger().pending_snapshot_requests();
            Ok(QueryPendingSnapshotsResponse { block_numbers })
        })
        .await
    }
}

fn decode<M: prost::Message + Default>(signed: &SignedSnapshotRequest) -> Result<M, String> {
    M::decode(signed.request.clone())
        .map_err(|error| format!("failed to unmarshal snapshot request: {error}"))
}

fn check(
    peer: &Peer,
    resource: &str,
    header: Option<SignatureHeader>,
    signed: &SignedSnapshotRequest,
) -> Result<(), String> {
    let header = header.ok_or("missing signature header")?;
    if expires_at(&header.creator).is_some_and(|end| end < peer.clock().now()) {
        return Err("client identity expired".to_owned());
    }
    let requester = SignedData {
        data: signed.request.clone(),
        identity: header.creator,
        signature: signed.signature.clone(),
    };
    acl::check_signed(peer, &format!("snapshot/{resource}"), &requester)
        .map_err(|error| error.to_string())
}

fn channel(peer: &Peer, id: &str) -> Result<Arc<Channel>, String> {
    if id.is_empty() {
        return Err("missing channel ID".to_owned());
    }
    peer.channel(id)
        .ok_or_else(|| format!("cannot find ledger for channel {id}"))
}
