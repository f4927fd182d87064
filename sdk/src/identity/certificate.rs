use super::der::{OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, Tlv};
use super::name::distinguished_name;
use std::collections::BTreeMap;

/// 1.2.3.4.5.6.7.8.1, where Fabric's certificate authority puts attributes.
const ATTRIBUTES: &[u8] = &[0x2a, 3, 4, 5, 6, 7, 8, 1];
const EXTENSIONS: u8 = 0xa3;
const VERSION: u8 = 0xa0;
const INTEGER: u8 = 0x02;
const BOOLEAN: u8 = 0x01;
const ORGANIZATIONAL_UNIT: &[u8] = &[0x55, 4, 11];

/// What a contract may want to know from a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) organizational_units: Vec<String>,
    pub(super) attributes: BTreeMap<String, String>,
}

impl Certificate {
    /// Reads an X.509 certificate in DER. Signatures, keys and validity are the peer's business.
    pub(super) fn parse(der: &[u8]) -> Option<Self> {
        let mut body = Reader(der)
            .expect(SEQUENCE)?
            .inside()
            .expect(SEQUENCE)?
            .inside();
        body.optional(VERSION);
        body.expect(INTEGER)?;
        body.expect(SEQUENCE)?; // signature algorithm
        let issuer = body.expect(SEQUENCE)?;
        body.expect(SEQUENCE)?; // validity
        let subject = body.expect(SEQUENCE)?;
        body.expect(SEQUENCE)?; // public key
        let mut attributes = BTreeMap::new();
        while let Some(field) = body.next() {
            if field.tag == EXTENSIONS {
                attributes = attribute_extension(field)?;
            }
        }
        Some(Self {
            subject: distinguished_name(subject.inside())?,
            issuer: distinguished_name(issuer.inside())?,
            organizational_units: organizational_units(subject),
            attributes,
        })
    }
}

/// The attributes of the extension, or none if there is no such extension; `None` if it is not what Fabric writes.
fn attribute_extension(extensions: Tlv<'_>) -> Option<BTreeMap<String, String>> {
    let mut extensions = extensions.inside().expect(SEQUENCE)?.inside();
    while !extensions.0.is_empty() {
        let mut extension = extensions.expect(SEQUENCE)?.inside();
        let oid = extension.expect(OBJECT_IDENTIFIER)?.content;
        extension.optional(BOOLEAN);
        let value = extension.expect(OCTET_STRING)?.content;
        if oid == ATTRIBUTES {
            #[derive(serde::Deserialize)]
            struct Attributes {
                #[serde(default)]
                attrs: Option<BTreeMap<String, String>>,
            }
            let parsed: Attributes = crate::from_json(value).ok()?;
            return Some(parsed.attrs.unwrap_or_default());
        }
    }
    Some(BTreeMap::new())
}

fn organizational_units(subject: Tlv<'_>) -> Vec<String> {
    let mut units = Vec::new();
    let mut relative_names = subject.inside();
    while let Some(relative_name) = relative_names.next() {
        let mut pairs = relative_name.inside();
        while let Some(pair) = pairs.next() {
            let mut pair = pair.inside();
            let is_unit = pair
                .next()
                .is_some_and(|oid| oid.content == ORGANIZATIONAL_UNIT);
            if let (true, Some(value)) = (is_unit, pair.next()) {
                units.push(String::from_utf8_lossy(value.content).into_owned());
            }
        }
    }
    units
}
