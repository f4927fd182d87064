//! Who must endorse where more than the chaincode's policy counts: every peer's gateway finds them, or refuses in the words
//! of Fabric's. On the channel and with the chaincodes that `tests/interop/fabric/many` defines.

use super::{CHANNEL, Network, Place};
use crate::harness::{Prepared, script, sign};
use prost::Message as _;
use selvedge_identity::policy_from_string;
use selvedge_peer::client::Call;
use selvedge_protos::gateway::EndorseRequest;
use selvedge_protos::gateway::gateway_client::GatewayClient;
use selvedge_protos::protos::TxValidationCode;
use serde_json::{Value, json};
use tonic::{Code, Status};

/// Who endorsed and the verdict, or the words in which it was refused.
type Outcome = Result<(Vec<String>, i32), (Code, String)>;

/// Operations, who must be among their endorsers, how many these are, and the verdict. The chaincode wants three of the four
/// organisations, the other one the second and the fourth.
type Case = (Value, &'static [&'static str], usize, TxValidationCode);

fn cases() -> Vec<Case> {
    use TxValidationCode::{EndorsementPolicyFailure, Valid};
    let other = json!(["invoke", "other", "", ["run", r#"[["put","z","1"]]"#]]);
    let called = &["Org2MSP", "Org4MSP"];
    let own = json!(["putpvt", "_implicit_org_Org4MSP", "k", "v"]);
    let inner = json!(["putpvt", "inner", "k", "v"]);
    let members = &["Org2MSP", "Org3MSP"];
    let of_key = &["Org1MSP", "Org4MSP"];
    vec![
        (json!([["put", "plain", "1"]]), &[], 3, Valid),
        (
            json!([["put", "plain", "2"], other.clone()]),
            called,
            3,
            Valid,
        ),
        // Fabric's gateway leaves out whom a chaincode needs that itself does nothing but call; its validation does not.
        (json!([other]), called, 2, EndorsementPolicyFailure),
        // A collection with the chaincode's policy, and one with its own.
        (json!([["putpvt", "first", "k", "v"]]), &[], 3, Valid),
        (json!([inner.clone()]), members, 2, Valid),
        (
            json!([["put", "plain", "3"], inner.clone()]),
            members,
            3,
            Valid,
        ),
        (json!([own.clone()]), &["Org4MSP"], 1, Valid),
        (
            json!([own, inner]),
            &["Org2MSP", "Org3MSP", "Org4MSP"],
            3,
            Valid,
        ),
        // A key with a policy of its own.
        (json!([["put", "own", "2"]]), of_key, 2, Valid),
        (
            json!([["put", "own", "3"], ["put", "plain", "4"]]),
            of_key,
            3,
            Valid,
        ),
    ]
}

impl Network {
    /// By the gateway of a peer.
    fn prepare(&self, gateway: &Place, operations: &Value) -> Result<Prepared, Status> {
        let call = Call {
            channel: CHANNEL.to_owned(),
            ..script(operations)
        };
        let proposal = sign(&call, &self.signer);
        let request = EndorseRequest {
            transaction_id: proposal.tx_id.clone(),
            channel_id: CHANNEL.to_owned(),
            proposed_transaction: Some(proposal.signed),
            endorsing_organizations: Vec::new(),
        };
        let mut client = GatewayClient::new(gateway.connection.clone());
        let answer = self.runtime.block_on(client.endorse(request))?;
        Ok(Prepared {
            tx_id: proposal.tx_id,
            envelope: answer.into_inner().prepared_transaction.unwrap(),
        })
    }

    /// Endorsed and ordered by one gateway, judged by all peers.
    fn outcome(&self, gateway: &Place, operations: &Value) -> Outcome {
        let prepared = self.prepare(gateway, operations);
        let mut prepared = prepared.map_err(|it| (it.code(), it.message().to_owned()))?;
        prepared.envelope.signature = self.signer.sign(&prepared.envelope.payload).into();
        self.submit(gateway, &prepared.tx_id, &prepared.envelope);
        Ok((
            prepared.endorsers(),
            self.code_of(&prepared.tx_id, operations),
        ))
    }
}

#[test]
#[ignore = "needs Fabric's peers: tests/interop/fabric/many"]
fn every_gateway_finds_who_must_endorse() {
    let network = Network::told();
    let policy = policy_from_string("AND('Org1MSP.peer','Org4MSP.peer')").unwrap();
    let policy = json!({"hex": hex::encode(policy.encode_to_vec())});
    let set = json!([["put", "own", "1"], ["setep", "own", policy]]);
    assert_eq!(network.outcome(&network.peers[0], &set).unwrap().1, 0);
    for (operations, must, count, code) in cases() {
        for gateway in &network.peers {
            let at = format!("{operations} at {}", gateway.address);
            let (endorsers, found) = network.outcome(gateway, &operations).expect(&at);
            assert_eq!(
                (endorsers.len(), found),
                (count, i32::from(code)),
                "{at}: {endorsers:?}"
            );
            let all = must.iter().all(|one| endorsers.iter().any(|it| it == one));
            assert!(all, "{at}: {endorsers:?}");
        }
    }
}

/// Fabric's peers are the first and the third, ours the second and the fourth; the collection is of the second and the third.
#[test]
#[ignore = "needs Fabric's peers: tests/interop/fabric/many"]
fn private_reads_are_for_members_at_every_gateway() {
    let network = Network::told();
    let [a, b, c, d] = network.peers.as_slice() else {
        panic!("four peers, and not {}", network.peers.len());
    };
    for operations in [
        json!([["getpvt", "inner", "k"]]),
        json!([["getpvt", "inner", "k"], ["putpvt", "inner", "k", "y"]]),
        json!([["getpvt", "inner", "k"], ["put", "plain", "5"]]),
        json!([["gethash", "inner", "k"], ["put", "plain", "6"]]),
        json!([["pvtrange", "inner", "", ""], ["put", "plain", "7"]]),
    ] {
        for (fabrics, ours) in [(c, b), (a, d)] {
            let (theirs, ours) = (
                network.outcome(fabrics, &operations),
                network.outcome(ours, &operations),
            );
            println!("{operations}: {theirs:?}");
            let size = |outcome: Outcome| outcome.map(|(endorsers, code)| (endorsers.len(), code));
            assert_eq!(size(theirs), size(ours), "{operations}");
        }
    }
}
