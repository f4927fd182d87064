use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use aws_lc_rs::digest;
use bytes::Bytes;
use prost::Message;
use selvedge_protos::{
    common::{MspPrincipal, msp_role::MspRoleType},
    msp::SerializedIdentity,
};

use super::{
    MspError, SigningIdentity,
    core::{Chain, MspCore, certifiers_identifier},
    principal,
};
use crate::cache::Cache;
use crate::{Certificate, PublicKey};

/// Principals remembered per identity.
const PRINCIPALS: usize = 32;

/// A certificate under the rules of one MSP. Validity and satisfied principals are computed once and remembered.
pub struct Identity {
    core: Arc<MspCore>,
    id: String,
    certificate: Arc<Certificate>,
    key: PublicKey,
    chain: Result<Chain, MspError>,
    validity: OnceLock<Result<(), MspError>>,
    units: OnceLock<Vec<OrganizationalUnit>>,
    principals: Cache<(i32, Bytes), Result<(), MspError>>,
}

/// An organisational unit of a subject and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationalUnit {
    /// The OU value.
    pub name: String,
    /// SHA-256 over the certificates of the issuing chain, issuer first.
    pub certifiers_identifier: [u8; 32],
}

impl Identity {
    /// Decodes a `SerializedIdentity` of this MSP.
    pub(super) fn deserialize(core: &Arc<MspCore>, serialized: &[u8]) -> Result<Self, MspError> {
        let message = SerializedIdentity::decode(serialized)
            .map_err(|error| MspError::SerializedIdentity(error.to_string()))?;
        if message.mspid != core.name {
            return Err(MspError::OtherMsp {
                expected: core.name.clone(),
                received: message.mspid,
            });
        }
        Self::from_pem(core, &message.id_bytes)
    }

    pub(super) fn from_pem(core: &Arc<MspCore>, pem: &[u8]) -> Result<Self, MspError> {
        let sanitized = core.certificate(pem)?;
        let chain = core.identity_chain(&sanitized);
        let certificate = sanitized.certificate;
        let key = certificate.public_key()?.clone();
        let id = hex::encode(digest::digest(&digest::SHA256, certificate.der()));
        Ok(Self {
            core: Arc::clone(core),
            id,
            certificate,
            key,
            chain,
            validity: OnceLock::new(),
            units: OnceLock::new(),
            principals: Cache::new(PRINCIPALS),
        })
    }

    pub(super) fn core(&self) -> &Arc<MspCore> {
        &self.core
    }

    /// Name of the MSP.
    pub fn msp_id(&self) -> &str {
        &self.core.name
    }

    /// Hex SHA-256 of the certificate; with [`Self::msp_id`] it names the identity.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The certificate, its signature in low-S form.
    pub fn certificate(&self) -> &Arc<Certificate> {
        &self.certificate
    }

    /// End of validity, seconds since 1970. Validation does not look at it (rule l:C35); the endorser does.
    pub fn not_after(&self) -> i64 {
        self.certificate.not_after()
    }

    /// Checks that this identity signed `message`. A signature that was once found good is remembered.
    ///
    /// Fabric: msp/identities.go `Verify`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), MspError> {
        let hashed = digest::digest(&digest::SHA256, message);
        let remembered = self.remembered(&hashed, signature);
        if self.core.verified.get(&remembered).is_some() {
            return Ok(());
        }
        self.key
            .verify_hashed(message, &hashed, signature)
            .map_err(|error| match error {
                crate::CryptoError::Invalid => MspError::from(error),
                other => MspError::from(other)
                    .within("could not determine the validity of the signature"),
            })?;
        self.core.verified.put(remembered, ());
        Ok(())
    }

    /// A signature over `message` by the owner of this identity. It need not be checked to be known as good, so
    /// [`Identity::verify`] remembers it as one that it has checked. A signer with another key is none that this identity
    /// vouches for: nothing is remembered.
    pub fn sign(&self, signer: &SigningIdentity, message: &[u8]) -> Vec<u8> {
        let hashed = digest::digest(&digest::SHA256, message);
        let signature = signer.sign_hashed(&hashed);
        let is_own = signer
            .certificate()
            .public_key()
            .is_ok_and(|key| *key == self.key);
        if is_own && !signature.is_empty() {
            let remembered = self.remembered(&hashed, &signature);
            self.core.verified.put(remembered, ());
        }
        signature
    }

    /// What a good signature of this identity is remembered by.
    fn remembered(&self, hashed: &digest::Digest, signature: &[u8]) -> [u8; 32] {
        let mut key = digest::Context::new(&digest::SHA256);
        key.update(self.id.as_bytes());
        key.update(hashed.as_ref());
        key.update(signature);
        let mut remembered = [0; 32];
        remembered.copy_from_slice(key.finish().as_ref());
        remembered
    }

    /// Whether the certificate is a valid identity of its MSP (rule l:C35).
    pub fn validate(&self) -> Result<(), MspError> {
        self.validity
            .get_or_init(|| self.core.validate(&self.certificate, &self.chain))
            .clone()
    }

    /// Whether this identity is what the principal asks for (rule l:C41).
    pub fn satisfies(&self, principal: &MspPrincipal) -> Result<(), MspError> {
        let key = (
            principal.principal_classification,
            principal.principal.clone(),
        );
        if let Some(known) = self.principals.get(&key) {
            return known;
        }
        let answer = principal::satisfies(self, principal);
        self.principals.put(key, answer.clone());
        answer
    }

    /// Whether this identity has a role in its own MSP.
    pub fn has_role(&self, role: MspRoleType) -> Result<(), MspError> {
        principal::has_role(self, role as i32)
    }

    /// Whether a unit of the subject is the one of `role`.
    pub(super) fn has_role_unit(&self, role: MspRoleType) -> Result<(), MspError> {
        self.core
            .has_role_unit(&self.certificate, &self.chain, role)
    }

    /// The subject's units; none when the certificate has no chain.
    pub fn organizational_units(&self) -> &[OrganizationalUnit] {
        self.units.get_or_init(|| {
            let Ok(chain) = &self.chain else {
                return Vec::new();
            };
            let certifiers_identifier = certifiers_identifier(chain.get(1..).unwrap_or_default());
            let unit = |name: &String| OrganizationalUnit {
                name: name.clone(),
                certifiers_identifier,
            };
            self.certificate
                .organizational_units()
                .iter()
                .map(unit)
                .collect()
        })
    }

    /// `SerializedIdentity` with the certificate in Go's PEM layout.
    pub fn serialize(&self) -> Bytes {
        serialize(self.msp_id(), self.certificate.to_pem())
    }
}

/// `SerializedIdentity` bytes.
pub(super) fn serialize(msp_id: &str, pem: String) -> Bytes {
    SerializedIdentity {
        mspid: msp_id.to_owned(),
        id_bytes: pem.into(),
    }
    .encode_to_vec()
    .into()
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Identity({} {})",
            self.msp_id(),
            self.certificate.subject()
        )
    }
}
