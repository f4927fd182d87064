//! Transactions that no honest peer endorsed, with good signatures all the same.

use super::net::{CHANNEL, Net, specification, text};
use bytes::Bytes;
use prost::Message as _;
use selvedge_peer::client::{Call, Fresh, Proposal, assemble};
use selvedge_protos::{
    ccprovider::ChaincodeData,
    common::{Header, SignaturePolicyEnvelope},
    kvrwset::{KvMetadataEntry, KvMetadataWrite, KvWrite, KvrwSet},
    protos::{
        self, ChaincodeAction, ChaincodeDeploymentSpec, ChaincodeId, ChaincodeProposalPayload,
        Endorsement, ProposalResponse, ProposalResponsePayload, Response,
    },
    rwset::{NsReadWriteSet, TxReadWriteSet},
};
use sha2::{Digest as _, Sha256};

/// What a transaction claims; by default a good instantiation of version 1.0.
#[derive(Clone)]
pub(crate) struct Forged {
    pub(crate) chaincode: String,
    pub(crate) version: String,
    pub(crate) args: Vec<Bytes>,
    /// Keys and values by namespace.
    pub(crate) writes: Vec<(String, Vec<(String, Bytes)>)>,
    /// Endorsement policies of single keys, of the first namespace that is written.
    pub(crate) key_policies: Vec<(String, Bytes)>,
}

impl Forged {
    pub(crate) fn deploy() -> Self {
        Self::deployment("deploy", specification("1.0", &[]), data("1.0"))
    }

    pub(crate) fn deployment(
        function: &str,
        specification: ChaincodeDeploymentSpec,
        data: ChaincodeData,
    ) -> Self {
        Self {
            chaincode: "lscc".to_owned(),
            version: "syscc".to_owned(),
            args: vec![
                text(function),
                text(CHANNEL),
                specification.encode_to_vec().into(),
            ],
            writes: vec![(
                "lscc".to_owned(),
                vec![("cc".to_owned(), data.encode_to_vec().into())],
            )],
            key_policies: Vec::new(),
        }
    }

    /// A call of an application chaincode that writes these keys.
    pub(crate) fn call(chaincode: &str, version: &str, writes: &[(&str, &str)]) -> Self {
        Self {
            chaincode: chaincode.to_owned(),
            version: version.to_owned(),
            args: vec![text("f")],
            writes: writes
                .iter()
                .map(|(namespace, key)| {
                    (
                        (*namespace).to_owned(),
                        vec![((*key).to_owned(), text("v"))],
                    )
                })
                .collect(),
            key_policies: Vec::new(),
        }
    }

    pub(crate) fn with_collections(mut self, argument: &[u8], written: Option<&[u8]>) -> Self {
        self.args.resize(6, Bytes::new());
        self.args.push(Bytes::copy_from_slice(argument));
        let write =
            written.map(|value| ("cc~collection".to_owned(), Bytes::copy_from_slice(value)));
        self.writes[0].1.extend(write);
        self
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn results(&self) -> Bytes {
        let of_keys = |index: usize| match index {
            0 => self.key_policies.iter().map(key_policy).collect(),
            _ => Vec::new(),
        };
        let sets = self.writes.iter().enumerate();
        let sets = sets.map(|(index, (namespace, writes))| {
            let writes = writes.iter().map(|(key, value)| KvWrite {
                key: key.clone(),
                is_delete: false,
                value: value.clone(),
            });
            let set = KvrwSet {
                writes: writes.collect(),
                metadata_writes: of_keys(index),
                ..Default::default()
            };
            NsReadWriteSet {
                namespace: namespace.clone(),
                rwset: set.encode_to_vec().into(),
                ..Default::default()
            }
        });
        TxReadWriteSet {
            data_model: 0,
            ns_rwset: sets.collect(),
        }
        .encode_to_vec()
        .into()
    }

    /// Submitted by the administrator of an organisation, or by one of its users, and endorsed by peers.
    pub(crate) fn envelope(&self, net: &Net, submitter: (usize, bool), by: &[usize]) -> Bytes {
        let member = &net.members[submitter.0];
        let signer = if submitter.1 {
            &member.admin
        } else {
            &member.user
        };
        let call = Call {
            channel: CHANNEL.to_owned(),
            chaincode: self.chaincode.clone(),
            args: self.args.clone(),
            ..Call::default()
        };
        let proposal = Proposal::new(&call, signer, &Fresh::from_system().unwrap()).unwrap();
        let payload = self.payload(&proposal);
        let responses: Vec<_> = by
            .iter()
            .map(|member| {
                let signer = &net.members[*member].signer;
                let endorser = signer.serialized().clone();
                let signed = [&payload[..], &endorser[..]].concat();
                ProposalResponse {
                    response: Some(ok()),
                    payload: payload.clone(),
                    endorsement: Some(Endorsement {
                        signature: signer.sign(&signed).into(),
                        endorser,
                    }),
                    ..Default::default()
                }
            })
            .collect();
        let envelope = assemble(&proposal, &responses, signer).unwrap();
        envelope.encode_to_vec().into()
    }

    fn payload(&self, proposal: &Proposal) -> Bytes {
        let signed = protos::Proposal::decode(proposal.signed.proposal_bytes.clone()).unwrap();
        let header = Header::decode(signed.header).unwrap();
        let visible = ChaincodeProposalPayload::decode(signed.payload).unwrap();
        let visible = ChaincodeProposalPayload {
            input: visible.input,
            ..Default::default()
        };
        let hash = Sha256::new()
            .chain_update(&header.channel_header)
            .chain_update(&header.signature_header)
            .chain_update(visible.encode_to_vec())
            .finalize();
        let action = ChaincodeAction {
            results: self.results(),
            events: Bytes::new(),
            response: Some(ok()),
            chaincode_id: Some(ChaincodeId {
                name: self.chaincode.clone(),
                version: self.version.clone(),
                ..Default::default()
            }),
        };
        ProposalResponsePayload {
            proposal_hash: Bytes::copy_from_slice(&hash),
            extension: action.encode_to_vec().into(),
        }
        .encode_to_vec()
        .into()
    }
}

fn key_policy((key, policy): &(String, Bytes)) -> KvMetadataWrite {
    KvMetadataWrite {
        key: key.clone(),
        entries: vec![KvMetadataEntry {
            name: "VALIDATION_PARAMETER".to_owned(),
            value: policy.clone(),
        }],
    }
}

fn ok() -> Response {
    Response {
        status: 200,
        ..Default::default()
    }
}

fn admins() -> SignaturePolicyEnvelope {
    let organisations = ["Org1MSP.admin", "Org2MSP.admin", "Org3MSP.admin"];
    let listed = organisations
        .map(|principal| format!("'{principal}'"))
        .join(",");
    selvedge_identity::policy_from_string(&format!("OR({listed})")).unwrap()
}

/// A record as a good instantiation writes it.
pub(crate) fn data(version: &str) -> ChaincodeData {
    let members = selvedge_identity::any_member_of(&["Org1MSP", "Org2MSP", "Org3MSP"]);
    ChaincodeData {
        name: "cc".to_owned(),
        version: version.to_owned(),
        escc: "escc".to_owned(),
        vscc: "vscc".to_owned(),
        policy: members.encode_to_vec().into(),
        instantiation_policy: admins().encode_to_vec().into(),
        ..Default::default()
    }
}
