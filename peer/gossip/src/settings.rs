use std::time::Duration;

/// How a peer gossips. Names and defaults are those of Fabric's `peer.gossip` keys (gossip/gossip/config.go).
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where peers of the own organisation reach this one, `host:port`. Fabric: `peer.gossip.endpoint`, or
    /// `peer.address`.
    pub endpoint: String,
    /// Where peers of other organisations reach it; empty: they are not told. Fabric: `peer.gossip.externalEndpoint`.
    pub external_endpoint: String,
    /// Peers of the own organisation to begin with, `host:port`. Fabric: `peer.gossip.bootstrap`.
    pub bootstrap: Vec<String>,
    pub alive_interval: Duration,
    /// A peer not heard of for so long is dead.
    pub alive_expiration: Duration,
    /// Between attempts to reach a bootstrap, anchor or dead peer.
    pub reconnect_interval: Duration,
    /// How many such attempts for a bootstrap or anchor peer.
    pub max_connection_attempts: u32,
    /// After so many `alive_expiration`s a dead peer is forgotten, unless it is a bootstrap or anchor peer.
    pub expiration_factor: u32,
    /// Between exchanges of membership and identities.
    pub pull_interval: Duration,
    pub pull_peers: usize,
    /// How long after a greeting offers of identities are taken.
    pub digest_wait: Duration,
    /// How long after a greeting of another peer its choice among what it was offered is answered.
    pub request_wait: Duration,
    /// How much longer than offers the identities themselves are taken.
    pub response_wait: Duration,
    /// To how many peers a message is passed on.
    pub propagate_peers: usize,
    /// How many times, each time to peers chosen anew; 0: messages are not passed on.
    pub propagate_iterations: usize,
    /// Between looks at who is in a channel, for the log.
    pub membership_tracker_interval: Duration,
    pub publish_state_info_interval: Duration,
    pub request_state_info_interval: Duration,
    /// For how long after the start heartbeats carry the own identity.
    pub publish_cert_period: Duration,
    pub dial_timeout: Duration,
    /// A quiet connection that this peer opened is asked for life after so long. Fabric: `peer.keepalive.client`.
    pub keep_alive_interval: Duration,
    pub keep_alive_timeout: Duration,
    pub connection_timeout: Duration,
    /// Messages waiting to be sent on one connection; more are dropped.
    pub send_buffer: usize,
    /// For an answer to a request for private data. Fabric: a constant of gossip/privdata/pull.go.
    pub response_timeout: Duration,
    /// Streams that other peers may hold open here.
    pub max_connections: usize,
    /// Identities remembered; more are not learnt.
    pub max_identities: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            external_endpoint: String::new(),
            bootstrap: Vec::new(),
            alive_interval: Duration::from_secs(5),
            alive_expiration: Duration::from_secs(25),
            reconnect_interval: Duration::from_secs(25),
            max_connection_attempts: 120,
            expiration_factor: 20,
            pull_interval: Duration::from_secs(4),
            pull_peers: 3,
            digest_wait: Duration::from_secs(1),
            request_wait: Duration::from_millis(1500),
            response_wait: Duration::from_secs(2),
            propagate_peers: 3,
            propagate_iterations: 1,
            membership_tracker_interval: Duration::from_secs(5),
            publish_state_info_interval: Duration::from_secs(4),
            request_state_info_interval: Duration::from_secs(4),
            publish_cert_period: Duration::from_secs(10),
            dial_timeout: Duration::from_secs(3),
            keep_alive_interval: Duration::from_secs(60),
            keep_alive_timeout: Duration::from_secs(20),
            connection_timeout: Duration::from_secs(2),
            send_buffer: 200,
            response_timeout: Duration::from_secs(5),
            max_connections: 1000,
            max_identities: 10_000,
        }
    }
}

impl Settings {
    pub(crate) fn is_own(&self, endpoint: &str) -> bool {
        if endpoint.is_empty() {
            return false;
        }
        if endpoint == self.endpoint || endpoint == self.external_endpoint {
            return true;
        }
        let Some((_, port)) = self.endpoint.rsplit_once(':') else {
            return false;
        };
        let local = |host| endpoint == format!("{host}:{port}");
        local("127.0.0.1") || local("localhost")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_itself() {
        let settings = Settings {
            endpoint: "peer0:7051".to_owned(),
            external_endpoint: "outside:9051".to_owned(),
            ..Settings::default()
        };
        for own in [
            "peer0:7051",
            "outside:9051",
            "127.0.0.1:7051",
            "localhost:7051",
        ] {
            assert!(settings.is_own(own), "{own}");
        }
        for other in ["", "peer1:7051", "127.0.0.1:9051"] {
            assert!(!settings.is_own(other), "{other}");
        }
    }
}
