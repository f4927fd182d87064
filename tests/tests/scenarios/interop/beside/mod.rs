//! Our peers beside Fabric's on Fabric's orderer. Started by the scripts of `tests/interop/fabric`, whose network it is.

mod gateways;
mod random;

use crate::harness::{script, sign};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::SigningIdentity;
use selvedge_peer::client::{Call, Endpoint, Proposal, Tls, assemble, connect, process};
use selvedge_protos::common::Envelope;
use selvedge_protos::gateway::gateway_client::GatewayClient;
use selvedge_protos::gateway::{CommitStatusRequest, SignedCommitStatusRequest, SubmitRequest};
use selvedge_protos::protos::ProposalResponse;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;
use tonic::Request;
use tonic::transport::Channel;

const CHANNEL: &str = "applications";
const PATIENCE: Duration = Duration::from_secs(60);

/// What the script says of its network.
fn told(variable: &str) -> String {
    let value = std::env::var(variable);
    value.unwrap_or_else(|_| panic!("{variable} is not set; start tests/interop/fabric/run"))
}

struct Place {
    address: String,
    connection: Channel,
}

impl Place {
    /// `HOST:PORT=FILE`, the file being the authority of its TLS. It may ask for the certificate in `user`.
    fn of(runtime: &Runtime, text: &str, user: &Path) -> Self {
        let (address, roots) = text.split_once('=').unwrap();
        let own = |file: &str| std::fs::read(user.join("tls").join(file)).unwrap();
        let endpoint = Endpoint {
            address: address.to_owned(),
            tls: Some(Tls {
                roots: std::fs::read(roots).unwrap(),
                identity: Some((own("client.crt"), own("client.key"))),
                ..Tls::default()
            }),
            timeout: PATIENCE,
        };
        let connection = runtime.block_on(connect(&endpoint)).unwrap();
        Self {
            address: address.to_owned(),
            connection,
        }
    }
}

struct Network {
    runtime: Runtime,
    peers: Vec<Place>,
    signer: SigningIdentity,
    /// How many transactions ended with each validation code.
    codes: BTreeMap<i32, usize>,
}

/// A transaction that all peers endorse.
struct Endorsed {
    tx_id: String,
    envelope: Envelope,
    script: Value,
}

impl Network {
    fn told() -> Self {
        let runtime = Runtime::new().unwrap();
        let user = told("SELVEDGE_BESIDE_USER");
        let user = Path::new(&user);
        let peers = told("SELVEDGE_BESIDE_PEERS");
        let peers = peers.split(' ').map(|text| Place::of(&runtime, text, user));
        let peers = peers.collect();
        Self {
            peers,
            signer: SigningIdentity::from_msp_dir(user.join("msp"), "Org1MSP").unwrap(),
            codes: BTreeMap::new(),
            runtime,
        }
    }

    /// Asks every peer and compares. Nothing where they refuse.
    fn endorse(&self, operations: Value) -> Option<Endorsed> {
        let call = Call {
            channel: CHANNEL.to_owned(),
            transient: [("secret".to_owned(), Bytes::from("hush"))].into(),
            ..script(&operations)
        };
        let proposal: Proposal = sign(&call, &self.signer);
        let ask = |peer: &Place| {
            let asking = process(&peer.connection, &peer.address, &proposal.signed);
            self.runtime.block_on(asking).unwrap().0
        };
        let answers: Vec<_> = self.peers.iter().map(ask).collect();
        let one = &answers[0];
        for other in &answers {
            assert_eq!(one.response, other.response, "{operations}");
            assert_eq!(one.payload, other.payload, "{operations}");
            assert_eq!(interest(one), interest(other), "{operations}");
        }
        one.endorsement.as_ref()?;
        // Clients make no transaction of less, although peers endorse it.
        one.response
            .as_ref()
            .filter(|response| response.status >= 200)?;
        Some(Endorsed {
            envelope: assemble(&proposal, &answers, &self.signer).unwrap(),
            tx_id: proposal.tx_id,
            script: operations,
        })
    }

    /// All must be committed, everywhere with the same code. Each peer's gateway submits one after another.
    fn commit(&mut self, transactions: Vec<Endorsed>) {
        for (transaction, gateway) in transactions.iter().zip(self.peers.iter().cycle()) {
            self.submit(gateway, &transaction.tx_id, &transaction.envelope);
        }
        for transaction in &transactions {
            let code = self.code_of(&transaction.tx_id, &transaction.script);
            *self.codes.entry(code).or_default() += 1;
        }
    }

    fn submit(&self, gateway: &Place, tx_id: &str, envelope: &Envelope) {
        let request = SubmitRequest {
            transaction_id: tx_id.to_owned(),
            channel_id: CHANNEL.to_owned(),
            prepared_transaction: Some(envelope.clone()),
        };
        let mut gateway = GatewayClient::new(gateway.connection.clone());
        self.runtime.block_on(gateway.submit(request)).unwrap();
    }

    /// The same at all peers.
    fn code_of(&self, tx_id: &str, script: &Value) -> i32 {
        let code = self.code(&self.peers[0], tx_id);
        for peer in &self.peers {
            assert_eq!(self.code(peer, tx_id), code, "{}: {script}", peer.address);
        }
        code
    }

    fn code(&self, peer: &Place, tx_id: &str) -> i32 {
        let asked = CommitStatusRequest {
            transaction_id: tx_id.to_owned(),
            channel_id: CHANNEL.to_owned(),
            identity: self.signer.serialized().clone(),
        };
        let request = Bytes::from(asked.encode_to_vec());
        let signature = self.signer.sign(&request).into();
        let mut request = Request::new(SignedCommitStatusRequest { request, signature });
        request.set_timeout(PATIENCE);
        let mut gateway = GatewayClient::new(peer.connection.clone());
        let asking = gateway.commit_status(request);
        self.runtime.block_on(asking).unwrap().into_inner().result
    }
}

/// What chaincodes, collections and policies of keys an answer says endorsers must satisfy, in an order of ours: Fabric's is
/// that of Go's maps.
fn interest(answer: &ProposalResponse) -> Vec<Vec<u8>> {
    let mut interest = answer.interest.clone().unwrap_or_default();
    let calls = interest.chaincodes.iter_mut().map(|call| {
        call.key_policies
            .sort_by_key(|policy| policy.encode_to_vec());
        call.encode_to_vec()
    });
    let mut calls: Vec<_> = calls.collect();
    calls.sort_unstable();
    calls
}
