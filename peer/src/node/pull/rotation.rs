use super::PullOptions;
use crate::node::nonce;
use selvedge_identity::{ChannelConfig, OrdererEndpoint};

/// The orderers of a channel, and whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Rotation {
    /// As the configuration has them: what a change is told by.
    configured: Vec<OrdererEndpoint>,
    /// As they are reached, shuffled.
    sources: Vec<OrdererEndpoint>,
    turn: usize,
}

impl Rotation {
    /// Takes over what `config` says; `true` when that is something else than before. A new list is shuffled, so that
    /// peers spread over the orderers.
    pub(super) fn update(&mut self, config: &ChannelConfig, options: &PullOptions) -> bool {
        let configured = config.orderer_endpoints();
        if configured == self.configured {
            return false;
        }
        self.sources = configured
            .iter()
            .map(|endpoint| reached(endpoint, options))
            .collect();
        shuffle(&mut self.sources);
        self.configured = configured;
        self.turn = 0;
        true
    }

    pub(super) fn is_current(&self, config: &ChannelConfig) -> bool {
        self.configured == config.orderer_endpoints()
    }

    pub(super) fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whose turn it is.
    pub(super) fn source(&self) -> Option<&OrdererEndpoint> {
        self.sources.get(self.turn % self.sources.len().max(1))
    }

    /// Everybody whose turn it is not.
    pub(super) fn others(&self) -> Vec<OrdererEndpoint> {
        let turn = self.turn % self.sources.len().max(1);
        let others = self.sources.iter().enumerate();
        others
            .filter(|(index, _)| *index != turn)
            .map(|(_, endpoint)| endpoint.clone())
            .collect()
    }

    pub(super) fn next(&mut self) {
        self.turn = (self.turn + 1) % self.sources.len().max(1);
    }
}

fn reached(endpoint: &OrdererEndpoint, options: &PullOptions) -> OrdererEndpoint {
    let Some(replaced) = options.overrides.get(&endpoint.address) else {
        return endpoint.clone();
    };
    let tls_roots = if replaced.tls_roots.is_empty() {
        endpoint.tls_roots.clone()
    } else {
        replaced.tls_roots.clone()
    };
    OrdererEndpoint {
        address: replaced.address.clone(),
        tls_roots,
    }
}

fn shuffle<T>(items: &mut [T]) {
    for last in (1..items.len()).rev() {
        let random = nonce()
            .iter()
            .take(8)
            .fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
        let count = u64::try_from(last).unwrap_or(u64::MAX).saturating_add(1);
        let other = usize::try_from(random % count).unwrap_or_default();
        items.swap(last, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::OrdererOverride;
    use bytes::Bytes;

    fn endpoint(address: &str) -> OrdererEndpoint {
        OrdererEndpoint {
            address: address.to_owned(),
            tls_roots: vec![Bytes::from_static(b"configured")],
        }
    }

    #[test]
    fn an_override_replaces_the_address_and_the_roots_it_has() {
        let mut options = PullOptions::default();
        let replacement = |address: &str, tls_roots| OrdererOverride {
            address: address.to_owned(),
            tls_roots,
        };
        let roots = vec![Bytes::from_static(b"own")];
        options
            .overrides
            .insert("a:1".to_owned(), replacement("b:2", roots.clone()));
        options
            .overrides
            .insert("c:3".to_owned(), replacement("d:4", Vec::new()));
        let found = reached(&endpoint("a:1"), &options);
        assert_eq!((found.address.as_str(), found.tls_roots), ("b:2", roots));
        let found = reached(&endpoint("c:3"), &options);
        assert_eq!(found, endpoint("d:4"));
        assert_eq!(reached(&endpoint("x:9"), &options), endpoint("x:9"));
    }

    #[test]
    fn everybody_has_a_turn() {
        let mut sources: Vec<_> = ["a", "b", "c", "d"].map(endpoint).to_vec();
        shuffle(&mut sources);
        let mut rotation = Rotation {
            sources,
            ..Rotation::default()
        };
        let mut seen = Vec::new();
        for _ in 0..4 {
            let source = rotation.source().unwrap().clone();
            let mut all = rotation.others();
            assert!(!all.contains(&source));
            all.push(source.clone());
            assert_eq!(all.len(), 4);
            seen.push(source.address);
            rotation.next();
        }
        seen.sort();
        assert_eq!(seen, ["a", "b", "c", "d"]);
        assert_eq!(Rotation::default().source(), None);
    }
}
