//! Calls of `lscc`, and networks on channels of older capabilities.

use crate::founded::CHANNEL as FOUNDED;
pub(crate) use crate::founded::Net;
use bytes::Bytes;
use prost::Message as _;
use selvedge_peer::client::Call;
use selvedge_protos::protos::{
    ChaincodeDeploymentSpec, ChaincodeId, ChaincodeInput, ChaincodeSpec, chaincode_spec,
};
use std::collections::BTreeMap;

pub(crate) const CHANNEL: &str = FOUNDED;

/// A deployment specification of type GOLANG.
pub(crate) fn specification(version: &str, input: &[&str]) -> ChaincodeDeploymentSpec {
    let args = input
        .iter()
        .map(|arg| Bytes::copy_from_slice(arg.as_bytes()));
    ChaincodeDeploymentSpec {
        chaincode_spec: Some(ChaincodeSpec {
            r#type: chaincode_spec::Type::Golang as i32,
            chaincode_id: Some(ChaincodeId {
                path: "example.com/cc".to_owned(),
                name: "cc".to_owned(),
                version: version.to_owned(),
            }),
            input: Some(ChaincodeInput {
                args: args.collect(),
                ..Default::default()
            }),
            timeout: 0,
        }),
        code_package: Bytes::new(),
    }
}

/// The same with code, as it is installed.
pub(crate) fn package(version: &str) -> ChaincodeDeploymentSpec {
    let files = BTreeMap::from([("src/main.go".to_owned(), version.as_bytes().to_vec())]);
    ChaincodeDeploymentSpec {
        code_package: selvedge_runtime::code_archive(&files).unwrap().into(),
        ..specification(version, &[])
    }
}

/// A call of `lscc`.
pub(crate) fn lscc(channel: &str, function: &str, args: &[Bytes]) -> Call {
    let function = Bytes::copy_from_slice(function.as_bytes());
    Call {
        channel: channel.to_owned(),
        chaincode: "lscc".to_owned(),
        args: std::iter::once(function)
            .chain(args.iter().cloned())
            .collect(),
        ..Call::default()
    }
}

pub(crate) fn text(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// `deploy` or `upgrade` to a version, whose Init runs these operations.
pub(crate) fn deploy(function: &str, version: &str, init: &str) -> Call {
    let specification = specification(version, &["run", init]).encode_to_vec();
    lscc(CHANNEL, function, &[text(CHANNEL), specification.into()])
}

pub(crate) fn script(operations: &str) -> Call {
    Call {
        channel: CHANNEL.to_owned(),
        chaincode: "cc".to_owned(),
        args: vec![text("run"), text(operations)],
        ..Call::default()
    }
}

pub(crate) fn install(package: &[u8]) -> Call {
    lscc("", "install", &[Bytes::copy_from_slice(package)])
}

impl Net {
    /// Three organisations with version 1.0 installed and instantiated; its Init has set `initial` to `one`.
    pub(crate) fn with_chaincode() -> Self {
        let net = Self::new(3, "V1_4_2");
        net.install("1.0");
        let init = r#"[["put","initial","one"]]"#;
        assert_eq!(net.transact(&[0, 1, 2], &deploy("deploy", "1.0", init)), 0);
        net
    }

    pub(crate) fn install(&self, version: &str) {
        for member in 0..self.members.len() {
            let answer = self.ask(member, &install(&package(version).encode_to_vec()));
            assert_eq!(
                (answer.status, &answer.payload[..]),
                (200, &b"OK"[..]),
                "{answer:?}"
            );
        }
    }
}
