use std::fmt;

use bytes::Bytes;
use x509_parser::{
    certificate::X509Certificate, der_parser::asn1_rs::FromDer, oid_registry as oids,
    public_key::PublicKey as ParsedKey, x509::SubjectPublicKeyInfo,
};

use super::{
    X509Error,
    extensions::{self, Extensions},
};
use crate::crypto::{CryptoError, Curve, PublicKey, first_block, pem_encode};

/// A certificate in owned form: what Fabric's rules look at, and the bytes that arrived.
#[derive(Clone)]
pub struct Certificate {
    raw: Bytes,
    tbs: Bytes,
    raw_subject: Vec<u8>,
    raw_issuer: Vec<u8>,
    subject: Subject,
    serial: Vec<u8>,
    not_before: i64,
    not_after: i64,
    version: u32,
    key: Result<PublicKey, CryptoError>,
    signature_algorithm: String,
    signature: Vec<u8>,
    extensions: Extensions,
}

#[derive(Clone, Debug, Default)]
struct Subject {
    common_name: String,
    organizational_units: Vec<String>,
    display: String,
    issuer_display: String,
}

impl Certificate {
    /// Reads the first PEM block, whatever its label.
    pub fn from_pem(pem: &[u8]) -> Result<Self, X509Error> {
        Self::from_der(first_block(pem).ok_or(X509Error::NotPem)?.der.into())
    }

    /// Reads DER. Trailing bytes, a negative serial and a repeated extension are errors, as they are in Go.
    pub fn from_der(raw: Bytes) -> Result<Self, X509Error> {
        let malformed = |e: &dyn fmt::Display| X509Error::Malformed(e.to_string());
        let (rest, parsed) = X509Certificate::from_der(&raw).map_err(|e| malformed(&e))?;
        if !rest.is_empty() {
            return Err(malformed(&"trailing data"));
        }
        let tbs = &parsed.tbs_certificate;
        if tbs
            .raw_serial()
            .first()
            .is_some_and(|byte| byte & 0x80 != 0)
        {
            return Err(malformed(&"negative serial number"));
        }
        let read = extensions::read(&parsed)?;
        Ok(Self {
            tbs: raw.slice_ref(tbs.as_ref()),
            raw_subject: tbs.subject.as_raw().to_vec(),
            raw_issuer: tbs.issuer.as_raw().to_vec(),
            subject: subject(&parsed)?,
            serial: crate::crypto::strip(tbs.raw_serial()).to_vec(),
            not_before: tbs.validity.not_before.timestamp(),
            not_after: tbs.validity.not_after.timestamp(),
            version: tbs.version.0 + 1,
            key: public_key(&tbs.subject_pki),
            signature_algorithm: parsed.signature_algorithm.algorithm.to_id_string(),
            signature: parsed.signature_value.data.to_vec(),
            extensions: read,
            raw: raw.clone(),
        })
    }

    /// The DER encoding.
    pub fn der(&self) -> &Bytes {
        &self.raw
    }

    /// PEM in Go's layout.
    pub fn to_pem(&self) -> String {
        pem_encode("CERTIFICATE", &self.raw)
    }

    /// Common name of the subject; empty when there is none.
    pub fn common_name(&self) -> &str {
        &self.subject.common_name
    }

    /// Organisational units of the subject, in order.
    pub fn organizational_units(&self) -> &[String] {
        &self.subject.organizational_units
    }

    /// The subject in readable form.
    pub fn subject(&self) -> &str {
        &self.subject.display
    }

    /// The issuer in readable form.
    pub fn issuer(&self) -> &str {
        &self.subject.issuer_display
    }

    /// Start of validity, seconds since 1970.
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// End of validity, seconds since 1970.
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// Serial number, big-endian without leading zeros.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// Basic constraints say that it is a CA.
    pub fn is_ca(&self) -> bool {
        self.extensions.basic.is_some_and(|basic| basic.ca)
    }

    /// The subject's key.
    pub fn public_key(&self) -> Result<&PublicKey, CryptoError> {
        self.key.as_ref().map_err(Clone::clone)
    }

    /// The subject key identifier extension.
    pub fn subject_key_id(&self) -> Result<&[u8], X509Error> {
        self.extensions
            .subject_key_id
            .as_deref()
            .ok_or(X509Error::NoSubjectKeyIdentifier)
    }

    /// Value of the extension in which Fabric's CA stores attributes as JSON, OID 1.2.3.4.5.6.7.8.1.
    pub fn attribute_extension(&self) -> Option<&[u8]> {
        self.extensions.attributes.as_deref()
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    pub(crate) fn tbs(&self) -> &[u8] {
        &self.tbs
    }

    pub(crate) fn raw_subject(&self) -> &[u8] {
        &self.raw_subject
    }

    pub(crate) fn raw_issuer(&self) -> &[u8] {
        &self.raw_issuer
    }

    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    pub(crate) fn signature_algorithm(&self) -> &str {
        &self.signature_algorithm
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Certificate({} issued by {})",
            self.subject.display, self.subject.issuer_display
        )
    }
}

fn subject(parsed: &X509Certificate<'_>) -> Result<Subject, X509Error> {
    let name = parsed.subject();
    let mut units = Vec::new();
    for unit in name.iter_organizational_unit() {
        let text = unit
            .as_str()
            .map_err(|e| X509Error::Malformed(e.to_string()))?;
        units.push(text.to_owned());
    }
    let common_name = name.iter_common_name().last();
    Ok(Subject {
        common_name: common_name
            .and_then(|name| name.as_str().ok())
            .unwrap_or_default()
            .to_owned(),
        organizational_units: units,
        display: name.to_string(),
        issuer_display: parsed.issuer().to_string(),
    })
}

fn public_key(info: &SubjectPublicKeyInfo<'_>) -> Result<PublicKey, CryptoError> {
    let bad = |why: String| CryptoError::BadKey {
        what: "public key",
        why,
    };
    let algorithm = &info.algorithm.algorithm;
    if *algorithm == oids::OID_SIG_ED25519 {
        return PublicKey::ed25519(&info.subject_public_key.data);
    }
    match info.parsed().map_err(|e| bad(e.to_string()))? {
        ParsedKey::EC(point) => {
            let parameters = info.algorithm.parameters.as_ref();
            let curve = parameters
                .and_then(|any| any.as_oid().ok())
                .ok_or_else(|| bad("no named curve".into()))?;
            PublicKey::ecdsa(named_curve(&curve.to_id_string())?, point.data())
        }
        ParsedKey::RSA(_) => Err(CryptoError::UnsupportedKey("RSA".into())),
        _ => Err(CryptoError::UnsupportedKey(algorithm.to_id_string())),
    }
}

fn named_curve(oid: &str) -> Result<Curve, CryptoError> {
    match oid {
        "1.2.840.10045.3.1.7" => Ok(Curve::P256),
        "1.3.132.0.34" => Ok(Curve::P384),
        "1.3.132.0.35" => Ok(Curve::P521),
        other => Err(CryptoError::UnsupportedKey(format!(
            "ECDSA on curve {other}"
        ))),
    }
}
