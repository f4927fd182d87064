//! Which names and versions the lifecycle accepts.
//!
//! Fabric: core/chaincode/lifecycle/scc.go; all three expressions are over ASCII.

const SYSTEM: [&str; 5] = ["cscc", "escc", "lscc", "qscc", "vscc"];

/// `^[a-zA-Z0-9]+([-_][a-zA-Z0-9]+)*$`
pub fn is_chaincode_name(name: &str) -> bool {
    name.split(['-', '_'])
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// A name no user chaincode may have. (`_lifecycle` is not in Fabric's list; the expression above refuses it.)
pub fn is_reserved(name: &str) -> bool {
    SYSTEM.contains(&name)
}

/// `^[A-Za-z0-9_.+-]+$`
pub fn is_version(version: &str) -> bool {
    !version.is_empty()
        && version
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'+' | b'-'))
}

/// `^[A-Za-z0-9-]+([A-Za-z0-9_-]+)*$`
pub(super) fn is_collection_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'-')
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chaincode_names() {
        for good in ["a", "my-cc_2", "9", "A-b"] {
            assert!(is_chaincode_name(good), "{good}");
        }
        for bad in [
            "",
            "a--b",
            "a_",
            "_a",
            "-a",
            "a.b",
            "é",
            "a\n",
            "_lifecycle",
        ] {
            assert!(!is_chaincode_name(bad), "{bad}");
        }
    }

    #[test]
    fn versions() {
        for good in ["1.0", "v1-rc+5_x", "."] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["", "1 0", "1/0", "1\n"] {
            assert!(!is_version(bad), "{bad}");
        }
    }

    #[test]
    fn collection_names() {
        for good in ["collA", "-", "a__b", "a-"] {
            assert!(is_collection_name(good), "{good}");
        }
        for bad in ["", "_implicit_org_Org1MSP", "a.b", "a\n"] {
            assert!(!is_collection_name(bad), "{bad}");
        }
    }
}
