use bytes::Bytes;
use prost::Message;
use selvedge_identity::{SigningIdentity, tx_id};
use selvedge_protos::common::{
    ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader,
};
use selvedge_protos::kvrwset::{
    HashedRwSet, KvMetadataEntry, KvMetadataWrite, KvMetadataWriteHash, KvRead, KvReadHash,
    KvWrite, KvWriteHash, KvrwSet, RangeQueryInfo, Version,
};
use selvedge_protos::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEndorsedAction, ChaincodeHeaderExtension,
    ChaincodeId, Endorsement, ProposalResponsePayload, Transaction, TransactionAction,
};
use selvedge_protos::rwset::{CollectionHashedReadWriteSet, NsReadWriteSet, TxReadWriteSet};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// A transaction under construction. What is set here replaces what an honest client and honest endorsers would have put
/// there; everything that depends on it (hashes, signatures) is made to fit, unless it is replaced too.
#[derive(Clone)]
pub(super) struct Draft<'a> {
    pub(super) header_type: i32,
    pub(super) channel: String,
    pub(super) epoch: u64,
    pub(super) nonce: Bytes,
    pub(super) creator: Bytes,
    pub(super) signer: &'a SigningIdentity,
    pub(super) endorsers: Vec<&'a SigningIdentity>,
    /// In the header's extension.
    pub(super) named: Option<ChaincodeId>,
    /// In the action.
    pub(super) ran: Option<ChaincodeId>,
    pub(super) events: Bytes,
    sets: Vec<(String, Set)>,
    pub(super) with: Replaced,
}

/// Bytes that stand where others would.
#[derive(Clone, Default)]
pub(super) struct Replaced {
    pub(super) tx_id: Option<String>,
    pub(super) header: Option<Option<Header>>,
    pub(super) channel_header: Option<Bytes>,
    pub(super) signature_header: Option<Bytes>,
    pub(super) header_extension: Option<Bytes>,
    pub(super) results: Option<Bytes>,
    pub(super) chaincode_action: Option<Bytes>,
    pub(super) proposal_hash: Option<Bytes>,
    pub(super) response_payload: Option<Bytes>,
    pub(super) proposal_payload: Option<Bytes>,
    /// `Some(None)`: none.
    pub(super) endorsed_action: Option<Option<ChaincodeEndorsedAction>>,
    pub(super) action_payload: Option<Bytes>,
    pub(super) action_header: Option<Bytes>,
    pub(super) actions: Option<usize>,
    pub(super) data: Option<Bytes>,
    pub(super) payload: Option<Bytes>,
    pub(super) signature: Option<Bytes>,
}

#[derive(Clone, Default)]
struct Set {
    public: KvrwSet,
    collections: BTreeMap<String, (HashedRwSet, Bytes)>,
}

