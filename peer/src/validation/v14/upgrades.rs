//! What an upgrade does to the rest of its block.
//!
//! Fabric: core/committer/txvalidator/v14/validator.go, invalidTXsForUpgradeCC.

use crate::validation::transaction::Judgement;
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::protos::{
    ChaincodeDeploymentSpec, ChaincodeInvocationSpec, ChaincodeProposalPayload,
    TxValidationCode as Code, chaincode_spec,
};
use std::collections::BTreeMap;

/// The valid transactions of a block by what they invoke and upgrade.
#[derive(Debug, Default)]
pub(in super::super) struct Upgrades {
    invoked: Vec<(usize, String)>,
    /// All upgrades of each chaincode, in the order of the block.
    upgraded: BTreeMap<String, Vec<usize>>,
}

impl Upgrades {
    pub(in super::super) fn note(&mut self, tx: usize, judgement: &Judgement) {
        if !judgement.chaincode.is_empty() {
            self.invoked.push((tx, judgement.chaincode.clone()));
        }
        if let Some(name) = &judgement.upgrades {
            self.upgraded.entry(name.clone()).or_default().push(tx);
        }
    }

    /// Of several upgrades of a chaincode the last one counts, and nobody may have called what was upgraded.
    pub(in super::super) fn shut_out(&self, codes: &mut [u8]) {
        let conflict = Code::ChaincodeVersionConflict as i32 as u8;
        for all in self.upgraded.values() {
            for tx in all.iter().rev().skip(1) {
                if let Some(code) = codes.get_mut(*tx) {
                    *code = conflict;
                }
            }
        }
        for (tx, name) in &self.invoked {
            match codes.get_mut(*tx) {
                Some(code) if *code == 0 && self.upgraded.contains_key(name) => *code = conflict,
                _ => {}
            }
        }
    }
}

/// The chaincode that this call of `lscc` upgrades. Fabric looks at those of type `GOLANG` alone; upgrades of others
/// meet their callers as conflicts between reads and writes of the definition.
pub(super) fn upgraded(chaincode: &str, proposal: &Bytes) -> Option<String> {
    if chaincode != "lscc" {
        return None;
    }
    let payload = ChaincodeProposalPayload::decode(proposal.clone()).ok()?;
    let invocation = ChaincodeInvocationSpec::decode(payload.input).ok()?;
    let args = invocation.chaincode_spec?.input?.args;
    let [function, _, specification, ..] = args.as_slice() else {
        return None;
    };
    if &function[..] != b"upgrade" {
        return None;
    }
    let specification = ChaincodeDeploymentSpec::decode(specification.clone()).ok()?;
    let spec = specification.chaincode_spec?;
    (spec.r#type == chaincode_spec::Type::Golang as i32).then_some(spec.chaincode_id?.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_upgrade_stays_and_calls_do_not() {
        let mut upgrades = Upgrades::default();
        let call = |name: &str| (name.to_owned(), None);
        let upgrade = |name: &str| ("lscc".to_owned(), Some(name.to_owned()));
        let transactions = [upgrade("a"), call("a"), call("b"), upgrade("a"), call("a")];
        for (tx, (chaincode, upgraded)) in transactions.into_iter().enumerate() {
            upgrades.invoked.push((tx, chaincode));
            if let Some(name) = upgraded {
                upgrades.upgraded.entry(name).or_default().push(tx);
            }
        }
        let conflict = Code::ChaincodeVersionConflict as i32 as u8;
        let duplicate = Code::DuplicateTxid as i32 as u8;
        let mut codes = [0, 0, 0, 0, duplicate];
        upgrades.shut_out(&mut codes);
        assert_eq!(codes, [conflict, conflict, 0, 0, duplicate]);
    }
}
