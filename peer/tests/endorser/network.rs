//! Peers of several organisations at the end of the recorded channel, going on from there with transactions of our own.

use crate::{
    organisation::{NOW, Organisation, ScriptRuntime, msp_dir},
    recording::Recording,
};
use bytes::Bytes;
use prost::Message;
use selvedge_identity::SigningIdentity;
use selvedge_ledger::{BlockHeader, data_hash};
use selvedge_peer::{
    client::{self, Call, Fresh, Proposal},
    endorser::Refused,
    node::commit_block,
};
use selvedge_protos::{common, protos::ProposalResponse};
use std::collections::BTreeMap;

pub(crate) const CHANNEL: &str = "golden";

pub(crate) struct Network {
    pub(crate) organisations: BTreeMap<&'static str, Organisation>,
    proposals: u64,
}

/// A call of `script` with these operations.
pub(crate) fn script(chaincode: &str, operations: &str) -> Call {
    Call {
        channel: CHANNEL.to_owned(),
        chaincode: chaincode.to_owned(),
        args: vec![
            Bytes::from_static(b"run"),
            Bytes::copy_from_slice(operations.as_bytes()),
        ],
        ..Call::default()
    }
}

/// A call of `_lifecycle`.
pub(crate) fn lifecycle(channel: &str, function: &str, args: &impl Message) -> Call {
    Call {
        channel: channel.to_owned(),
        chaincode: "_lifecycle".to_owned(),
        args: vec![
            Bytes::copy_from_slice(function.as_bytes()),
            args.encode_to_vec().into(),
        ],
        ..Call::default()
    }
}

/// `Admin` or `User1` of an organisation.
pub(crate) fn identity(org: &str, user: &str) -> SigningIdentity {
    let dir = msp_dir(
        org,
        &format!("users/{user}@{}.example.com", org.to_lowercase()),
    );
    SigningIdentity::from_msp_dir(dir, &format!("{org}MSP")).unwrap()
}

impl Network {
    pub(crate) fn new(names: &[&'static str]) -> Self {
        let native: Vec<_> = names
            .iter()
            .map(|name| (*name, ScriptRuntime::Native))
            .collect();
        Self::on(&native)
    }

    pub(crate) fn on(names: &[(&'static str, ScriptRuntime)]) -> Self {
        let recording = Recording::load("");
        let open = |(name, runtime): &(&'static str, ScriptRuntime)| {
            let mut organisation = Organisation::new(name, *runtime);
            organisation.install_recorded_packages();
            organisation.advance(&recording, CHANNEL, recording.height());
            (*name, organisation)
        };
        Self {
            organisations: names.iter().map(open).collect(),
            proposals: 0,
        }
    }

    pub(crate) fn sign(&mut self, call: &Call, signer: &SigningIdentity) -> Proposal {
        self.proposals += 1;
        let mut nonce = [7; 24];
        nonce[..8].copy_from_slice(&self.proposals.to_le_bytes());
        let now = prost_types::Timestamp {
            seconds: i64::try_from(NOW).unwrap(),
            nanos: 0,
        };
        Proposal::new(call, signer, &Fresh { nonce, now }).unwrap()
    }

    pub(crate) fn ask(&self, org: &str, proposal: &Proposal) -> Result<ProposalResponse, Refused> {
        let signed = proposal.signed.encode_to_vec().into();
        self.organisations[org].endorser.process_proposal(signed)
    }

    /// The response of one peer to a call by that organisation's administrator.
    pub(crate) fn query(&mut self, org: &str, call: &Call) -> ProposalResponse {
        let proposal = self.sign(call, &identity(org, "Admin"));
        self.ask(org, &proposal).unwrap()
    }

    /// Status and message, for what must fail.
    pub(crate) fn refused(&mut self, org: &str, call: &Call) -> String {
        let response = self.query(org, call).response.unwrap();
        assert!(response.status >= 400, "{response:?}");
        response.message
    }

    /// Endorsed by these organisations, submitted by the first one's administrator, committed everywhere in a block of
    /// its own: the validation code.
    pub(crate) fn transact(&mut self, orgs: &[&str], call: &Call) -> u8 {
        let signer = identity(orgs[0], "Admin");
        let proposal = self.sign(call, &signer);
        let responses: Vec<_> = orgs
            .iter()
            .map(|org| self.ask(org, &proposal).unwrap())
            .collect();
        let envelope = client::assemble(&proposal, &responses, &signer).unwrap();
        let codes = self.commit(vec![envelope.encode_to_vec().into()]);
        codes[0]
    }

    /// One block on every peer; all must find the same codes.
    pub(crate) fn commit(&mut self, envelopes: Vec<Bytes>) -> Vec<u8> {
        let mut found: Option<Vec<u8>> = None;
        for organisation in self.organisations.values() {
            let channel = organisation.peer.channel(CHANNEL).unwrap();
            let info = channel.ledger().chain_info().unwrap();
            let block = block(info.height, info.current_block_hash, &envelopes);
            let codes = commit_block(&organisation.peer, &channel, block)
                .unwrap()
                .codes
                .clone();
            assert!(found.as_ref().is_none_or(|other| *other == codes));
            found = Some(codes);
        }
        found.unwrap()
    }
}

fn block(number: u64, previous_hash: Bytes, envelopes: &[Bytes]) -> Bytes {
    let header = BlockHeader {
        number,
        previous_hash,
        data_hash: data_hash(envelopes).to_vec().into(),
    };
    let block = common::Block {
        header: Some(common::BlockHeader {
            number: header.number,
            previous_hash: header.previous_hash,
            data_hash: header.data_hash,
        }),
        data: Some(common::BlockData {
            data: envelopes.to_vec(),
        }),
        metadata: Some(common::BlockMetadata {
            metadata: vec![Bytes::new(); 5],
        }),
    };
    block.encode_to_vec().into()
}
