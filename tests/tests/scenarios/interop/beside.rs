//! Our peer beside Fabric's on Fabric's orderer: both endorse the same random scripts with the same bytes, or refuse them in
//! the same words, and find the same transactions of a block invalid. Started by the scripts `run`, `legacy` and
//! `rich` of `tests/interop/fabric`, whose network it is.

use crate::harness::{script, sign};
use crate::operations::operations;
use bytes::Bytes;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
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
/// Scripts that are endorsed on one state, and meet in a block where the orderer has it so.
const TOGETHER: usize = 4;
/// In so many rounds some meet.
const ENOUGH: usize = 300;
/// `TxValidationCode`: MVCC_READ_CONFLICT, PHANTOM_READ_CONFLICT.
const CONFLICTS: [i32; 2] = [11, 12];

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
            let request = SubmitRequest {
                transaction_id: transaction.tx_id.clone(),
                channel_id: CHANNEL.to_owned(),
                prepared_transaction: Some(transaction.envelope.clone()),
            };
            let mut gateway = GatewayClient::new(gateway.connection.clone());
            let submitting = gateway.submit(request);
            self.runtime.block_on(submitting).unwrap();
        }
        for Endorsed { tx_id, script, .. } in &transactions {
            let code = self.code(&self.peers[0], tx_id);
            for peer in &self.peers {
                assert_eq!(self.code(peer, tx_id), code, "{}: {script}", peer.address);
            }
            *self.codes.entry(code).or_default() += 1;
        }
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

/// Fabric's peer stops at policies of keys that cannot be read, and at one for a key that goes in the same block
/// (`docs/conformance.md`).
fn stops_fabric(operations: &Value) -> bool {
    let text = operations.to_string();
    text.contains("setep")
        && ["no policy", "del\\\"", "del\""]
            .iter()
            .any(|part| text.contains(part))
}

/// Where CouchDB takes no key that is empty or begins with `_`, Fabric's peer says nothing of it when several keys are
/// asked for, and answers with no values; ours refuses as for one.
fn asks_for_what_couchdb_refuses(operations: &Value) -> bool {
    let text = operations.to_string().replace('\\', "");
    let asked = text.split("[\"getmulti\",[").skip(1);
    asked
        .filter_map(|rest| rest.split(']').next())
        .any(|keys| keys.contains("\"\"") || keys.contains("\"_"))
}

/// Release 2.5 has no batches: its shim sends one after the other, and an error names that one.
fn batches(operations: &Value) -> bool {
    operations.to_string().contains("batch")
}

fn sets_policies(operations: &Value) -> bool {
    operations.to_string().contains("setep")
}

#[test]
#[ignore = "needs Fabric's peers: tests/interop/fabric/run"]
fn random_scripts_have_the_same_bytes_on_fabrics_peer_and_ours() {
    let mut network = Network::told();
    let rounds: usize = told("SELVEDGE_BESIDE_ROUNDS").parse().unwrap();
    let mut runner = TestRunner::default();
    let couchdb = std::env::var_os("SELVEDGE_COUCHDB").is_some();
    let has_batches = told("SELVEDGE_BESIDE_RELEASE") != "2.5";
    let mut endorsed = 0;
    for _ in 0..rounds {
        let scripts = (0..TOGETHER).map(|_| operations().new_tree(&mut runner).unwrap().current());
        let mut scripts: Vec<Value> = scripts
            .filter(|script| !stops_fabric(script) && (has_batches || !batches(script)))
            .filter(|script| !couchdb || !asks_for_what_couchdb_refuses(script))
            .collect();
        // One that sets policies is alone in its block.
        let alone: Vec<Value> = scripts
            .extract_if(.., |script| sets_policies(script))
            .collect();
        for group in alone.into_iter().map(|one| vec![one]).chain([scripts]) {
            let group: Vec<_> = group
                .into_iter()
                .filter_map(|script| network.endorse(script))
                .collect();
            endorsed += group.len();
            network.commit(group);
        }
    }
    println!("{endorsed} endorsed, by code: {:?}", network.codes);
    assert!(endorsed > rounds, "nearly everything was refused");
    let conflicts = CONFLICTS.map(|code| network.codes.get(&code).copied().unwrap_or(0));
    let conflicts: usize = conflicts.iter().sum();
    assert!(rounds < ENOUGH || conflicts > 0, "nothing met anything");
    assert!(network.codes.get(&0) > Some(&rounds), "{:?}", network.codes);
}
