//! An application that talks to one peer's gateway.

use super::Net;
use super::net::{CHANNEL, MAX_MESSAGE, PATIENCE, REACTOR, sign};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::SigningIdentity;
use selvedge_peer::client::{Call, Proposal};
use selvedge_protos::common::{Envelope, Payload};
use selvedge_protos::discovery::{
    self, AuthInfo, Query, QueryResult, discovery_client::DiscoveryClient,
};
use selvedge_protos::gateway::{
    ChaincodeEventsRequest, ChaincodeEventsResponse, CommitStatusRequest, CommitStatusResponse,
    EndorseRequest, ErrorDetail, EvaluateRequest, SignedChaincodeEventsRequest,
    SignedCommitStatusRequest, SubmitRequest, gateway_client::GatewayClient,
};
use selvedge_protos::google::rpc;
use selvedge_protos::msp::SerializedIdentity;
use selvedge_protos::orderer::{SeekPosition, SeekSpecified, seek_position};
use selvedge_protos::protos::{ChaincodeActionPayload, Response, SignedProposal, Transaction};
use std::time::Duration;
use tonic::transport::Channel;
use tonic::{Status, Streaming};

/// A user of the first organisation at some peer's gateway.
pub(crate) struct App<'a> {
    net: &'a Net,
    pub(crate) client: GatewayClient<Channel>,
    discovery: DiscoveryClient<Channel>,
}

/// A transaction that has all its endorsements and waits for its signature.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub(crate) tx_id: String,
    pub(crate) envelope: Envelope,
}

impl Net {
    pub(crate) fn app(&self, peer: usize) -> App<'_> {
        let (connection, _) = self.peer(peer);
        App {
            net: self,
            client: GatewayClient::new(connection.clone())
                .max_decoding_message_size(MAX_MESSAGE)
                .max_encoding_message_size(MAX_MESSAGE),
            discovery: DiscoveryClient::new(connection.clone()),
        }
    }

    /// Waits until a peer knows of this many peers with that chaincode.
    pub(crate) fn until_known(&self, peer: usize, chaincode: &str, count: usize) {
        self.until("every peer tells of its chaincode", |net| {
            net.peers_with(peer, chaincode) >= count
        });
    }
}

/// Runs something on the clients' runtime.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    REACTOR.block_on(future)
}

pub(crate) fn names(organisations: &[&str]) -> Vec<String> {
    organisations
        .iter()
        .map(|name| (*name).to_owned())
        .collect()
}

impl App<'_> {
    pub(crate) fn owner(&self) -> &SigningIdentity {
        self.net.user(0)
    }

    pub(crate) fn evaluate(&self, call: &Call, organisations: &[&str]) -> Result<Response, Status> {
        let proposal = sign(call, self.owner());
        let request = EvaluateRequest {
            transaction_id: proposal.tx_id,
            channel_id: CHANNEL.to_owned(),
            proposed_transaction: Some(proposal.signed),
            target_organizations: names(organisations),
        };
        let answer = wait(self.client.clone().evaluate(request))?.into_inner();
        Ok(answer.result.unwrap())
    }

    pub(crate) fn endorse(&self, call: &Call, organisations: &[&str]) -> Result<Prepared, Status> {
        self.endorse_signed(&sign(call, self.owner()), organisations)
    }

    pub(crate) fn endorse_signed(
        &self,
        proposal: &Proposal,
        organisations: &[&str],
    ) -> Result<Prepared, Status> {
        let request = endorsing(Some(proposal.signed.clone()), organisations);
        let answer = wait(self.client.clone().endorse(request))?.into_inner();
        Ok(Prepared {
            tx_id: proposal.tx_id.clone(),
            envelope: answer.prepared_transaction.unwrap(),
        })
    }

    pub(crate) fn submit(&self, prepared: &Prepared) -> Result<(), Status> {
        let mut envelope = prepared.envelope.clone();
        envelope.signature = self.owner().sign(&envelope.payload).into();
        let request = SubmitRequest {
            transaction_id: prepared.tx_id.clone(),
            channel_id: CHANNEL.to_owned(),
            prepared_transaction: Some(envelope),
        };
        wait(self.client.clone().submit(request)).map(|_| ())
    }

    pub(crate) fn status(&self, tx_id: &str) -> Result<CommitStatusResponse, Status> {
        self.status_within(tx_id, PATIENCE)
    }

    pub(crate) fn status_within(
        &self,
        tx_id: &str,
        patience: Duration,
    ) -> Result<CommitStatusResponse, Status> {
        let mut request = tonic::Request::new(self.asking(tx_id));
        request.set_timeout(patience);
        wait(self.client.clone().commit_status(request)).map(tonic::Response::into_inner)
    }

    pub(crate) fn asking(&self, tx_id: &str) -> SignedCommitStatusRequest {
        let request = CommitStatusRequest {
            transaction_id: tx_id.to_owned(),
            channel_id: CHANNEL.to_owned(),
            identity: self.owner().serialized().clone(),
        };
        let request = Bytes::from(request.encode_to_vec());
        SignedCommitStatusRequest {
            signature: self.owner().sign(&request).into(),
            request,
        }
    }

    /// Endorsed, sent and committed; the code and the block.
    pub(crate) fn transact(&self, call: &Call) -> (i32, u64) {
        self.transact_once(call).unwrap()
    }

    /// The same where it may fail.
    pub(crate) fn transact_once(&self, call: &Call) -> Result<(i32, u64), Status> {
        let prepared = self.endorse(call, &[])?;
        self.submit(&prepared)?;
        let status = self.status(&prepared.tx_id)?;
        Ok((status.result, status.block_number))
    }

    pub(crate) fn events(&self, request: ChaincodeEventsRequest) -> Result<Listening, Status> {
        let request = Bytes::from(
            ChaincodeEventsRequest {
                channel_id: CHANNEL.to_owned(),
                identity: self.owner().serialized().clone(),
                ..request
            }
            .encode_to_vec(),
        );
        let signed = SignedChaincodeEventsRequest {
            signature: self.owner().sign(&request).into(),
            request,
        };
        let stream = wait(self.client.clone().chaincode_events(signed))?;
        Ok(Listening(stream.into_inner()))
    }

    /// Asks the discovery service as an administrator of the first organisation.
    pub(crate) fn discover(&self, queries: Vec<Query>) -> Vec<QueryResult> {
        let request = discovery::Request {
            authentication: Some(AuthInfo {
                client_identity: self.net.admin(0).serialized().clone(),
                client_tls_cert_hash: Bytes::new(),
            }),
            queries,
        };
        let payload = Bytes::from(request.encode_to_vec());
        let signature = self.net.admin(0).sign(&payload).into();
        self.discover_signed(payload, signature).unwrap()
    }

    pub(crate) fn discover_signed(
        &self,
        payload: Bytes,
        signature: Bytes,
    ) -> Result<Vec<QueryResult>, Status> {
        let signed = discovery::SignedRequest { payload, signature };
        let answer = wait(self.discovery.clone().discover(signed))?;
        Ok(answer.into_inner().results)
    }
}

