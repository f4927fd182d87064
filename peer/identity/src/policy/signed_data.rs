use std::{collections::HashSet, sync::Arc};

use bytes::Bytes;

use crate::{Identity, MspManager};

/// Bytes, who is said to have signed them, and the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedData {
    /// What was signed.
    pub data: Bytes,
    /// `SerializedIdentity` of the signer.
    pub identity: Bytes,
    /// DER signature.
    pub signature: Bytes,
}

/// The distinct identities that made good signatures, in order. An unknown identity, a repeated one and a bad
/// signature are skipped; an identity whose signature was bad is not remembered, so that a later good one counts.
/// Whether the certificates are valid is not asked here: principals do that (rule l:C22).
///
/// One result serves any number of policies, so nothing is verified twice.
///
/// Fabric: common/policies/policy.go `SignatureSetToValidIdentities`.
pub fn valid_identities(signatures: &[SignedData], msps: &MspManager) -> Vec<Arc<Identity>> {
    let mut seen = HashSet::with_capacity(signatures.len());
    let mut identities: Vec<Arc<Identity>> = Vec::with_capacity(signatures.len());
    for signed in signatures {
        let Ok(identity) = msps.deserialize(&signed.identity) else {
            continue;
        };
        let key = (identity.msp_id().to_owned(), identity.id().to_owned());
        if seen.contains(&key) || identity.verify(&signed.data, &signed.signature).is_err() {
            continue;
        }
        seen.insert(key);
        identities.push(identity);
    }
    identities
}
