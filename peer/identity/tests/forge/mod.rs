//! Certificates with whatever property a test needs.

#![allow(dead_code, reason = "each test binary uses its part")]

use base64::Engine;
use bytes::Bytes;
use prost::Message;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, RevokedCertParams,
    SerialNumber, SigningKey, date_time_ymd,
};
use selvedge_identity::{Identity, Msp, MspError, MspVersion};
use selvedge_protos::msp::{
    FabricMspConfig, FabricNodeOUs, FabricOuIdentifier, MspConfig, SerializedIdentity,
};

/// The last number of the OID of organisational units.
const UNIT: u64 = 11;
/// And where those begin that stand for it.
const PLACEHOLDER: u64 = 100;

/// The first two parts of a certificate, whole.
fn parts(certificate: &[u8]) -> (&[u8], &[u8]) {
    let (tbs, rest) = first(content(certificate));
    (tbs, first(rest).0)
}

fn header(value: &[u8]) -> (usize, usize) {
    match value[1] {
        0x81 => (3, usize::from(value[2])),
        0x82 => (4, usize::from(value[2]) << 8 | usize::from(value[3])),
        short => (2, usize::from(short)),
    }
}

fn content(value: &[u8]) -> &[u8] {
    let (start, length) = header(value);
    &value[start..start + length]
}

fn first(values: &[u8]) -> (&[u8], &[u8]) {
    let (start, length) = header(values);
    values.split_at(start + length)
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match content.len() {
        0..128 => vec![tag, length[1]],
        128..256 => vec![tag, 0x81, length[1]],
        _ => vec![tag, 0x82, length[0], length[1]],
    };
    [&head, content].concat()
}

fn pem(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// Replaces the OIDs that stand for that of organisational units.
fn real_units(tbs: &[u8]) -> Vec<u8> {
    let mut out = tbs.to_vec();
    for position in 0..out.len() - 4 {
        if out[position..].starts_with(&[0x06, 0x03, 0x55, 0x04])
            && (101..110).contains(&out[position + 4])
        {
            out[position + 4] = 11;
        }
    }
    out
}

/// A CA that the test controls.
pub(crate) struct Ca {
    pub(crate) params: CertificateParams,
    pub(crate) key: KeyPair,
    pub(crate) pem: String,
}

pub(crate) fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

pub(crate) fn ed25519() -> KeyPair {
    KeyPair::generate_for(&PKCS_ED25519).unwrap()
}

fn ca_params(name: &str, constraint: BasicConstraints) -> CertificateParams {
    let mut params = leaf_params(name, &[]);
    params.is_ca = IsCa::Ca(constraint);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.key_identifier_method = KeyIdMethod::Sha256;
    params
}

/// Valid from 2020 to 2040.
pub(crate) fn leaf_params(name: &str, units: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    // The name can hold one attribute of a kind: further units get another kind until the certificate is signed.
    for (kind, unit) in (0u64..).zip(units) {
        let kind = if kind == 0 { UNIT } else { PLACEHOLDER + kind };
        params
            .distinguished_name
            .push(DnType::CustomDnType(vec![2, 5, 4, kind]), *unit);
    }
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params.is_ca = IsCa::ExplicitNoCa;
    params
}

impl Ca {
    pub(crate) fn root(name: &str) -> Self {
        Self::root_with(ca_params(name, BasicConstraints::Unconstrained))
    }

    pub(crate) fn root_with_path_length(name: &str, length: u8) -> Self {
        Self::root_with(ca_params(name, BasicConstraints::Constrained(length)))
    }

    pub(crate) fn root_with(params: CertificateParams) -> Self {
        let key = key();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { params, key, pem }
    }

    /// A CA under this one.
    pub(crate) fn intermediate(&self, name: &str) -> Self {
        let params = ca_params(name, BasicConstraints::Unconstrained);
        let key = key();
        let pem = params.signed_by(&key, &self.issuer()).unwrap().pem();
        Self { params, key, pem }
    }

    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }

    pub(crate) fn sign(&self, params: &CertificateParams, key: &KeyPair) -> String {
        let made = params.signed_by(key, &self.issuer()).unwrap();
        let (tbs, algorithm) = parts(made.der());
        let renamed = real_units(tbs);
        if renamed == tbs {
            return made.pem();
        }
        let signature = self.key.sign(&renamed).unwrap();
        let bits = der(0x03, &[&[0], &signature[..]].concat());
        pem(&der(0x30, &[&renamed, algorithm, &bits].concat()))
    }

    /// An identity with these units.
    pub(crate) fn leaf(&self, name: &str, units: &[&str]) -> String {
        self.sign(&leaf_params(name, units), &key())
    }

    /// A revocation list of these serial numbers.
    pub(crate) fn revoke(&self, serials: &[&[u8]]) -> Bytes {
        let revoked = serials.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial),
            revocation_time: date_time_ymd(2039, 1, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(2020, 1, 2),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer())
            .unwrap()
            .pem()
            .unwrap()
            .into()
    }
}

/// A configuration with these roots; add what the test needs.
pub(crate) fn config(roots: &[&Ca]) -> FabricMspConfig {
    FabricMspConfig {
        name: "TestMSP".into(),
        root_certs: roots.iter().map(|ca| ca.pem.clone().into()).collect(),
        ..FabricMspConfig::default()
    }
}

/// All four roles, certified by whoever.
pub(crate) fn node_ous(certificate: &str) -> FabricNodeOUs {
    let role = |unit: &str| {
        Some(FabricOuIdentifier {
            certificate: certificate.to_owned().into(),
            organizational_unit_identifier: unit.into(),
        })
    };
    FabricNodeOUs {
        enable: true,
        client_ou_identifier: role("client"),
        peer_ou_identifier: role("peer"),
        admin_ou_identifier: role("admin"),
        orderer_ou_identifier: role("orderer"),
    }
}

pub(crate) fn try_msp(config: &FabricMspConfig, version: MspVersion) -> Result<Msp, MspError> {
    let config = MspConfig {
        r#type: 0,
        config: config.encode_to_vec().into(),
    };
    Msp::from_config(&config, version)
}

/// An MSP with node OUs.
pub(crate) fn msp(mut config: FabricMspConfig) -> Msp {
    config.fabric_node_ous.get_or_insert_with(|| node_ous(""));
    try_msp(&config, MspVersion::V3_0).unwrap()
}

pub(crate) fn serialized(pem: &str) -> Vec<u8> {
    SerializedIdentity {
        mspid: "TestMSP".into(),
        id_bytes: pem.to_owned().into(),
    }
    .encode_to_vec()
}

pub(crate) fn identity(msp: &Msp, pem: &str) -> Result<std::sync::Arc<Identity>, MspError> {
    msp.deserialize(&serialized(pem))
}

/// The verdict on a certificate, deserialisation included.
pub(crate) fn verdict(msp: &Msp, pem: &str) -> Result<(), String> {
    identity(msp, pem)
        .and_then(|identity| identity.validate())
        .map_err(|error| error.to_string())
}