fn bytes(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

pub(super) fn sha256(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(&Sha256::digest(bytes))
}

pub(super) fn chaincode(name: &str, version: &str) -> Option<ChaincodeId> {
    Some(ChaincodeId {
        name: name.to_owned(),
        version: version.to_owned(),
        ..ChaincodeId::default()
    })
}

pub(super) fn entry(name: &str, value: &[u8]) -> KvMetadataEntry {
    KvMetadataEntry {
        name: name.to_owned(),
        value: Bytes::copy_from_slice(value),
    }
}

/// The key's own policy.
pub(super) fn policy(policy: &impl Message) -> KvMetadataEntry {
    entry("VALIDATION_PARAMETER", &policy.encode_to_vec())
}

impl<'a> Draft<'a> {
    pub(super) fn new(
        signer: &'a SigningIdentity,
        endorsers: &[&'a SigningIdentity],
        nonce: u64,
    ) -> Self {
        Self {
            header_type: HeaderType::EndorserTransaction as i32,
            channel: "golden".to_owned(),
            epoch: 0,
            nonce: Bytes::copy_from_slice(format!("nonce of draft {nonce}").as_bytes()),
            creator: signer.serialized().clone(),
            signer,
            endorsers: endorsers.to_vec(),
            named: chaincode("kv", ""),
            ran: chaincode("kv", "2.0"),
            events: Bytes::new(),
            sets: Vec::new(),
            with: Replaced::default(),
        }
    }

    pub(super) fn edit(mut self, edit: impl FnOnce(&mut Self)) -> Self {
        edit(&mut self);
        self
    }

    pub(super) fn endorsed_by(mut self, endorsers: &[&'a SigningIdentity]) -> Self {
        self.endorsers = endorsers.to_vec();
        self
    }

    fn set(&mut self, namespace: &str) -> &mut Set {
        let at = self.sets.iter().position(|(known, _)| known == namespace);
        let at = at.unwrap_or_else(|| {
            self.sets.push((namespace.to_owned(), Set::default()));
            self.sets.len() - 1
        });
        &mut self.sets[at].1
    }

    /// A second read-write set of a namespace that may have one already.
    pub(super) fn again(mut self, namespace: &str) -> Self {
        self.sets.push((namespace.to_owned(), Set::default()));
        self
    }

    pub(super) fn read(mut self, namespace: &str, key: &str, version: Option<(u64, u64)>) -> Self {
        self.set(namespace).public.reads.push(KvRead {
            key: key.to_owned(),
            version: version.map(|(block_num, tx_num)| Version { block_num, tx_num }),
        });
        self
    }

    pub(super) fn range(mut self, namespace: &str, info: RangeQueryInfo) -> Self {
        self.set(namespace).public.range_queries_info.push(info);
        self
    }

    pub(super) fn put(self, namespace: &str, key: &str, value: &str) -> Self {
        self.put_bytes(namespace, key, Bytes::copy_from_slice(value.as_bytes()))
    }

    pub(super) fn put_bytes(mut self, namespace: &str, key: &str, value: Bytes) -> Self {
        self.set(namespace).public.writes.push(KvWrite {
            key: key.to_owned(),
            is_delete: false,
            value,
        });
        self
    }

    pub(super) fn delete(mut self, namespace: &str, key: &str) -> Self {
        self.set(namespace).public.writes.push(KvWrite {
            key: key.to_owned(),
            is_delete: true,
            value: Bytes::new(),
        });
        self
    }

    pub(super) fn metadata(
        mut self,
        namespace: &str,
        key: &str,
        entries: Vec<KvMetadataEntry>,
    ) -> Self {
        self.set(namespace)
            .public
            .metadata_writes
            .push(KvMetadataWrite {
                key: key.to_owned(),
                entries,
            });
        self
    }

    fn hashed(&mut self, namespace: &str, collection: &str) -> &mut HashedRwSet {
        let collections = &mut self.set(namespace).collections;
        &mut collections.entry(collection.to_owned()).or_default().0
    }

    pub(super) fn read_hash(
        mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        version: Option<(u64, u64)>,
    ) -> Self {
        let read = KvReadHash {
            key_hash: sha256(key.as_bytes()),
            version: version.map(|(block_num, tx_num)| Version { block_num, tx_num }),
        };
        self.hashed(namespace, collection).hashed_reads.push(read);
        self
    }

    /// Nobody has the private data: it stays missing.
    pub(super) fn put_hash(
        mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        value_hash: &[u8],
    ) -> Self {
        let write = KvWriteHash {
            key_hash: sha256(key.as_bytes()),
            value_hash: Bytes::copy_from_slice(value_hash),
            ..KvWriteHash::default()
        };
        self.hashed(namespace, collection).hashed_writes.push(write);
        let set = self.set(namespace).collections.get_mut(collection);
        set.unwrap().1 = sha256(b"private write set");
        self
    }

    /// The private write set that is said to belong to what was written.
    pub(super) fn private_hash(mut self, namespace: &str, collection: &str, hash: Bytes) -> Self {
        let set = self.set(namespace).collections.get_mut(collection);
        set.unwrap().1 = hash;
        self
    }

    pub(super) fn metadata_hash(
        mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        entries: Vec<KvMetadataEntry>,
    ) -> Self {
        let write = KvMetadataWriteHash {
            key_hash: sha256(key.as_bytes()),
            entries,
        };
        self.hashed(namespace, collection)
            .metadata_writes
            .push(write);
        self
    }

    fn results(&self) -> Bytes {
        let sets = self.sets.iter().map(|(namespace, set)| NsReadWriteSet {
            namespace: namespace.clone(),
            rwset: bytes(&set.public),
            collection_hashed_rwset: set
                .collections
                .iter()
                .map(|(name, (hashed, hash))| CollectionHashedReadWriteSet {
                    collection_name: name.clone(),
                    hashed_rwset: bytes(hashed),
                    pvt_rwset_hash: hash.clone(),
                })
                .collect(),
        });
        bytes(&TxReadWriteSet {
            data_model: 0,
            ns_rwset: sets.collect(),
        })
    }

    pub(super) fn tx_id(&self) -> String {
        tx_id(&self.nonce, &self.creator)
    }

    fn channel_header(&self) -> Bytes {
        let extension = self.with.header_extension.clone();
        let extension = extension.unwrap_or_else(|| {
            bytes(&ChaincodeHeaderExtension {
                chaincode_id: self.named.clone(),
            })
        });
        let header = ChannelHeader {
            r#type: self.header_type,
            channel_id: self.channel.clone(),
            tx_id: self.with.tx_id.clone().unwrap_or_else(|| self.tx_id()),
            epoch: self.epoch,
            extension,
            ..ChannelHeader::default()
        };
        let replaced = self.with.channel_header.clone();
        replaced.unwrap_or_else(|| bytes(&header))
    }

    fn signature_header(&self) -> Bytes {
        let replaced = self.with.signature_header.clone();
        replaced.unwrap_or_else(|| {
            bytes(&SignatureHeader {
                creator: self.creator.clone(),
                nonce: self.nonce.clone(),
            })
        })
    }

    fn action_header(&self) -> Bytes {
        let replaced = self.with.action_header.clone();
        replaced.unwrap_or_else(|| self.signature_header())
    }

    fn proposal_payload(&self) -> Bytes {
        let replaced = self.with.proposal_payload.clone();
        replaced.unwrap_or_else(|| Bytes::from_static(b"\x0a\x08proposal"))
    }

    fn response_payload(&self) -> Bytes {
        let action = self.with.chaincode_action.clone();
        let action = action.unwrap_or_else(|| {
            bytes(&ChaincodeAction {
                results: (self.with.results.clone()).unwrap_or_else(|| self.results()),
                events: self.events.clone(),
                response: None,
                chaincode_id: self.ran.clone(),
            })
        });
        let hash = Sha256::new()
            .chain_update(self.channel_header())
            .chain_update(self.action_header())
            .chain_update(self.proposal_payload())
            .finalize();
        let hash = Bytes::copy_from_slice(&hash);
        let replaced = self.with.response_payload.clone();
        replaced.unwrap_or_else(|| {
            bytes(&ProposalResponsePayload {
                proposal_hash: self.with.proposal_hash.clone().unwrap_or(hash),
                extension: action,
            })
        })
    }

    fn action_payload(&self) -> Bytes {
        let response = self.response_payload();
        let endorse = |endorser: &&SigningIdentity| {
            let identity = endorser.serialized().clone();
            let signed = [response.as_ref(), &identity].concat();
            Endorsement {
                signature: endorser.sign(&signed).into(),
                endorser: identity,
            }
        };
        let endorsed = ChaincodeEndorsedAction {
            endorsements: self.endorsers.iter().map(endorse).collect(),
            proposal_response_payload: response.clone(),
        };
        let replaced = self.with.action_payload.clone();
        replaced.unwrap_or_else(|| {
            bytes(&ChaincodeActionPayload {
                chaincode_proposal_payload: self.proposal_payload(),
                action: (self.with.endorsed_action.clone()).unwrap_or(Some(endorsed)),
            })
        })
    }

    fn data(&self) -> Bytes {
        if let Some(data) = &self.with.data {
            return data.clone();
        }
        let action = TransactionAction {
            header: self.action_header(),
            payload: self.action_payload(),
        };
        bytes(&Transaction {
            actions: vec![action; self.with.actions.unwrap_or(1)],
        })
    }

    pub(super) fn payload(&self) -> Bytes {
        let header = Some(Header {
            channel_header: self.channel_header(),
            signature_header: self.signature_header(),
        });
        let replaced = self.with.payload.clone();
        replaced.unwrap_or_else(|| {
            bytes(&Payload {
                header: self.with.header.clone().unwrap_or(header),
                data: self.data(),
            })
        })
    }

    pub(super) fn envelope(&self) -> Bytes {
        let payload = self.payload();
        let signature = self.with.signature.clone();
        let signature = signature.unwrap_or_else(|| self.signer.sign(&payload).into());
        bytes(&Envelope { payload, signature })
    }
}
