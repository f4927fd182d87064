//! Which namespaces a transaction is judged by, in Fabric's order: that of the read-write set.

use super::{is_internal, is_system};
use crate::validation::writes::NamespaceWrites;
use selvedge_protos::protos::TxValidationCode as Code;
use std::collections::BTreeSet;

/// `always`: the invoked chaincode comes first, even where it wrote nothing (capability V1_2).
pub(super) fn to_judge(
    mut written: Vec<NamespaceWrites>,
    chaincode: &str,
    always: bool,
) -> Result<Vec<NamespaceWrites>, Code> {
    let mut seen = BTreeSet::new();
    if !written
        .iter()
        .all(|set| seen.insert(set.namespace.as_str()))
    {
        return Err(Code::IllegalWriteset);
    }
    if is_internal(chaincode) {
        return Err(Code::IllegalWriteset);
    }
    let own = written.iter().position(|set| set.namespace == chaincode);
    if is_system(chaincode) || always {
        let own = match own {
            Some(own) => written.remove(own),
            None => NamespaceWrites {
                namespace: chaincode.to_owned(),
                ..Default::default()
            },
        };
        // What a system chaincode may write elsewhere is its own rule.
        if is_system(chaincode) {
            return Ok(vec![own]);
        }
        written.retain(NamespaceWrites::is_written);
        refuse_system(&written)?;
        written.insert(0, own);
        return Ok(written);
    }
    written.retain(NamespaceWrites::is_written);
    refuse_system(&written)?;
    Ok(written)
}

/// No application chaincode writes for `lscc`, or for chaincode that it could not have called.
fn refuse_system(written: &[NamespaceWrites]) -> Result<(), Code> {
    let illegal = |name: &str| matches!(name, "lscc" | "cscc" | "vscc" | "escc");
    match written.iter().any(|set| illegal(&set.namespace)) {
        true => Err(Code::IllegalWriteset),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::writes::WrittenKey;
    use bytes::Bytes;

    fn set(namespace: &str, keys: usize) -> NamespaceWrites {
        NamespaceWrites {
            namespace: namespace.to_owned(),
            keys: vec![
                WrittenKey {
                    collection: String::new(),
                    key: Bytes::from_static(b"k"),
                };
                keys
            ],
            ..Default::default()
        }
    }

    fn judged(
        written: Vec<NamespaceWrites>,
        chaincode: &str,
        always: bool,
    ) -> Result<Vec<String>, Code> {
        let judged = to_judge(written, chaincode, always)?;
        Ok(judged.into_iter().map(|set| set.namespace).collect())
    }

    #[test]
    fn the_invoked_one_comes_first_then_those_that_were_written() {
        let written = || vec![set("b", 1), set("a", 1), set("cc", 0), set("c", 0)];
        assert_eq!(judged(written(), "cc", true).unwrap(), ["cc", "b", "a"]);
        assert_eq!(judged(written(), "cc", false).unwrap(), ["b", "a"]);
        assert_eq!(judged(vec![], "cc", true).unwrap(), ["cc"]);
        assert!(judged(vec![], "cc", false).unwrap().is_empty());
    }

    #[test]
    fn of_a_system_chaincode_only_its_own() {
        let written = vec![set("cc", 1), set("lscc", 1)];
        assert_eq!(judged(written, "lscc", true).unwrap(), ["lscc"]);
        assert_eq!(judged(vec![], "qscc", false).unwrap(), ["qscc"]);
    }

    #[test]
    fn some_writes_are_never_legal() {
        for namespace in ["lscc", "cscc", "vscc", "escc"] {
            let illegal = judged(vec![set(namespace, 1)], "cc", true);
            assert_eq!(illegal, Err(Code::IllegalWriteset), "{namespace}");
            // Reading is.
            assert!(judged(vec![set(namespace, 0)], "cc", true).is_ok());
        }
        let twice = vec![set("a", 0), set("a", 1)];
        assert_eq!(judged(twice, "cc", true), Err(Code::IllegalWriteset));
        assert_eq!(judged(vec![], "vscc", true), Err(Code::IllegalWriteset));
    }
}
