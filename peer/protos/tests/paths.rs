//! The path of every gRPC method, as its client sends it.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use selvedge_protos::discovery::discovery_client::DiscoveryClient;
use selvedge_protos::gateway::gateway_client::GatewayClient;
use selvedge_protos::gossip::gossip_client::GossipClient;
use selvedge_protos::orderer::atomic_broadcast_client::AtomicBroadcastClient;
use selvedge_protos::orderer::cluster_client::ClusterClient;
use selvedge_protos::orderer::cluster_node_service_client::ClusterNodeServiceClient;
use selvedge_protos::protos::chaincode_client::ChaincodeClient;
use selvedge_protos::protos::chaincode_support_client::ChaincodeSupportClient;
use selvedge_protos::protos::deliver_client::DeliverClient;
use selvedge_protos::protos::endorser_client::EndorserClient;
use selvedge_protos::protos::snapshot_client::SnapshotClient;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::tokio_stream::empty;
use tonic::codegen::{Service, http};

/// A connection that notes the path and refuses.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Service<http::Request<Body>> for Recorder {
    type Response = http::Response<Body>;
    type Error = Status;
    type Future = Ready<Result<Self::Response, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        self.0.lock().unwrap().push(request.uri().path().to_owned());
        ready(Err(Status::unavailable("recorded")))
    }
}

impl Recorder {
    /// Nothing here waits, so one poll is enough.
    fn run<T>(&self, call: impl Future<Output = Result<T, Status>>) {
        let poll = pin!(call).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(poll, Poll::Ready(Err(_))));
    }

    #[track_caller]
    fn assert(&self, paths: &[&str]) {
        assert_eq!(*self.0.lock().unwrap(), paths);
    }
}

#[test]
fn peer_services() {
    let wire = Recorder::default();
    let mut endorser = EndorserClient::new(wire.clone());
    wire.run(endorser.process_proposal(selvedge_protos::protos::SignedProposal::default()));
    let mut deliver = DeliverClient::new(wire.clone());
    wire.run(deliver.deliver(empty()));
    wire.run(deliver.deliver_filtered(empty()));
    wire.run(deliver.deliver_with_private_data(empty()));
    let mut snapshot = SnapshotClient::new(wire.clone());
    wire.run(snapshot.generate(selvedge_protos::protos::SignedSnapshotRequest::default()));
    wire.run(snapshot.cancel(selvedge_protos::protos::SignedSnapshotRequest::default()));
    wire.run(snapshot.query_pendings(selvedge_protos::protos::SignedSnapshotRequest::default()));
    wire.assert(&[
        "/protos.Endorser/ProcessProposal",
        "/protos.Deliver/Deliver",
        "/protos.Deliver/DeliverFiltered",
        "/protos.Deliver/DeliverWithPrivateData",
        "/protos.Snapshot/Generate",
        "/protos.Snapshot/Cancel",
        "/protos.Snapshot/QueryPendings",
    ]);
}

#[test]
fn chaincode_services() {
    let wire = Recorder::default();
    wire.run(ChaincodeSupportClient::new(wire.clone()).register(empty()));
    wire.run(ChaincodeClient::new(wire.clone()).connect(empty()));
    wire.assert(&[
        "/protos.ChaincodeSupport/Register",
        "/protos.Chaincode/Connect",
    ]);
}

#[test]
fn orderer_services() {
    let wire = Recorder::default();
    let mut orderer = AtomicBroadcastClient::new(wire.clone());
    wire.run(orderer.broadcast(empty()));
    wire.run(orderer.deliver(empty()));
    wire.run(ClusterClient::new(wire.clone()).step(empty()));
    wire.run(ClusterNodeServiceClient::new(wire.clone()).step(empty()));
    wire.assert(&[
        "/orderer.AtomicBroadcast/Broadcast",
        "/orderer.AtomicBroadcast/Deliver",
        "/orderer.Cluster/Step",
        "/orderer.ClusterNodeService/Step",
    ]);
}

#[test]
fn client_services() {
    use selvedge_protos::gateway::{
        EndorseRequest, EvaluateRequest, SignedChaincodeEventsRequest, SignedCommitStatusRequest,
        SubmitRequest,
    };
    let wire = Recorder::default();
    let mut gateway = GatewayClient::new(wire.clone());
    wire.run(gateway.evaluate(EvaluateRequest::default()));
    wire.run(gateway.endorse(EndorseRequest::default()));
    wire.run(gateway.submit(SubmitRequest::default()));
    wire.run(gateway.commit_status(SignedCommitStatusRequest::default()));
    wire.run(gateway.chaincode_events(SignedChaincodeEventsRequest::default()));
    let request = selvedge_protos::discovery::SignedRequest::default();
    wire.run(DiscoveryClient::new(wire.clone()).discover(request));
    wire.assert(&[
        "/gateway.Gateway/Evaluate",
        "/gateway.Gateway/Endorse",
        "/gateway.Gateway/Submit",
        "/gateway.Gateway/CommitStatus",
        "/gateway.Gateway/ChaincodeEvents",
        "/discovery.Discovery/Discover",
    ]);
}

#[test]
fn gossip_service() {
    let wire = Recorder::default();
    let mut gossip = GossipClient::new(wire.clone());
    wire.run(gossip.gossip_stream(empty()));
    wire.run(gossip.ping(selvedge_protos::gossip::Empty {}));
    wire.assert(&["/gossip.Gossip/GossipStream", "/gossip.Gossip/Ping"]);
}
