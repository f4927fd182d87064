use sha2::{Digest, Sha256};
use std::fmt;
use thiserror::Error;

/// Fabric: core/chaincode/persistence/chaincode_package.go ValidateLabel.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "invalid label '{0}'. Label must be non-empty, can only consist of alphanumerics, symbols from '.+-_', and can only begin with alphanumerics"
)]
pub struct InvalidLabel(pub String);

/// A package's label: ASCII alphanumerics and `.+-_`, beginning with an alphanumeric.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(String);

impl Label {
    pub fn new(label: impl Into<String>) -> Result<Self, InvalidLabel> {
        let label = label.into();
        let mut bytes = label.bytes();
        let begins = bytes.next().is_some_and(|b| b.is_ascii_alphanumeric());
        if begins && bytes.all(|b| b.is_ascii_alphanumeric() || b"_.+-".contains(&b)) {
            Ok(Self(label))
        } else {
            Err(InvalidLabel(label))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names a package by its content: `<label>:<SHA-256 of the package's bytes in lower-case hex>`.
///
/// An ID that a client sent or the ledger holds may be any text; such an ID simply names no installed package.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageId(String);

impl PackageId {
    /// The ID of these bytes under this label. Fabric: core/chaincode/persistence/persistence.go PackageID.
    pub fn of(label: &Label, package: &[u8]) -> Self {
        Self(format!("{label}:{}", hex::encode(Sha256::digest(package))))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Label and hash, if this is an ID that a package can have.
    pub fn parts(&self) -> Option<(&str, &str)> {
        let (label, hash) = self.0.split_once(':')?;
        let is_hash =
            hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (is_hash && Label::new(label).is_ok()).then_some((label, hash))
    }
}

impl From<String> for PackageId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl From<&str> for PackageId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_follow_the_rule() {
        for good in ["a", "0", "kv_1.0", "Basic-1.0+beta", "9._+-"] {
            assert_eq!(Label::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "_a", ".a", "-a", "a b", "a\n", "a/b", "a:b", "é", "a\0"] {
            assert_eq!(Label::new(bad), Err(InvalidLabel(bad.to_owned())));
        }
    }

    #[test]
    fn only_a_label_and_a_hash_are_parts() {
        let id = PackageId::of(&Label::new("l").unwrap(), b"");
        assert_eq!(
            id.parts(),
            Some((
                "l",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
            ))
        );
        for odd in [
            "",
            ":",
            "l:",
            "l:E3",
            "../x:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ] {
            assert_eq!(PackageId::from(odd).parts(), None);
        }
    }
}
