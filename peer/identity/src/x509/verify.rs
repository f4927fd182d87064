//! Checks one signature of an issuer, with the algorithms that Go still accepts.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use super::{Certificate, X509Error};
use crate::crypto::{Curve, PublicKey};

const KEY_CERT_SIGN: u16 = 1 << 5;

/// Whether `issuer` may and did sign `child` (Go: `Certificate.CheckSignatureFrom`).
pub(super) fn signed_by(child: &Certificate, issuer: &Certificate) -> Result<(), X509Error> {
    let extensions = issuer.extensions();
    let ca = match extensions.basic {
        Some(basic) => basic.ca,
        None => issuer.version() != 3,
    };
    let may_sign = extensions
        .key_usage
        .is_none_or(|usage| usage & KEY_CERT_SIGN != 0);
    if !ca || !may_sign {
        return Err(X509Error::NotAuthorizedToSign);
    }
    signature(
        issuer,
        child.signature_algorithm(),
        child.tbs(),
        child.signature(),
    )
}

/// Whether the key of `issuer` made `signature` over `message`. High-S is accepted here: CAs are not bound by Fabric's
/// rule.
pub(super) fn signature(
    issuer: &Certificate,
    algorithm: &str,
    message: &[u8],
    signature: &[u8],
) -> Result<(), X509Error> {
    let key = issuer.public_key()?;
    let verifier = verifier(key, algorithm)
        .ok_or_else(|| X509Error::SignatureAlgorithm(algorithm.to_owned()))?;
    UnparsedPublicKey::new(verifier, key.point())
        .verify(message, signature)
        .map_err(|_| X509Error::BadSignature)
}

fn verifier(key: &PublicKey, algorithm: &str) -> Option<&'static dyn VerificationAlgorithm> {
    let Some(curve) = key.curve() else {
        return (algorithm == "1.3.101.112").then_some(&signature::ED25519 as _);
    };
    Some(match (curve, algorithm) {
        (Curve::P256, "1.2.840.10045.4.3.2") => &signature::ECDSA_P256_SHA256_ASN1,
        (Curve::P256, "1.2.840.10045.4.3.3") => &signature::ECDSA_P256_SHA384_ASN1,
        (Curve::P256, "1.2.840.10045.4.3.4") => &signature::ECDSA_P256_SHA512_ASN1,
        (Curve::P384, "1.2.840.10045.4.3.2") => &signature::ECDSA_P384_SHA256_ASN1,
        (Curve::P384, "1.2.840.10045.4.3.3") => &signature::ECDSA_P384_SHA384_ASN1,
        (Curve::P384, "1.2.840.10045.4.3.4") => &signature::ECDSA_P384_SHA512_ASN1,
        (Curve::P521, "1.2.840.10045.4.3.2") => &signature::ECDSA_P521_SHA256_ASN1,
        (Curve::P521, "1.2.840.10045.4.3.3") => &signature::ECDSA_P521_SHA384_ASN1,
        (Curve::P521, "1.2.840.10045.4.3.4") => &signature::ECDSA_P521_SHA512_ASN1,
        _ => return None,
    })
}
