//! Certificates whose signature has the larger `s` are replaced by their twin with the smaller one, so that one
//! certificate has one encoding and one identity (Fabric: msp/cert.go, msp/mspimpl.go `sanitizeCert`).

use std::sync::Arc;

use super::{Certificate, Pool, X509Error, chain::unique_chain, verify};
use crate::crypto::{DerReader, Tag, der_value, low_s};

const ECDSA_SIGNATURES: &str = "1.2.840.10045.4.";

/// A certificate with a low-S signature, and its chain when that had to be found on the way.
#[derive(Debug, Clone)]
pub(crate) struct Sanitized {
    pub(crate) certificate: Arc<Certificate>,
    pub(crate) chain: Option<Vec<Arc<Certificate>>>,
}

/// The certificate with a low-S signature. An ECDSA-signed certificate must have a chain to `pool`, so that one of an
/// unknown CA fails here already.
pub(crate) fn low_s_certificate(
    certificate: Arc<Certificate>,
    pool: &Pool,
) -> Result<Sanitized, X509Error> {
    if !certificate
        .signature_algorithm()
        .starts_with(ECDSA_SIGNATURES)
    {
        return Ok(Sanitized {
            certificate,
            chain: None,
        });
    }
    if certificate.is_ca() && verify::signed_by(&certificate, &certificate).is_ok() {
        let certificate = rewrite(&certificate, &certificate)?;
        let own = Pool {
            roots: vec![Arc::clone(&certificate)],
            intermediates: pool.intermediates.clone(),
        };
        unique_chain(&certificate, &own)?;
        return Ok(Sanitized {
            certificate,
            chain: None,
        });
    }
    let mut chain = unique_chain(&certificate, pool)?;
    let parent = chain
        .get(1)
        .ok_or_else(|| X509Error::NoIssuer(certificate.subject().to_owned()))?;
    let certificate = rewrite(&certificate, parent)?;
    if let Some(leaf) = chain.first_mut() {
        *leaf = Arc::clone(&certificate);
    }
    Ok(Sanitized {
        certificate,
        chain: Some(chain),
    })
}

/// The same certificate with the signature `parent` made brought to low-S; itself when it is already.
fn rewrite(
    certificate: &Arc<Certificate>,
    parent: &Certificate,
) -> Result<Arc<Certificate>, X509Error> {
    let Some(curve) = parent.public_key()?.curve() else {
        return Ok(Arc::clone(certificate));
    };
    let signature = low_s(curve, certificate.signature())?;
    if signature == certificate.signature() {
        return Ok(Arc::clone(certificate));
    }
    let malformed = |why: &str| X509Error::Malformed(why.to_owned());
    let mut parts = DerReader::new(certificate.der());
    let mut inside = DerReader::new(parts.expect(Tag::Sequence).map_err(malformed)?);
    let (_, _, tbs) = inside.any().map_err(malformed)?;
    let (_, _, algorithm) = inside.any().map_err(malformed)?;
    let mut bits = vec![0];
    bits.extend_from_slice(&signature);
    let content = [tbs, algorithm, &der_value(Tag::BitString as u8, &bits)].concat();
    let der = der_value(Tag::Sequence as u8, &content);
    Certificate::from_der(der.into()).map(Arc::new)
}