pub(crate) fn endorsing(signed: Option<SignedProposal>, organisations: &[&str]) -> EndorseRequest {
    EndorseRequest {
        transaction_id: "any".to_owned(),
        channel_id: CHANNEL.to_owned(),
        proposed_transaction: signed,
        endorsing_organizations: names(organisations),
    }
}

/// Events of a chaincode as they come.
pub(crate) struct Listening(Streaming<ChaincodeEventsResponse>);

impl Listening {
    /// The next block with events; `None` at the end of the stream.
    pub(crate) fn next(&mut self) -> Result<Option<ChaincodeEventsResponse>, Status> {
        let next = async { tokio::time::timeout(PATIENCE, self.0.message()).await };
        wait(next).expect("an event in time")
    }

    /// The names of the events of the next block.
    pub(crate) fn names(&mut self) -> Vec<String> {
        let events = self.next().unwrap().unwrap().events;
        events.into_iter().map(|event| event.event_name).collect()
    }
}

pub(crate) fn from_block(number: u64) -> Option<SeekPosition> {
    Some(SeekPosition {
        r#type: Some(seek_position::Type::Specified(SeekSpecified { number })),
    })
}

impl Prepared {
    fn action(&self) -> ChaincodeActionPayload {
        let payload = Payload::decode(self.envelope.payload.clone()).unwrap();
        let transaction = Transaction::decode(payload.data).unwrap();
        ChaincodeActionPayload::decode(transaction.actions[0].payload.clone()).unwrap()
    }

    /// The proposal as everybody sees it.
    pub(crate) fn proposal_payload(&self) -> Bytes {
        self.action().chaincode_proposal_payload
    }

    /// The organisations that endorsed, sorted.
    pub(crate) fn endorsers(&self) -> Vec<String> {
        let endorsements = self.action().action.unwrap().endorsements;
        let mut organisations: Vec<String> = endorsements
            .into_iter()
            .map(|one| SerializedIdentity::decode(one.endorser).unwrap().mspid)
            .collect();
        organisations.sort();
        organisations
    }
}

/// What each peer or orderer said: organisation and words.
pub(crate) fn details(status: &Status) -> Vec<(String, String)> {
    let packed = rpc::Status::decode(status.details()).unwrap();
    let details = packed.details.into_iter().map(|any| {
        assert_eq!(any.type_url, "type.googleapis.com/gateway.ErrorDetail");
        let detail = ErrorDetail::decode(any.value.as_slice()).unwrap();
        assert!(detail.address.starts_with("127.0.0.1:"), "{detail:?}");
        (detail.msp_id, detail.message)
    });
    details.collect()
}

/// Code and words.
pub(crate) fn told(status: &Status) -> (tonic::Code, &str) {
    (status.code(), status.message())
}
