//! What a legacy package's code becomes, so that the builders of today run it.

use super::gzip::Gunzip;
use super::parse::{MAX_CODE, MAX_CODE_ENTRIES, db_artifacts};
use super::tar_reader::TarReader;
use super::{InvalidLabel, Label, Package, PackageId, PackageMetadata};
use bytes::Bytes;

/// The chaincode type that may carry a component. Nothing has run it since Fabric 2.0, and yet every peer that validates
/// takes an instantiation of it: a type of our own would be refused by the others.
const CARRIER: &str = "CAR";

/// A package from before the `_lifecycle` chaincode: its code, and what its deployment specification says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyCode {
    /// As in `ChaincodeSpec.Type`: `GOLANG`, `NODE`, `JAVA`, `CAR`.
    pub kind: String,
    pub path: String,
    pub name: String,
    /// A gzipped tar.
    pub code: Bytes,
}

impl Package {
    /// The package that a build of `id` (`name:version`) gets to see.
    ///
    /// Its metadata is what the specification says, except that code of type `CAR` with a `*.wasm` file in it is of
    /// type `wasm`.
    ///
    /// Fabric: core/chaincode/persistence/chaincode_package.go, FallbackPackageLocator.
    ///
    /// # Errors
    /// When the chaincode's name cannot be a label.
    pub fn of_legacy(id: PackageId, legacy: LegacyCode) -> Result<Self, InvalidLabel> {
        let LegacyCode {
            kind,
            path,
            name,
            code,
        } = legacy;
        let label = Label::new(name.as_str())?;
        let kind = match kind == CARRIER && holds_component(&code) {
            true => "wasm".to_owned(),
            false => kind,
        };
        let metadata = PackageMetadata {
            path,
            kind,
            label: name,
        };
        Ok(Self {
            id,
            label,
            metadata_json: json(&metadata),
            metadata,
            db_artifacts: db_artifacts(&code).unwrap_or_default(),
            first_code: code.clone(),
            code,
        })
    }

    /// Whether the code is a gzipped tar to its end.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn check_code_archive(&self) -> Result<(), String> {
        db_artifacts(&self.code).map(drop)
    }
}

/// The members in the order in which Fabric writes these.
fn json(metadata: &PackageMetadata) -> Bytes {
    let text = |value: &str| serde_json::Value::from(value).to_string();
    Bytes::from(format!(
        r#"{{"type":{},"path":{},"label":{}}}"#,
        text(&metadata.kind),
        text(&metadata.path),
        text(&metadata.label)
    ))
}

fn holds_component(code: &[u8]) -> bool {
    let Ok(stream) = Gunzip::new(code, MAX_CODE) else {
        return false;
    };
    let mut tar = TarReader::new(stream, MAX_CODE_ENTRIES);
    while let Ok(Some(entry)) = tar.next_header() {
        if entry.is_file() && entry.name.ends_with(".wasm") {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code_archive;
    use std::collections::BTreeMap;

    fn legacy(kind: &str, file: &str) -> Package {
        let files = BTreeMap::from([(file.to_owned(), b"\0asm".to_vec())]);
        let code = LegacyCode {
            kind: kind.to_owned(),
            path: "a\"b".to_owned(),
            name: "my_cc".to_owned(),
            code: code_archive(&files).unwrap().into(),
        };
        Package::of_legacy(PackageId::from("my_cc:1.0"), code).unwrap()
    }

    #[test]
    fn metadata_is_made_from_the_specification() {
        let package = legacy("GOLANG", "src/main.go");
        assert_eq!(package.id.as_str(), "my_cc:1.0");
        assert_eq!(
            &package.metadata_json[..],
            br#"{"type":"GOLANG","path":"a\"b","label":"my_cc"}"#
        );
    }

    #[test]
    fn a_component_travels_as_car() {
        assert_eq!(legacy("CAR", "src/chaincode.wasm").metadata.kind, "wasm");
        assert_eq!(legacy("CAR", "a.car").metadata.kind, "CAR");
        assert_eq!(legacy("GOLANG", "chaincode.wasm").metadata.kind, "GOLANG");
    }

    #[test]
    fn a_name_that_is_no_label_is_refused() {
        let code = LegacyCode {
            kind: "CAR".to_owned(),
            path: String::new(),
            name: "a/b".to_owned(),
            code: Bytes::new(),
        };
        assert!(Package::of_legacy(PackageId::from("a/b:1"), code).is_err());
    }
}
