//! Chain building as Go's `Certificate.Verify` does it, for an instant given by the caller.

use std::sync::Arc;

use super::{Certificate, X509Error, names, verify};

/// Go gives up after this many signature checks.
const SIGNATURE_CHECK_LIMIT: u32 = 100;

/// The CAs of an MSP.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pool {
    pub(crate) roots: Vec<Arc<Certificate>>,
    pub(crate) intermediates: Vec<Arc<Certificate>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Leaf,
    Intermediate,
    Root,
}

type Chain = Vec<Arc<Certificate>>;

/// The only chain from `certificate` to a root one second after its validity begins, so that a leaf's expiry never
/// counts while the CAs must cover that instant. The first element is `certificate`.
///
/// Fabric: msp/mspimpl.go `getUniqueValidationChain`; msp/mspimplvalidate.go `getValidityOptsForCert`.
pub(crate) fn unique_chain(
    certificate: &Arc<Certificate>,
    pool: &Pool,
) -> Result<Chain, X509Error> {
    let now = certificate.not_before().saturating_add(1);
    let mut chains = all_chains(certificate, pool, now)?;
    if chains.len() != 1 {
        return Err(X509Error::ManyChains(chains.len()));
    }
    let chain = chains.pop().unwrap_or_default();
    names::legacy_constraints(&chain)?;
    Ok(chain)
}

fn all_chains(leaf: &Arc<Certificate>, pool: &Pool, now: i64) -> Result<Vec<Chain>, X509Error> {
    is_valid(leaf, Kind::Leaf, &[], now)?;
    let candidates = if pool.roots.contains(leaf) {
        vec![vec![Arc::clone(leaf)]]
    } else {
        let mut search = Search {
            pool,
            now,
            checks: 0,
            hint: None,
        };
        let mut found = Vec::new();
        search.extend(&vec![Arc::clone(leaf)], &mut found)?;
        if found.is_empty() {
            return Err(search.hint.unwrap_or(X509Error::UnknownAuthority));
        }
        found
    };
    let usable: Vec<Chain> = candidates.into_iter().filter(allows_server_auth).collect();
    if usable.is_empty() {
        return Err(X509Error::IncompatibleUsage);
    }
    Ok(usable)
}

struct Search<'a> {
    pool: &'a Pool,
    now: i64,
    checks: u32,
    hint: Option<X509Error>,
}

impl Search<'_> {
    /// Adds every chain that continues `chain` to a root.
    fn extend(&mut self, chain: &Chain, found: &mut Vec<Chain>) -> Result<(), X509Error> {
        let pool = self.pool;
        for root in &pool.roots {
            if let Some(longer) = self.append(chain, root, Kind::Root)? {
                found.push(longer);
            }
        }
        for intermediate in &pool.intermediates {
            if let Some(longer) = self.append(chain, intermediate, Kind::Intermediate)? {
                self.extend(&longer, found)?;
            }
        }
        Ok(())
    }

    /// `chain` with `issuer` behind it when that is right; remembers why not otherwise.
    fn append(
        &mut self,
        chain: &Chain,
        issuer: &Arc<Certificate>,
        kind: Kind,
    ) -> Result<Option<Chain>, X509Error> {
        let Some(child) = chain.last() else {
            return Ok(None);
        };
        if issuer.raw_subject() != child.raw_issuer() || chain.iter().any(|seen| same(seen, issuer))
        {
            return Ok(None);
        }
        self.checks += 1;
        if self.checks > SIGNATURE_CHECK_LIMIT {
            return Err(X509Error::TooMuchWork);
        }
        let judged = verify::signed_by(child, issuer)
            .map_err(|_| X509Error::UnknownAuthority)
            .and_then(|()| is_valid(issuer, kind, chain, self.now));
        if let Err(reason) = judged {
            self.hint.get_or_insert(reason);
            return Ok(None);
        }
        let mut longer = chain.clone();
        longer.push(Arc::clone(issuer));
        Ok(Some(longer))
    }
}

/// The same entity: a chain does not pass it twice.
fn same(a: &Certificate, b: &Certificate) -> bool {
    a.raw_subject() == b.raw_subject()
        && a.public_key().ok() == b.public_key().ok()
        && a.extensions().alternative_names == b.extensions().alternative_names
}

/// The checks on one member of a chain (Go: `Certificate.isValid`). `below` are the certificates under it.
fn is_valid(
    certificate: &Certificate,
    kind: Kind,
    below: &[Arc<Certificate>],
    now: i64,
) -> Result<(), X509Error> {
    let extensions = certificate.extensions();
    if extensions.unhandled_critical {
        return Err(X509Error::UnhandledCriticalExtension);
    }
    if now < certificate.not_before() {
        return Err(X509Error::Expired {
            now,
            relation: "before",
            limit: certificate.not_before(),
        });
    }
    if now > certificate.not_after() {
        return Err(X509Error::Expired {
            now,
            relation: "after",
            limit: certificate.not_after(),
        });
    }
    if kind != Kind::Leaf {
        names::check(certificate, below)?;
    }
    if kind == Kind::Intermediate && !certificate.is_ca() {
        return Err(X509Error::NotAuthorizedToSign);
    }
    if let Some(limit) = extensions.basic.and_then(|basic| basic.path_length) {
        let intermediates = below.len().saturating_sub(1);
        if intermediates > limit as usize {
            return Err(X509Error::TooManyIntermediates);
        }
    }
    Ok(())
}

/// Go's default purpose: each extended key usage that is present must allow server authentication or anything.
fn allows_server_auth(chain: &Chain) -> bool {
    chain
        .iter()
        .all(|certificate| certificate.extensions().allows_server_auth.unwrap_or(true))
}
