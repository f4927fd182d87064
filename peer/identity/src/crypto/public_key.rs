use std::fmt;

use aws_lc_rs::{
    digest::{self, Digest},
    signature::{self, ParsedPublicKey, VerificationAlgorithm},
};

use super::{CryptoError, Curve, EcdsaSignature};

/// A key that verifies signatures: ECDSA on P-256, P-384 or P-521, or Ed25519.
///
/// Source of the rules: Fabric `bccsp/sw/ecdsa.go`; `bccsp/sw/ed25519.go`.
#[derive(Clone)]
pub struct PublicKey {
    kind: Kind,
    point: Vec<u8>,
    parsed: ParsedPublicKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ecdsa(Curve),
    Ed25519,
}

impl PublicKey {
    /// A key from an uncompressed EC point.
    pub(crate) fn ecdsa(curve: Curve, point: &[u8]) -> Result<Self, CryptoError> {
        let algorithm: &'static dyn VerificationAlgorithm = match curve {
            Curve::P256 => &signature::ECDSA_P256_SHA256_ASN1,
            Curve::P384 => &signature::ECDSA_P384_SHA256_ASN1,
            Curve::P521 => &signature::ECDSA_P521_SHA256_ASN1,
        };
        Self::parse(Kind::Ecdsa(curve), algorithm, point)
    }

    /// A key from the 32 bytes of an Ed25519 key.
    pub(crate) fn ed25519(bytes: &[u8]) -> Result<Self, CryptoError> {
        Self::parse(Kind::Ed25519, &signature::ED25519, bytes)
    }

    fn parse(
        kind: Kind,
        algorithm: &'static dyn VerificationAlgorithm,
        point: &[u8],
    ) -> Result<Self, CryptoError> {
        let parsed = ParsedPublicKey::new(algorithm, point).map_err(|e| CryptoError::BadKey {
            what: "public key",
            why: e.to_string(),
        })?;
        Ok(Self {
            kind,
            point: point.to_vec(),
            parsed,
        })
    }

    /// Checks a signature over `message`. An ECDSA signature with the larger `s` is refused.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        self.verify_hashed(
            message,
            &digest::digest(&digest::SHA256, message),
            signature,
        )
    }

    /// Checks a signature over `message` whose SHA-256 is known. ECDSA signatures with a large `s` are refused, since
    /// anyone can turn one signature into the other.
    pub(crate) fn verify_hashed(
        &self,
        message: &[u8],
        sha256: &Digest,
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        match self.kind {
            Kind::Ed25519 => self.parsed.verify_sig(message, signature),
            Kind::Ecdsa(curve) => {
                let numbers = EcdsaSignature::from_der(signature)?;
                if !curve.is_low(&numbers.s) {
                    return Err(CryptoError::HighS {
                        s: hex::encode(&numbers.s),
                        half: hex::encode(curve.half_order()),
                    });
                }
                // Re-encoded, because Go ignores trailing bytes that the library refuses.
                self.parsed.verify_digest_sig(sha256, &numbers.to_der())
            }
        }
        .map_err(|_| CryptoError::Invalid)
    }

    /// The subject key identifier by which Fabric names key files: SHA-256 of the point (BCCSP `SKI`).
    pub fn ski(&self) -> [u8; 32] {
        let mut ski = [0; 32];
        ski.copy_from_slice(digest::digest(&digest::SHA256, &self.point).as_ref());
        ski
    }

    /// The uncompressed point, or the 32 bytes of an Ed25519 key.
    pub fn point(&self) -> &[u8] {
        &self.point
    }

    pub(crate) fn curve(&self) -> Option<Curve> {
        match self.kind {
            Kind::Ecdsa(curve) => Some(curve),
            Kind::Ed25519 => None,
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.point == other.point
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?} {})", self.kind, hex::encode(self.ski()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with OpenSSL: a P-384 key signs SHA-256 of `message`, once with a small and once with a large `s`.
    #[test]
    fn p384_signs_sha256() {
        let point = hex::decode(concat!(
            "046cbc82dbddf1541635ecade44212143a9224217b6ae1c55062692a36ecf529476a68befa04dcee13d9f88066c44a562a",
            "09e1e50e26a4f1cf61d064d1ac963a5bb3bf5304079e8c101c7895fd907db8be9a3814dd141da965a543387dc7701e83",
        ))
        .unwrap();
        let key = PublicKey::ecdsa(Curve::P384, &point).unwrap();
        let low = hex::decode(concat!(
            "30640230608ebe65546cc5980a8976953d4d638b0c2887f61548fdbc009bfcbd67e07209a04375a605cbd9ee13694cad",
            "d0dcbb1b02301e3040535860e85c2c05037ebb20420ccc430698c5f05a1bd6cf6a0d2791b9728469199008b177860494",
            "5114e540ba85",
        ))
        .unwrap();
        key.verify(b"message", &low).unwrap();
        assert_eq!(key.verify(b"massage", &low), Err(CryptoError::Invalid));
        let high = hex::decode(concat!(
            "306502304d08df45c9635ede55334cfc8e04767d4631448566cb6567738b1140a9bc10b0d9eddd0dc2db931e6d9491e2",
            "416ea4120231009e5b0558b2ee8dc686f34edf6f532b9c03d68c67160cbd8df7b09308df5bd7dcf4f9e521cab045f704",
            "240110dfee6d37",
        ))
        .unwrap();
        assert!(matches!(
            key.verify(b"message", &high),
            Err(CryptoError::HighS { .. })
        ));
        let normal = crate::crypto::low_s(Curve::P384, &high).unwrap();
        key.verify(b"message", &normal).unwrap();
    }
}
