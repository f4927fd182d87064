//! A transaction taken apart for a reader. What cannot be read is left out: the verdict says why.

use super::text::{self, Shown, shown};
use bytes::Bytes;
use prost::Message;
use selvedge_identity::Certificate;
use selvedge_protos::common::{ChannelHeader, Envelope, HeaderType, Payload, SignatureHeader};
use selvedge_protos::kvrwset::{HashedRwSet, KvrwSet, Version};
use selvedge_protos::msp::SerializedIdentity;
use selvedge_protos::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEvent, ChaincodeInvocationSpec,
    ChaincodeProposalPayload, ProposalResponsePayload, Transaction,
};
use selvedge_protos::rwset::TxReadWriteSet;
use serde::Serialize;

#[derive(Debug, Default, Serialize)]
pub(super) struct TransactionView {
    tx_id: String,
    /// Fabric's name of the header type.
    kind: String,
    /// Seconds since 1970, as the client wrote them.
    time: Option<i64>,
    creator: Option<Identity>,
    chaincode: String,
    args: Vec<Shown>,
    status: i32,
    endorsers: Vec<Identity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<EventView>,
    namespaces: Vec<NamespaceView>,
}

#[derive(Debug, Serialize)]
struct Identity {
    msp_id: String,
    name: String,
}

#[derive(Debug, Serialize)]
struct EventView {
    name: String,
    payload: Shown,
}

/// What a transaction read and wants to write in one namespace.
#[derive(Debug, Serialize)]
struct NamespaceView {
    name: String,
    reads: Vec<ReadView>,
    ranges: Vec<RangeView>,
    writes: Vec<WriteView>,
    collections: Vec<CollectionView>,
}

#[derive(Debug, Serialize)]
struct ReadView {
    key: String,
    version: String,
}

#[derive(Debug, Serialize)]
struct RangeView {
    start: String,
    end: String,
    /// Whether the end was reached; what comes after it does not matter otherwise.
    exhausted: bool,
}

#[derive(Debug, Serialize)]
struct WriteView {
    key: String,
    /// Nothing: a deletion.
    value: Option<Shown>,
    /// Names of metadata that is written instead of a value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metadata: Vec<String>,
}

/// Of private data only numbers: the block has nothing but hashes.
#[derive(Debug, Serialize)]
struct CollectionView {
    name: String,
    reads: usize,
    writes: usize,
}

pub(super) fn transaction(envelope: Bytes) -> TransactionView {
    read(envelope).unwrap_or_default()
}

fn read(envelope: Bytes) -> Option<TransactionView> {
    let payload: Payload = decoded(Envelope::decode(envelope).ok()?.payload)?;
    let header = payload.header?;
    let channel: ChannelHeader = decoded(header.channel_header)?;
    let kind = HeaderType::try_from(channel.r#type).ok();
    let signature: Option<SignatureHeader> = decoded(header.signature_header);
    let mut view = TransactionView {
        tx_id: channel.tx_id,
        kind: kind.map_or_else(
            || channel.r#type.to_string(),
            |kind| kind.as_str_name().to_owned(),
        ),
        time: channel.timestamp.map(|time| time.seconds),
        creator: signature.and_then(|header| identity(header.creator)),
        ..TransactionView::default()
    };
    if kind == Some(HeaderType::EndorserTransaction) {
        // What is missing stays empty.
        let _ = invocation(payload.data, &mut view);
    }
    Some(view)
}

fn invocation(data: Bytes, view: &mut TransactionView) -> Option<()> {
    let action = decoded::<Transaction>(data)?.actions.into_iter().next()?;
    let payload: ChaincodeActionPayload = decoded(action.payload)?;
    let proposal: ChaincodeProposalPayload = decoded(payload.chaincode_proposal_payload)?;
    let spec = decoded::<ChaincodeInvocationSpec>(proposal.input)?.chaincode_spec?;
    view.chaincode = spec.chaincode_id.unwrap_or_default().name;
    let args = spec.input.unwrap_or_default().args;
    view.args = args.iter().map(|arg| shown(arg)).collect();
    let endorsed = payload.action?;
    let endorsers = endorsed.endorsements.into_iter();
    view.endorsers = endorsers.filter_map(|one| identity(one.endorser)).collect();
    let response: ProposalResponsePayload = decoded(endorsed.proposal_response_payload)?;
    let action: ChaincodeAction = decoded(response.extension)?;
    view.status = action.response.unwrap_or_default().status;
    view.event = event(action.events);
    let results: TxReadWriteSet = decoded(action.results)?;
    view.namespaces = results.ns_rwset.into_iter().map(namespace).collect();
    Some(())
}

fn namespace(set: selvedge_protos::rwset::NsReadWriteSet) -> NamespaceView {
    let public: KvrwSet = decoded(set.rwset).unwrap_or_default();
    let read = |read: selvedge_protos::kvrwset::KvRead| ReadView {
        key: text::key(&read.key),
        version: version(read.version.as_ref()),
    };
    let write = |write: selvedge_protos::kvrwset::KvWrite| WriteView {
        key: text::key(&write.key),
        value: (!write.is_delete).then(|| shown(&write.value)),
        metadata: Vec::new(),
    };
    let metadata = |write: selvedge_protos::kvrwset::KvMetadataWrite| WriteView {
        key: text::key(&write.key),
        value: None,
        metadata: match write.entries.is_empty() {
            true => vec!["none".to_owned()],
            false => write.entries.into_iter().map(|entry| entry.name).collect(),
        },
    };
    let ranges = public
        .range_queries_info
        .into_iter()
        .map(|range| RangeView {
            start: text::key(&range.start_key),
            end: text::key(&range.end_key),
            exhausted: range.itr_exhausted,
        });
    let writes = public.writes.into_iter().map(write);
    let collections = set.collection_hashed_rwset.into_iter().map(|collection| {
        let hashed: HashedRwSet = decoded(collection.hashed_rwset).unwrap_or_default();
        CollectionView {
            name: collection.collection_name,
            reads: hashed.hashed_reads.len(),
            writes: hashed.hashed_writes.len() + hashed.metadata_writes.len(),
        }
    });
    NamespaceView {
        name: set.namespace,
        reads: public.reads.into_iter().map(read).collect(),
        ranges: ranges.collect(),
        writes: writes
            .chain(public.metadata_writes.into_iter().map(metadata))
            .collect(),
        collections: collections.collect(),
    }
}

fn version(version: Option<&Version>) -> String {
    version.map_or("absent".to_owned(), |version| {
        format!("{}:{}", version.block_num, version.tx_num)
    })
}

fn event(bytes: Bytes) -> Option<EventView> {
    let event: ChaincodeEvent = decoded(bytes)?;
    (!event.event_name.is_empty()).then(|| EventView {
        name: event.event_name,
        payload: shown(&event.payload),
    })
}

fn identity(bytes: Bytes) -> Option<Identity> {
    let identity: SerializedIdentity = decoded(bytes)?;
    let name = Certificate::from_pem(&identity.id_bytes)
        .map(|certificate| certificate.common_name().to_owned())
        .unwrap_or_default();
    Some(Identity {
        msp_id: identity.mspid,
        name,
    })
}

fn decoded<M: Message + Default>(bytes: Bytes) -> Option<M> {
    M::decode(bytes).ok()
}
