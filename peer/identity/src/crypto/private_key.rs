use std::fmt;

use aws_lc_rs::{
    digest::{self, Digest},
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};

use super::{CryptoError, Curve, EcdsaSignature, PublicKey, first_block, pem_encode};

/// A P-256 private key that signs as Fabric signs: ECDSA over SHA-256, DER, small `s`.
///
/// Other curves are refused: Fabric's tools make P-256 keys only, and no other curve can sign a SHA-256 digest with
/// every provider.
pub struct PrivateKey {
    pair: EcdsaKeyPair,
    public: PublicKey,
}

impl PrivateKey {
    /// A new key from the system's random source.
    pub fn generate() -> Result<Self, CryptoError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)
            .map_err(|_| CryptoError::Sign)?;
        Self::from_pair(pair)
    }

    /// A key from PEM: PKCS#8 or SEC1 (`EC PRIVATE KEY`).
    pub fn from_pem(pem: &[u8]) -> Result<Self, CryptoError> {
        let bad = |why: String| CryptoError::BadKey {
            what: "private key",
            why,
        };
        let block = first_block(pem).ok_or_else(|| bad("wrong PEM encoding".into()))?;
        let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, &block.der)
            .map_err(|e| bad(e.to_string()))?;
        Self::from_pair(pair)
    }

    fn from_pair(pair: EcdsaKeyPair) -> Result<Self, CryptoError> {
        let public = PublicKey::ecdsa(Curve::P256, pair.public_key().as_ref())?;
        Ok(Self { pair, public })
    }

    /// A DER signature over SHA-256 of `message`.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.sign_hashed(&digest::digest(&digest::SHA256, message))
    }

    /// The same where the SHA-256 of the message is known.
    pub(crate) fn sign_hashed(&self, sha256: &Digest) -> Result<Vec<u8>, CryptoError> {
        let made = self
            .pair
            .sign_digest(sha256)
            .map_err(|_| CryptoError::Sign)?;
        low_s(Curve::P256, made.as_ref())
    }

    /// The other half.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// PKCS#8 in PEM, Go's layout.
    pub fn to_pem(&self) -> Result<String, CryptoError> {
        let document = self.pair.to_pkcs8v1().map_err(|_| CryptoError::Sign)?;
        Ok(pem_encode("PRIVATE KEY", document.as_ref()))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({:?})", self.public)
    }
}

/// The same signature with the smaller `s`.
pub(crate) fn low_s(curve: Curve, signature: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let mut numbers = EcdsaSignature::from_der(signature)?;
    if !curve.is_low(&numbers.s) {
        numbers.s = curve.negate(&numbers.s).ok_or(CryptoError::Invalid)?;
    }
    Ok(numbers.to_der())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_low_and_refuses_the_twin() {
        let key = PrivateKey::generate().unwrap();
        for round in 0..32u8 {
            let signature = key.sign(&[round]).unwrap();
            key.public_key().verify(&[round], &signature).unwrap();
            let mut twin = EcdsaSignature::from_der(&signature).unwrap();
            twin.s = Curve::P256.negate(&twin.s).unwrap();
            let refused = key.public_key().verify(&[round], &twin.to_der());
            assert!(
                matches!(refused, Err(CryptoError::HighS { .. })),
                "{refused:?}"
            );
            assert_eq!(
                key.public_key().verify(b"other", &signature),
                Err(CryptoError::Invalid)
            );
        }
    }

    #[test]
    fn keys_survive_pem() {
        let key = PrivateKey::generate().unwrap();
        let again = PrivateKey::from_pem(key.to_pem().unwrap().as_bytes()).unwrap();
        assert_eq!(again.public_key(), key.public_key());
    }
}
