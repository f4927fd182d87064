use crate::node::deliver::{Form, Meter, PeerBlocks, Rules, Sent, serve};
use crate::node::{Closing, Limit, Peer};
use bytes::Bytes;
use selvedge_protos::common::Envelope;
use selvedge_protos::protos::{DeliverResponse, deliver_server};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tonic::{Request, Response, Status, Streaming};

/// `protos.Deliver`.
#[derive(Clone, Debug)]
pub(in crate::node) struct DeliverService {
    peer: Arc<Peer>,
    limit: Limit,
    time_window: Duration,
    /// Whether clients have to prove that the request is theirs: they do where they must show a TLS certificate.
    bind: bool,
    closing: Closing,
}

type Answers = Sent<Result<DeliverResponse, Status>>;

impl DeliverService {
    pub(in crate::node) fn new(
        peer: Arc<Peer>,
        limit: usize,
        time_window: Duration,
        bind: bool,
        closing: Closing,
    ) -> Self {
        Self {
            peer,
            limit: Limit::new("/protos.Deliver", limit),
            time_window,
            bind,
            closing,
        }
    }

    fn answer(
        &self,
        request: Request<Streaming<Envelope>>,
        form: Form,
    ) -> Result<Response<Answers>, Status> {
        let held = self.limit.acquire()?;
        let rules = Rules {
            clock: self.peer.clock().clone(),
            time_window: self.time_window,
            client_certificate: self.bind.then(|| client_certificate(&request)),
            closing: self.closing.clone(),
            meter: Some(Meter {
                metrics: self.peer.operations().metrics().deliver.clone(),
                filtered: form == Form::Filtered,
                data_type: match form {
                    Form::Whole => "block",
                    Form::Filtered => "filtered_block",
                    Form::WithPrivateData => "block_and_pvtdata",
                },
            }),
        };
        let view = Arc::new(PeerBlocks {
            peer: Arc::clone(&self.peer),
            form,
        });
        Ok(Response::new(serve(
            request.into_inner(),
            view,
            rules,
            held,
        )))
    }
}

/// SHA-256 of the client's certificate; empty when it showed none, which no request claims.
fn client_certificate<T>(request: &Request<T>) -> Bytes {
    let certificates = request.peer_certs();
    let leaf = certificates
        .as_ref()
        .and_then(|certificates| certificates.first());
    leaf.map(|leaf| Bytes::copy_from_slice(&Sha256::digest(leaf)))
        .unwrap_or_default()
}

#[tonic::async_trait]
impl deliver_server::Deliver for DeliverService {
    type DeliverStream = Answers;
    type DeliverFilteredStream = Answers;
    type DeliverWithPrivateDataStream = Answers;

    async fn deliver(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Answers>, Status> {
        self.answer(request, Form::Whole)
    }

    async fn deliver_filtered(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Answers>, Status> {
        self.answer(request, Form::Filtered)
    }

    async fn deliver_with_private_data(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Answers>, Status> {
        self.answer(request, Form::WithPrivateData)
    }
}
