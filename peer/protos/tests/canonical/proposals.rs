//! Proposals and the answers of the peers, down to the arguments and results of system chaincodes.

use bytes::Bytes;
use selvedge_protos::common::{BlockchainInfo, Header};
use selvedge_protos::lifecycle;
use selvedge_protos::msp::SerializedIdentity;
use selvedge_protos::protos::{
    ChaincodeInvocationSpec, ProcessedTransaction, Proposal, ProposalResponse, SignedProposal,
};

use crate::blocks;
use crate::golden;
use crate::maps;
use crate::tally::Tally;
use crate::transaction;

/// Name of the called chaincode and the arguments.
struct Call {
    chaincode: String,
    args: Vec<Bytes>,
}

impl Call {
    fn new(invocation: ChaincodeInvocationSpec) -> Option<Self> {
        let spec = invocation.chaincode_spec?;
        Some(Self {
            chaincode: spec.chaincode_id?.name,
            args: spec.input?.args,
        })
    }

    fn function(&self) -> (&str, &str) {
        let function = self.args.first().map_or(&b""[..], |argument| argument);
        (&self.chaincode, str::from_utf8(function).unwrap())
    }
}

fn proposal(tally: &mut Tally, bytes: &Bytes) -> Option<Call> {
    let signed = tally.exact::<SignedProposal>(bytes)?;
    let proposal = tally.exact::<Proposal>(&signed.proposal_bytes)?;
    let header = tally.exact::<Header>(&proposal.header)?;
    transaction::channel_header(tally, &header)?;
    let call = Call::new(transaction::proposal_payload(tally, &proposal.payload)?)?;
    arguments(tally, &call);
    Some(call)
}

fn response(tally: &mut Tally, place: &str, call: Option<&Call>, bytes: &Bytes) {
    let Some(response) = tally.exact::<ProposalResponse>(bytes) else {
        return;
    };
    if let Some(endorsement) = &response.endorsement {
        tally.exact::<SerializedIdentity>(&endorsement.endorser);
    }
    transaction::response_payload(tally, &response.payload);
    if let (Some(call), Some(response)) = (call, &response.response)
        && response.status == 200
    {
        result(tally, place, call, &response.payload);
    }
}

fn arguments(tally: &mut Tally, call: &Call) {
    let Some(bytes) = call.args.get(1) else {
        return;
    };
    match call.function() {
        ("_lifecycle", "InstallChaincode") => {
            drop(tally.exact::<lifecycle::InstallChaincodeArgs>(bytes));
        }
        ("_lifecycle", "ApproveChaincodeDefinitionForMyOrg") => {
            drop(tally.exact::<lifecycle::ApproveChaincodeDefinitionForMyOrgArgs>(bytes));
        }
        ("_lifecycle", "CheckCommitReadiness") => {
            drop(tally.exact::<lifecycle::CheckCommitReadinessArgs>(bytes));
        }
        ("_lifecycle", "CommitChaincodeDefinition") => {
            drop(tally.exact::<lifecycle::CommitChaincodeDefinitionArgs>(bytes));
        }
        ("_lifecycle", "QueryApprovedChaincodeDefinition") => {
            drop(tally.exact::<lifecycle::QueryApprovedChaincodeDefinitionArgs>(bytes));
        }
        ("_lifecycle", "QueryChaincodeDefinition") => {
            drop(tally.exact::<lifecycle::QueryChaincodeDefinitionArgs>(bytes));
        }
        _ => {}
    }
}

fn result(tally: &mut Tally, place: &str, call: &Call, bytes: &Bytes) {
    match call.function() {
        ("_lifecycle", "InstallChaincode") => {
            drop(tally.exact::<lifecycle::InstallChaincodeResult>(bytes));
        }
        ("_lifecycle", "CheckCommitReadiness") => {
            drop(tally.with_maps::<lifecycle::CheckCommitReadinessResult>(bytes, &maps::READINESS));
        }
        ("_lifecycle", "QueryApprovedChaincodeDefinition") => {
            drop(tally.exact::<lifecycle::QueryApprovedChaincodeDefinitionResult>(bytes));
        }
        ("_lifecycle", "QueryApprovedChaincodeDefinitions") => {
            drop(tally.exact::<lifecycle::QueryApprovedChaincodeDefinitionsResult>(bytes));
        }
        ("_lifecycle", "QueryChaincodeDefinition") => {
            drop(
                tally.with_maps::<lifecycle::QueryChaincodeDefinitionResult>(
                    bytes,
                    &maps::DEFINITION,
                ),
            );
        }
        ("_lifecycle", "QueryChaincodeDefinitions") => {
            drop(tally.exact::<lifecycle::QueryChaincodeDefinitionsResult>(bytes));
        }
        ("qscc", "GetChainInfo") => drop(tally.exact::<BlockchainInfo>(bytes)),
        ("qscc", "GetTransactionByID") => {
            if let Some(found) = tally.exact::<ProcessedTransaction>(bytes) {
                let envelope = found.transaction_envelope.unwrap();
                transaction::payload(tally, &envelope.payload);
            }
        }
        ("qscc", _) => blocks::block(tally, place, bytes),
        _ => {}
    }
}

fn walk(tally: &mut Tally, directory: &str) {
    for file in golden::files(directory, ".signed_proposal") {
        tally.at(&file);
        let call = proposal(tally, &golden::read(&file));
        let number = file.trim_end_matches("signed_proposal");
        for organisation in 1..=3 {
            let file = format!("{number}Org{organisation}.response");
            if golden::path(&file).exists() {
                tally.at(&file);
                response(tally, &file, call.as_ref(), &golden::read(&file));
            }
        }
    }
}

#[test]
fn proposals_and_responses_come_back() {
    let mut tally = Tally::default();
    walk(&mut tally, "proposals");
    walk(&mut tally, "aux/proposals");
    tally.assert_exceptions(&[]);
    tally.assert_at_least(&[
        ("protos::SignedProposal", 247),
        ("protos::ProposalResponse", 353),
        ("protos::ChaincodeAction", 343),
    ]);
    tally.assert_total(5066);
}
