use super::*;
use selvedge_protos::{
    common::Header,
    protos::{ChaincodeSpec, Endorsement},
};

fn specification(name: &str, code: &'static [u8]) -> ChaincodeDeploymentSpec {
    ChaincodeDeploymentSpec {
        chaincode_spec: Some(ChaincodeSpec {
            r#type: chaincode_spec::Type::Golang as i32,
            chaincode_id: Some(ChaincodeId {
                path: "example.com/cc".to_owned(),
                name: name.to_owned(),
                version: "1.0".to_owned(),
            }),
            input: Some(ChaincodeInput::default()),
            timeout: 0,
        }),
        code_package: Bytes::from_static(code),
    }
}

fn envelope(header_type: HeaderType, signed: &SignedChaincodeDeploymentSpec) -> Bytes {
    let header = ChannelHeader {
        r#type: header_type as i32,
        ..Default::default()
    };
    let payload = Payload {
        header: Some(Header {
            channel_header: header.encode_to_vec().into(),
            signature_header: Bytes::new(),
        }),
        data: signed.encode_to_vec().into(),
    };
    Envelope {
        payload: payload.encode_to_vec().into(),
        signature: Bytes::new(),
    }
    .encode_to_vec()
    .into()
}

fn signed(policy: &'static [u8]) -> SignedChaincodeDeploymentSpec {
    SignedChaincodeDeploymentSpec {
        chaincode_deployment_spec: specification("cc", b"code").encode_to_vec().into(),
        instantiation_policy: Bytes::from_static(policy),
        owner_endorsements: vec![Endorsement {
            endorser: Bytes::from_static(b"owner"),
            signature: Bytes::new(),
        }],
    }
}

#[test]
fn a_plain_specification_is_identified_by_code_and_name() {
    let bytes = Bytes::from(specification("cc", b"code").encode_to_vec());
    let package = LegacyPackage::parse(&bytes).unwrap();
    assert_eq!(package, LegacyPackage::read(&bytes).unwrap());
    assert_eq!(
        (package.id(), package.kind_name()),
        ("cc:1.0".into(), "GOLANG".into())
    );
    let code = Sha256::digest(b"code");
    let names = Sha256::digest(b"cc1.0");
    let data = package.chaincode_data();
    let expected = CdsData {
        code_hash: Bytes::copy_from_slice(&code),
        meta_data_hash: Bytes::copy_from_slice(&names),
    };
    assert_eq!(CdsData::decode(data.data.clone()).unwrap(), expected);
    let id = Sha256::new()
        .chain_update(code)
        .chain_update(names)
        .finalize();
    assert_eq!(data.id[..], id[..]);
    assert!(data.instantiation_policy.is_empty());
    package.check_against(&data).unwrap();
}

#[test]
fn a_signed_one_also_by_its_policy_and_owners() {
    let bytes = envelope(HeaderType::ChaincodePackage, &signed(b"policy"));
    let package = LegacyPackage::parse(&bytes).unwrap();
    assert_eq!(package, LegacyPackage::read(&bytes).unwrap());
    assert_eq!(
        package.instantiation_policy.as_deref(),
        Some(&b"policy"[..])
    );
    let data = package.chaincode_data();
    let found = SignedCdsData::decode(data.data.clone()).unwrap();
    assert_eq!(found.signature_hash[..], Sha256::digest(b"policyowner")[..]);
    assert_eq!(data.instantiation_policy, &b"policy"[..]);
    package.check_against(&data).unwrap();
    let other = ChaincodeData {
        data: CdsData::default().encode_to_vec().into(),
        ..data.clone()
    };
    assert_eq!(
        package.check_against(&other),
        Err(PackageError::DataMismatch)
    );
    let renamed = ChaincodeData {
        version: "2.0".to_owned(),
        ..data
    };
    assert_eq!(
        package.check_against(&renamed).unwrap_err().to_string(),
        r#"invalid chaincode data name:"cc" version:"2.0" (name:"cc" version:"1.0")"#
    );
}

#[test]
fn what_is_neither_is_refused() {
    let nothing = [
        Bytes::new(),
        Bytes::from_static(b"junk that is no protobuf"),
        ChaincodeDeploymentSpec::default().encode_to_vec().into(),
        specification("c\u{1}c", b"").encode_to_vec().into(),
    ];
    for bytes in nothing {
        assert_eq!(
            LegacyPackage::parse(&bytes),
            Err(PackageError::Unrecognized)
        );
    }
    let read = |bytes: Bytes| LegacyPackage::read(&bytes).unwrap_err().to_string();
    assert_eq!(
        read(envelope(HeaderType::Config, &signed(b"policy"))),
        "invalid type of envelope for chaincode package"
    );
    assert_eq!(
        read(envelope(HeaderType::ChaincodePackage, &signed(b""))),
        "instantiation policy cannot be nil for chaincode (cc:1.0)"
    );
    assert_eq!(read(Bytes::new()), "channel header cannot be nil");
}
