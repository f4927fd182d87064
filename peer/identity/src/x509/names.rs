//! Name constraints of CAs.

use std::sync::Arc;

use super::{Certificate, X509Error, extensions::Name};

/// Refuses when a name of a certificate below `ca` is excluded, or not permitted where names of its kind are limited
/// (Go: `Certificate.isValid`, `checkNameConstraints`).
pub(super) fn check(ca: &Certificate, below: &[Arc<Certificate>]) -> Result<(), X509Error> {
    let Some(constraints) = &ca.extensions().constraints else {
        return Ok(());
    };
    for name in below
        .iter()
        .filter_map(|certificate| certificate.extensions().alternative_names.as_ref())
        .flatten()
    {
        let refused = || X509Error::NotAuthorizedForName(format!("{name:?}"));
        if constraints.excluded.iter().any(|limit| within(name, limit)) {
            return Err(refused());
        }
        let mut limits = constraints
            .permitted
            .iter()
            .filter(|limit| std::mem::discriminant(*limit) == std::mem::discriminant(name))
            .peekable();
        if limits.peek().is_some() && !limits.any(|limit| within(name, limit)) {
            return Err(refused());
        }
    }
    Ok(())
}

/// A leaf without alternative names but with a host name as common name fails under any CA with name constraints
/// (Fabric: msp/mspimpl.go `verifyLegacyNameConstraints`).
pub(super) fn legacy_constraints(chain: &[Arc<Certificate>]) -> Result<(), X509Error> {
    let Some((leaf, authorities)) = chain.split_first() else {
        return Ok(());
    };
    let named = leaf.extensions().alternative_names.is_some() || !is_host_name(leaf.common_name());
    let limited = authorities
        .iter()
        .any(|ca| ca.extensions().constraints.is_some());
    if limited && !named {
        return Err(X509Error::NameConstraintsWithoutSans);
    }
    Ok(())
}

fn within(name: &Name, limit: &Name) -> bool {
    match (name, limit) {
        (Name::Dns(name), Name::Dns(limit)) => domain_within(name, limit),
        (Name::Email(name), Name::Email(limit)) => match limit.contains('@') {
            true => name.eq_ignore_ascii_case(limit),
            false => name
                .rsplit_once('@')
                .is_some_and(|(_, host)| domain_within(host, limit)),
        },
        (Name::Ip(name), Name::Ip(limit)) => address_within(name, limit),
        (Name::Uri(name), Name::Uri(limit)) => {
            host_of(name).is_some_and(|host| domain_within(host, limit))
        }
        _ => false,
    }
}

fn domain_within(domain: &str, limit: &str) -> bool {
    let (domain, limit) = (domain.to_ascii_lowercase(), limit.to_ascii_lowercase());
    let bare = limit.strip_prefix('.').unwrap_or(&limit);
    if bare.is_empty() {
        return true;
    }
    match domain.strip_suffix(bare) {
        Some("") => !limit.starts_with('.'),
        Some(front) => front.ends_with('.'),
        None => false,
    }
}

/// `limit` is address and mask, one after the other.
fn address_within(address: &[u8], limit: &[u8]) -> bool {
    if limit.len() != address.len() * 2 {
        return false;
    }
    let (network, mask) = limit.split_at(address.len());
    address
        .iter()
        .zip(network)
        .zip(mask)
        .all(|((a, n), m)| a & m == n & m)
}

fn host_of(uri: &str) -> Option<&str> {
    let after = uri.split_once("://")?.1;
    let authority = after.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(host.rsplit_once(':').map_or(host, |(host, _)| host))
}

/// Go 1.14's idea of a host name, with its leniency for `_` and `:`.
fn is_host_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    !host.is_empty()
        && host.split('.').enumerate().all(|(index, label)| {
            (index == 0 && label == "*")
                || (!label.is_empty()
                    && label.char_indices().all(|(position, c)| {
                        c.is_ascii_alphanumeric()
                            || matches!(c, '_' | ':')
                            || (c == '-' && position != 0)
                    }))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains() {
        assert!(domain_within("a.example.com", "example.com"));
        assert!(domain_within("example.com", "example.com"));
        assert!(!domain_within("example.com", ".example.com"));
        assert!(!domain_within("badexample.com", "example.com"));
        assert!(address_within(&[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0]));
        assert!(!address_within(
            &[11, 1, 2, 3],
            &[10, 0, 0, 0, 255, 0, 0, 0]
        ));
    }

    #[test]
    fn host_names() {
        assert!(is_host_name("peer0.org1.example.com"));
        assert!(!is_host_name("User1@org1.example.com"));
        assert!(!is_host_name("a..b"));
        assert!(!is_host_name("-a"));
    }
}
