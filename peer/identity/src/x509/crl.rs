//! Revocation lists.

use bytes::Bytes;
use x509_parser::{
    der_parser::asn1_rs::FromDer, extensions::ParsedExtension,
    revocation_list::CertificateRevocationList,
};

use super::{Certificate, X509Error, verify};
use crate::crypto::{first_block, strip};

/// A revocation list in owned form.
#[derive(Debug, Clone)]
pub(crate) struct RevocationList {
    tbs: Bytes,
    signature_algorithm: String,
    signature: Vec<u8>,
    authority_key_id: Option<Vec<u8>>,
    serials: Vec<Vec<u8>>,
}

impl RevocationList {
    /// Reads PEM or DER.
    pub(crate) fn parse(bytes: &Bytes) -> Result<Self, X509Error> {
        let der = if bytes.starts_with(b"-----BEGIN X509 CRL") {
            Bytes::from(first_block(bytes).ok_or(X509Error::NotPem)?.der)
        } else {
            bytes.clone()
        };
        let malformed = |e: &dyn std::fmt::Display| X509Error::MalformedCrl(e.to_string());
        let (rest, list) = CertificateRevocationList::from_der(&der).map_err(|e| malformed(&e))?;
        if !rest.is_empty() {
            return Err(malformed(&"trailing data after CRL"));
        }
        let tbs = &list.tbs_cert_list;
        let authority =
            list.extensions()
                .iter()
                .find_map(|extension| match extension.parsed_extension() {
                    ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref(),
                    _ => None,
                });
        Ok(Self {
            tbs: der.slice_ref(tbs.as_ref()),
            signature_algorithm: list.signature_algorithm.algorithm.to_id_string(),
            signature: list.signature_value.data.to_vec(),
            authority_key_id: authority.map(|id| id.0.to_vec()),
            serials: list
                .iter_revoked_certificates()
                .map(|entry| strip(entry.raw_serial()).to_vec())
                .collect(),
        })
    }

    /// Key identifier of the CA that made the list; `None` when the extension is absent.
    pub(crate) fn authority_key_id(&self) -> Option<&[u8]> {
        self.authority_key_id.as_deref()
    }

    /// Whether the list names the serial number of `certificate` and `issuer` signed the list.
    pub(crate) fn revokes(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.serials
            .iter()
            .any(|serial| serial == certificate.serial())
            && verify::signature(
                issuer,
                &self.signature_algorithm,
                &self.tbs,
                &self.signature,
            )
            .is_ok()
    }
}
