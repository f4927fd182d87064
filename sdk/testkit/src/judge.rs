//! Who had to endorse a transaction: the question that a peer asks of every transaction in a block, before conflicts.
//!
//! Fabric: core/common/validation/statebased/validator_keylevel.go and v20.go. The peer's own code for this
//! (`peer/src/validation`) reads definitions from the channel's state; here they come from the test.

use crate::definition::Rule;
use crate::must::must;
use crate::network::Inner;
use crate::rwset::{decode, readable_key};
use crate::{Network, Simulated};
use prost::Message;
use selvedge_identity::Identity;
use selvedge_interface::VALIDATION_PARAMETER;
use selvedge_ledger::{Snapshot, WrittenKey};
use selvedge_protos::common::SignaturePolicyEnvelope;
use selvedge_protos::protos::TxValidationCode as Code;
use selvedge_protos::{kvrwset, rwset};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A transaction's code before conflicts, and why it is not valid.
pub(crate) type Judgement = (Code, Option<String>);

/// The walk through a block.
pub(crate) struct Judge<'n> {
    network: &'n Inner,
    snapshot: &'n Snapshot,
    /// Keys whose policy an earlier transaction of the block changes: namespace, collection, key or its hash.
    changed: BTreeSet<(String, String, Vec<u8>)>,
    tx_ids: BTreeSet<String>,
}

impl<'n> Judge<'n> {
    pub(crate) fn new(network: &'n Network, snapshot: &'n Snapshot) -> Self {
        Self {
            network: &network.0,
            snapshot,
            changed: BTreeSet::new(),
            tx_ids: BTreeSet::new(),
        }
    }

    pub(crate) fn judge(&mut self, transaction: &Simulated) -> Judgement {
        let tx_id = transaction.tx_id();
        let ledger = self.network.current().ledger.has_transaction(tx_id);
        if must("looking for a transaction", ledger) || !self.tx_ids.insert(tx_id.to_owned()) {
            let why = format!("{tx_id} is on the chain already");
            return (Code::DuplicateTxid, Some(why));
        }
        match self.endorsed(transaction) {
            Ok(()) => {
                self.changed.extend(changed_policies(transaction));
                (Code::Valid, None)
            }
            Err(why) => (Code::EndorsementPolicyFailure, Some(why)),
        }
    }

    fn endorsed(&self, transaction: &Simulated) -> Result<(), String> {
        let endorsers = transaction.endorser_identities();
        if self.network.organisations.is_empty() {
            return Ok(());
        }
        let written = &transaction.results().written;
        let mut asked = BTreeSet::new();
        for key in written {
            if self.changed.contains(&place(key)) {
                return Err(format!(
                    "{} has a policy that an earlier transaction of this block changes",
                    name(key)
                ));
            }
            if let Some(rule) = self.key_policy(key)? {
                check(&rule, &name(key), endorsers)?;
            } else if asked.insert((key.namespace.as_str(), key.collection.as_str())) {
                self.check_space(&key.namespace, &key.collection, endorsers)?;
            }
        }
        if written
            .iter()
            .all(|key| key.namespace != transaction.chaincode())
        {
            self.check_space(transaction.chaincode(), "", endorsers)?;
        }
        Ok(())
    }

    /// The policy of a collection that has one, else that of the chaincode.
    fn check_space(
        &self,
        chaincode: &str,
        collection: &str,
        endorsers: &[Arc<Identity>],
    ) -> Result<(), String> {
        let found = self.network.collections.find(chaincode, collection);
        if let Some(text) = found.as_ref().and_then(|found| found.policy()) {
            let rule = Rule::parse(text, &self.network.msps);
            return check(&rule, &format!("{chaincode}/{collection}"), endorsers);
        }
        let definitions = self.network.chaincode.read();
        match definitions.get(chaincode).and_then(|it| it.policy.as_ref()) {
            Some(rule) => check(rule, chaincode, endorsers),
            None => Ok(()),
        }
    }

    fn key_policy(&self, key: &WrittenKey) -> Result<Option<Rule>, String> {
        let entries = match key.collection.is_empty() {
            true => self.snapshot.metadata(&key.namespace, &key.key),
            false => self.snapshot.private_metadata(
                &key.namespace,
                &key.collection,
                &Sha256::digest(&key.key),
            ),
        };
        let entries = must("reading a key's policy", entries);
        let stored = entries
            .into_iter()
            .find(|entry| entry.name == VALIDATION_PARAMETER && !entry.value.is_empty());
        let Some(stored) = stored else {
            return Ok(None);
        };
        let envelope = SignaturePolicyEnvelope::decode(stored.value)
            .map_err(|error| format!("the policy of {} is none: {error}", name(key)))?;
        Rule::compile(&envelope, &self.network.msps).map(Some)
    }
}

fn check(rule: &Rule, what: &str, endorsers: &[Arc<Identity>]) -> Result<(), String> {
    if rule.is_satisfied(endorsers) {
        return Ok(());
    }
    let by: Vec<&str> = endorsers.iter().map(|endorser| endorser.msp_id()).collect();
    Err(format!(
        "{what} asks for {}; endorsed by {}",
        rule.text,
        if by.is_empty() {
            "nobody".to_owned()
        } else {
            by.join(", ")
        }
    ))
}

fn name(key: &WrittenKey) -> String {
    let shown = readable_key(&key.key);
    match key.collection.is_empty() {
        true => format!("{}/{shown}", key.namespace),
        false => format!("{}/{}/{shown}", key.namespace, key.collection),
    }
}

fn place(key: &WrittenKey) -> (String, String, Vec<u8>) {
    let bytes = match key.collection.is_empty() {
        true => key.key.as_bytes().to_vec(),
        false => Sha256::digest(&key.key).to_vec(),
    };
    (key.namespace.clone(), key.collection.clone(), bytes)
}

/// Keys whose metadata a transaction writes.
fn changed_policies(transaction: &Simulated) -> Vec<(String, String, Vec<u8>)> {
    let mut changed = Vec::new();
    for namespace in decode::<rwset::TxReadWriteSet>(&transaction.results().public).ns_rwset {
        let name = namespace.namespace;
        for write in decode::<kvrwset::KvrwSet>(&namespace.rwset).metadata_writes {
            changed.push((name.clone(), String::new(), write.key.into_bytes()));
        }
        for collection in namespace.collection_hashed_rwset {
            let of = collection.collection_name;
            for write in decode::<kvrwset::HashedRwSet>(&collection.hashed_rwset).metadata_writes {
                changed.push((name.clone(), of.clone(), write.key_hash.to_vec()));
            }
        }
    }
    changed
}
