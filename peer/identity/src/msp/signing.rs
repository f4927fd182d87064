use std::{fmt, path::Path};

use aws_lc_rs::digest::Digest;
use bytes::Bytes;

use super::{Msp, MspError, directory, identity};
use crate::{Certificate, PrivateKey};

/// A certificate with its private key.
pub struct SigningIdentity {
    msp_id: String,
    certificate: Certificate,
    key: PrivateKey,
    serialized: Bytes,
}

impl SigningIdentity {
    /// The identity of a local MSP directory: the first certificate of `signcerts` and its key from `keystore`.
    pub fn from_msp_dir(dir: impl AsRef<Path>, msp_id: &str) -> Result<Self, MspError> {
        let keystore = dir.as_ref().join("keystore");
        Self::with_keystore(dir, keystore, msp_id)
    }

    /// The same with keys that are in another folder. Fabric: `peer.BCCSP.SW.FileKeyStore.KeyStore`.
    pub fn with_keystore(
        dir: impl AsRef<Path>,
        keystore: impl AsRef<Path>,
        msp_id: &str,
    ) -> Result<Self, MspError> {
        let pem = directory::signing_certificate(dir.as_ref())?;
        // The MSP brings the CA's signature to low-S, so that the identity has one form everywhere.
        let identity = Msp::from_dir(dir.as_ref(), msp_id)?.identity(&pem)?;
        let certificate = Certificate::clone(identity.certificate());
        let key = directory::signing_key(keystore.as_ref(), &certificate)?;
        Self::new(certificate, key, msp_id)
    }

    /// An identity from PEM texts.
    pub fn from_pem(certificate: &[u8], key: &[u8], msp_id: &str) -> Result<Self, MspError> {
        Self::new(
            Certificate::from_pem(certificate)?,
            PrivateKey::from_pem(key)?,
            msp_id,
        )
    }

    fn new(certificate: Certificate, key: PrivateKey, msp_id: &str) -> Result<Self, MspError> {
        if certificate.public_key()? != key.public_key() {
            return Err(MspError::refused(
                "the private key does not belong to the certificate",
            ));
        }
        let serialized = identity::serialize(msp_id, certificate.to_pem());
        Ok(Self {
            msp_id: msp_id.to_owned(),
            certificate,
            key,
            serialized,
        })
    }

    /// Name of the MSP.
    pub fn msp_id(&self) -> &str {
        &self.msp_id
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// `SerializedIdentity` bytes, as they go into a creator or endorser field.
    pub fn serialized(&self) -> &Bytes {
        &self.serialized
    }

    /// End of validity, seconds since 1970.
    pub fn not_after(&self) -> i64 {
        self.certificate.not_after()
    }

    /// Fails when the certificate has expired at `now`, seconds since 1970.
    pub fn check_expiry(&self, now: i64) -> Result<(), MspError> {
        let over = now - self.not_after();
        if over < 0 {
            return Ok(());
        }
        Err(MspError::refused(format!(
            "signing identity expired {}h{}m{}s ago",
            over / 3600,
            over / 60 % 60,
            over % 60
        )))
    }

    /// A DER signature over SHA-256 of `message`, with the smaller `s`. Should the cryptographic library fail, which
    /// it does only when the machine has no randomness, the signature is empty and no verifier accepts it.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.key.sign(message).unwrap_or_default()
    }

    /// The same where the SHA-256 of the message is known.
    pub(super) fn sign_hashed(&self, sha256: &Digest) -> Vec<u8> {
        self.key.sign_hashed(sha256).unwrap_or_default()
    }
}

impl fmt::Debug for SigningIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SigningIdentity({} {})",
            self.msp_id,
            self.certificate.subject()
        )
    }
}
