use super::parsed::ParsedEnvelope;
use super::writes::{self, NamespaceWrites, PrivateSet, Scope};
use bytes::Bytes;
use selvedge_protos::common::{ChannelHeader, Envelope, HeaderType, Payload};
use selvedge_protos::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEvent, ChaincodeHeaderExtension, ChaincodeId,
    ProposalResponsePayload, Transaction, TxValidationCode as Code,
};
use selvedge_protos::received;
use std::collections::BTreeSet;

/// What an endorser transaction did, according to its endorsers.
#[derive(Debug)]
pub(super) struct Endorsed {
    /// Serialized `protos.ChaincodeEvent`; empty when there is none.
    pub(super) event: Bytes,
    /// The namespaces to judge: the invoked chaincode, then every other one with a write, in byte order. (A Go peer
    /// takes them in random order and stops at the first failure.)
    pub(super) namespaces: Vec<NamespaceWrites>,
    /// The invoked chaincode and its version, as the endorsers name it.
    pub(super) ran: ChaincodeId,
}

/// What a transaction names and did, before anything about it is compared.
#[derive(Debug)]
pub(super) struct Invoked {
    /// The chaincode of the header.
    pub(super) named: ChaincodeId,
    /// The chaincode of the response.
    pub(super) ran: ChaincodeId,
    pub(super) events: Bytes,
    pub(super) results: Bytes,
    /// In the order of the read-write set.
    pub(super) written: Vec<NamespaceWrites>,
}

impl Invoked {
    pub(super) fn parse(
        envelope: &ParsedEnvelope,
        extension: &Bytes,
        scope: Scope,
    ) -> Result<Self, Code> {
        let header =
            received::<ChaincodeHeaderExtension>(envelope.channel_header.extension.clone())
                .map_err(|_| Code::BadHeaderExtension)?;
        if extension.is_empty() {
            return Err(Code::BadResponsePayload);
        }
        let action =
            received::<ChaincodeAction>(extension.clone()).map_err(|_| Code::BadResponsePayload)?;
        let written = writes::parse(&action.results, scope).map_err(|_| Code::BadRwset)?;
        let (Some(named), Some(ran)) = (header.chaincode_id, action.chaincode_id) else {
            return Err(Code::InvalidOtherReason);
        };
        Ok(Self {
            named,
            ran,
            events: action.events,
            results: action.results,
            written,
        })
    }
}

/// Chaincode name, version, event and write sets.
///
/// Fabric: core/committer/txvalidator/v20/plugindispatcher/dispatcher.go, Dispatch.
pub(super) fn check(envelope: &ParsedEnvelope, extension: &Bytes) -> Result<Endorsed, Code> {
    let Invoked {
        named,
        ran,
        events,
        written,
        ..
    } = Invoked::parse(envelope, extension, Scope::ALL)?;
    if named.name.is_empty() || named.name != ran.name || ran.version.is_empty() {
        return Err(Code::InvalidChaincode);
    }
    check_event(&events, &named.name)?;
    let namespaces = namespaces(written, &named.name)?;
    Ok(Endorsed {
        event: events,
        namespaces,
        ran,
    })
}

pub(super) fn check_event(event: &Bytes, chaincode: &str) -> Result<(), Code> {
    if event.is_empty() {
        return Ok(());
    }
    let event = received::<ChaincodeEvent>(event.clone()).map_err(|_| Code::InvalidOtherReason)?;
    if event.chaincode_id == chaincode {
        Ok(())
    } else {
        Err(Code::InvalidOtherReason)
    }
}

fn namespaces(
    mut written: Vec<NamespaceWrites>,
    chaincode: &str,
) -> Result<Vec<NamespaceWrites>, Code> {
    let mut seen = BTreeSet::new();
    if !written
        .iter()
        .all(|set| seen.insert(set.namespace.as_str()))
    {
        return Err(Code::IllegalWriteset);
    }
    if !seen.contains(chaincode) {
        written.push(NamespaceWrites {
            namespace: chaincode.to_owned(),
            ..Default::default()
        });
    }
    written.retain(|set| set.namespace == chaincode || set.is_written());
    written.sort_by(|a, b| {
        let key = |set: &NamespaceWrites| (set.namespace != chaincode, set.namespace.clone());
        key(a).cmp(&key(b))
    });
    Ok(written)
}

/// The private write sets of a transaction and the ID that its header names, whatever became of it and however little of
/// it is in order; `None` when it is not an endorser transaction with a read-write set.
///
/// Fabric: gossip/privdata/coordinator.go, getTxInfoFromTransactionBytes.
pub fn named_private_sets(envelope: &Bytes) -> Option<(String, Vec<PrivateSet>)> {
    let envelope = received::<Envelope>(envelope.clone()).ok()?;
    let payload = received::<Payload>(envelope.payload).ok()?;
    let header = received::<ChannelHeader>(payload.header?.channel_header).ok()?;
    if header.r#type != HeaderType::EndorserTransaction as i32 {
        return None;
    }
    let transaction = received::<Transaction>(payload.data).ok()?;
    let action = transaction.actions.into_iter().next()?;
    let action = received::<ChaincodeActionPayload>(action.payload).ok()?;
    let response = action.action?.proposal_response_payload;
    let response = received::<ProposalResponsePayload>(response).ok()?;
    let action = received::<ChaincodeAction>(response.extension).ok()?;
    let written = writes::parse(&action.results, Scope::ALL).ok()?;
    let sets = written.into_iter().flat_map(|writes| writes.private);
    Some((header.tx_id, sets.collect()))
}

/// The private write sets of a transaction, valid or not.
pub fn private_sets(envelope: &Bytes) -> Vec<PrivateSet> {
    named_private_sets(envelope).map_or_else(Vec::new, |(_, sets)| sets)
}
