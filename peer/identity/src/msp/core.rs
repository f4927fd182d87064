//! The settled configuration of one MSP, shared by all its identities.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{MspError, MspVersion, node_ou::NodeOus};
use crate::cache::Cache;
use crate::x509::{
    Certificate, Pool, RevocationList, Sanitized, X509Error, low_s_certificate, unique_chain,
};

/// Signatures that were found good, remembered by (certificate, message digest, signature).
const VERIFIED_SIGNATURES: usize = 4096;

#[derive(Debug)]
pub(super) struct MspCore {
    pub(super) name: String,
    pub(super) version: MspVersion,
    pub(super) pool: Pool,
    /// DER of every CA that issued another CA of this MSP. Such a CA cannot issue identities.
    pub(super) internal_nodes: HashSet<Bytes>,
    pub(super) revocation_lists: Vec<RevocationList>,
    pub(super) admins: Vec<Arc<Certificate>>,
    /// Organisational unit to the certifiers identifiers it is accepted from.
    pub(super) ou_identifiers: BTreeMap<String, Vec<[u8; 32]>>,
    pub(super) node_ous: NodeOus,
    pub(super) tls_roots: Vec<Bytes>,
    pub(super) tls_intermediates: Vec<Bytes>,
    pub(super) verified: Cache<[u8; 32], ()>,
}

impl MspCore {
    pub(super) fn new(name: String, version: MspVersion) -> Self {
        Self {
            name,
            version,
            pool: Pool::default(),
            internal_nodes: HashSet::new(),
            revocation_lists: Vec::new(),
            admins: Vec::new(),
            ou_identifiers: BTreeMap::new(),
            node_ous: NodeOus::default(),
            tls_roots: Vec::new(),
            tls_intermediates: Vec::new(),
            verified: Cache::new(VERIFIED_SIGNATURES),
        }
    }

    /// A certificate from PEM, its issuer's signature brought to low-S.
    pub(super) fn certificate(&self, pem: &[u8]) -> Result<Sanitized, MspError> {
        let certificate = Arc::new(Certificate::from_pem(pem)?);
        certificate.public_key().map_err(|error| {
            MspError::from(error).within("failed to import certificate's public key")
        })?;
        low_s_certificate(certificate, &self.pool).map_err(|error| match error {
            X509Error::NoIssuer(_) => MspError::from(error),
            error => MspError::from(error).within("the supplied identity is not valid"),
        })
    }

    /// The chain of an identity's certificate, leaf first.
    pub(super) fn identity_chain(&self, identity: &Sanitized) -> Result<Chain, MspError> {
        if identity.certificate.is_ca() {
            return Err(MspError::refused(
                "An X509 certificate with Basic Constraint: Certificate Authority equals true cannot be used as an identity",
            ));
        }
        self.chain_under_leaf_ca(identity, 1)
    }

    /// The chain of a certificate, of two members at least, whose member at `position` must not have issued other CAs.
    pub(super) fn chain_under_leaf_ca(
        &self,
        sanitized: &Sanitized,
        position: usize,
    ) -> Result<Chain, MspError> {
        let chain = match &sanitized.chain {
            Some(chain) => chain.clone(),
            None => unique_chain(&sanitized.certificate, &self.pool).map_err(|error| {
                MspError::from(error)
                    .within("the supplied identity is not valid")
                    .within("failed getting validation chain")
            })?,
        };
        if chain.len() < 2 {
            return Err(MspError::refused(format!(
                "expected a chain of length at least 2, got {}",
                chain.len()
            )));
        }
        let parent = chain.get(position).map(|certificate| certificate.der());
        if parent.is_some_and(|der| self.internal_nodes.contains(der)) {
            return Err(MspError::refused(
                "invalid validation chain. Parent certificate should be a leaf of the certification tree",
            ));
        }
        Ok(chain)
    }
}

/// Certificates from a leaf to a root.
pub(super) type Chain = Vec<Arc<Certificate>>;

/// Certifiers identifier: SHA-256 over the DER of the given certificates, issuer first (rule l:C37).
pub(super) fn certifiers_identifier(chain: &[Arc<Certificate>]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for certificate in chain {
        hash.update(certificate.der());
    }
    hash.finalize().into()
}
