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
    let mut identities = Distinct::default();
    for signed in signatures {
        let Ok(identity) = msps.deserialize(&signed.identity) else {
            continue;
        };
        if !identities.contains(&identity)
            && identity.verify(&signed.data, &signed.signature).is_ok()
        {
            identities.add(identity);
        }
    }
    identities.found
}

/// As many are compared one by one: that needs no memory, and few sign anything.
const FEW: usize = 16;

/// Identities in order, none twice.
#[derive(Default)]
struct Distinct {
    found: Vec<Arc<Identity>>,
    /// Of what is behind the first few.
    seen: HashSet<(String, String)>,
}

impl Distinct {
    fn contains(&self, identity: &Identity) -> bool {
        let is_it = |known: &Arc<Identity>| {
            known.id() == identity.id() && known.msp_id() == identity.msp_id()
        };
        self.found.iter().take(FEW).any(is_it)
            || (self.found.len() > FEW && self.seen.contains(&key(identity)))
    }

    fn add(&mut self, identity: Arc<Identity>) {
        if self.found.len() >= FEW {
            self.seen.insert(key(&identity));
        }
        self.found.push(identity);
    }
}

fn key(identity: &Identity) -> (String, String) {
    (identity.msp_id().to_owned(), identity.id().to_owned())
}
