//! Where the lifecycle keeps what it knows.
//!
//! Two families of keys, in public state (committed definitions) and in each organisation's implicit collection (its
//! approvals, under a *private name* that carries the sequence).

/// The namespace, and the name of the system chaincode that writes it.
pub const NAMESPACE: &str = "_lifecycle";
/// Space of definitions and approvals.
pub(super) const NAMESPACES: &str = "namespaces";
/// Space of the packages an organisation chose.
pub(super) const CHAINCODE_SOURCES: &str = "chaincode-sources";

const METADATA: &str = "metadata";
const FIELDS: &str = "fields";

/// `<space>/metadata/<name>`
pub(super) fn metadata(space: &str, name: &str) -> String {
    format!("{space}/{METADATA}/{name}")
}

/// `<space>/fields/<name>/<field>`
pub(super) fn field(space: &str, name: &str, field: &str) -> String {
    format!("{space}/{FIELDS}/{name}/{field}")
}

/// What all metadata keys of a space begin with.
pub(super) fn metadata_prefix(space: &str) -> String {
    format!("{space}/{METADATA}/")
}

/// The name of one organisation's approval of `name` at `sequence`.
pub(super) fn private_name(name: &str, sequence: i64) -> String {
    format!("{name}#{sequence}")
}

/// The chaincode whose definition a write to `key` of public state changes, if it changes one.
///
/// Fabric: core/chaincode/lifecycle/deployedcc_infoprovider.go, SequenceMatcher.
pub fn updated_chaincode(key: &str) -> Option<&str> {
    let name = key
        .strip_prefix("namespaces/fields/")?
        .strip_suffix("/Sequence")?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_key_names_its_chaincode() {
        assert_eq!(
            updated_chaincode(&field(NAMESPACES, "mycc", "Sequence")),
            Some("mycc")
        );
        assert_eq!(
            updated_chaincode("namespaces/fields/mycc/Collections"),
            None
        );
        assert_eq!(updated_chaincode("namespaces/fields/a/b/Sequence"), None);
        assert_eq!(updated_chaincode("namespaces/fields//Sequence"), None);
    }
}
