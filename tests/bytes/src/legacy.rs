//! Legacy packages, plain and signed, as an install brings them and as a file holds them; and what an instantiation has
//! recorded of one.

use crate::Target;
use bytes::Bytes;
use prost::Message as _;
use selvedge_peer::legacy::{LegacyPackage, LegacyStore};
use selvedge_protos::ccprovider::ChaincodeData;
use selvedge_protos::common::{ChannelHeader, HeaderType};
use selvedge_protos::protos::{
    ChaincodeDeploymentSpec, ChaincodeId, ChaincodeInput, ChaincodeSpec, Endorsement,
    SignedChaincodeDeploymentSpec, chaincode_spec,
};
use selvedge_runtime::code_files;

pub(crate) const TARGET: Target = Target {
    name: "legacy",
    run,
    seeds,
};

fn run(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    let (brought, held) = (LegacyPackage::parse(&bytes), LegacyPackage::read(&bytes));
    for package in brought.iter().chain(&held) {
        judge(package);
    }
    // What an install takes, a start finds again; it need not be the same kind.
    if let Ok(package) = &brought {
        assert!(held.is_ok());
        stored(package);
    }
    if let (Ok(package), Ok(recorded)) = (&held, ChaincodeData::decode(bytes.clone())) {
        let _ = package.check_against(&recorded);
    }
}

fn judge(package: &LegacyPackage) {
    assert_eq!(package.fingerprint().len(), 32);
    let recorded = package.chaincode_data();
    // Names that nobody can print are refused wherever a package comes from, but for what a file holds.
    if !package.chaincode.name.chars().any(char::is_control) {
        package.check_against(&recorded).unwrap();
    }
    assert_eq!(package.clone().without_code().fingerprint(), recorded.id);
    let _ = package.kind_name();
    let _ = code_files(&package.code, 1 << 20, 100);
}

/// Under its name and version, and nowhere else.
fn stored(package: &LegacyPackage) {
    let folder = tempfile::tempdir().unwrap();
    let store = LegacyStore::open(folder.path().join("chaincodes")).unwrap();
    if store.put(package).is_ok() {
        let found = store.load(&package.id()).unwrap();
        assert_eq!(found.bytes, package.bytes);
        assert_eq!(store.list().unwrap().len(), 1);
    }
    let entries = std::fs::read_dir(folder.path()).unwrap();
    assert_eq!(entries.count(), 1, "a file outside of the store's folder");
}

fn specification(kind: chaincode_spec::Type, code: &[u8]) -> Vec<u8> {
    let specification = ChaincodeDeploymentSpec {
        chaincode_spec: Some(ChaincodeSpec {
            r#type: kind as i32,
            chaincode_id: Some(ChaincodeId {
                path: "example.com/cc".to_owned(),
                name: "basic".to_owned(),
                version: "1.0".to_owned(),
            }),
            input: Some(ChaincodeInput {
                args: vec![Bytes::from_static(b"init")],
                ..ChaincodeInput::default()
            }),
            timeout: 0,
        }),
        code_package: Bytes::copy_from_slice(code),
    };
    specification.encode_to_vec()
}

fn signed(kind: HeaderType, policy: &'static [u8]) -> Vec<u8> {
    let signed = SignedChaincodeDeploymentSpec {
        chaincode_deployment_spec: specification(chaincode_spec::Type::Golang, b"code").into(),
        instantiation_policy: Bytes::from_static(policy),
        owner_endorsements: vec![Endorsement {
            endorser: Bytes::from_static(b"owner"),
            signature: Bytes::from_static(b"signature"),
        }],
    };
    let header = ChannelHeader {
        r#type: kind as i32,
        ..ChannelHeader::default()
    };
    LegacyPackage::enclose(&signed, &header).to_vec()
}

fn seeds() -> Vec<Vec<u8>> {
    // A gzipped tar, as packages of today have within them.
    let packages = crate::golden::files("packages", ".tar.gz");
    let mut seeds = vec![
        specification(chaincode_spec::Type::Golang, b"code"),
        specification(chaincode_spec::Type::Car, b""),
        signed(HeaderType::ChaincodePackage, b"policy"),
        signed(HeaderType::ChaincodePackage, b""),
        signed(HeaderType::Message, b"policy"),
    ];
    let small = packages.iter().filter(|package| package.len() < 8 << 10);
    seeds.extend(small.map(|code| specification(chaincode_spec::Type::Car, code)));
    seeds
}
