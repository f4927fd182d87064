//! Configurations of channels: blocks, updates, and the MSPs in them.

use crate::{Target, golden};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{ChannelConfig, Msp, MspVersion};
use selvedge_protos::common::Envelope;
use selvedge_protos::msp::MspConfig;
use std::sync::LazyLock;

pub(crate) const TARGET: Target = Target {
    name: "config",
    run,
    seeds,
};

static GENESIS: LazyLock<ChannelConfig> = LazyLock::new(golden::config);

fn run(data: &[u8]) {
    if let Ok(config) = ChannelConfig::from_block(&Bytes::copy_from_slice(data)) {
        looked_at(&config);
        let _ = GENESIS.check_successor(&config);
    }
    if let Ok(update) = Envelope::decode(data)
        && let Ok(proposed) = GENESIS.propose_update(&update)
        && let Ok(config) = GENESIS.validate_update(&proposed)
    {
        looked_at(&config);
    }
    if let Ok(config) = MspConfig::decode(data) {
        let _ = Msp::from_config(&config, MspVersion::V3_0);
    }
}

/// What a peer asks of a configuration that it has taken.
fn looked_at(config: &ChannelConfig) {
    let _ = config.check_capabilities();
    let _ = config.acls();
    let _ = config.orderer_endpoints();
    let _ = config.application_tls_roots();
    for path in config.policy_paths() {
        let _ = config.evaluate(&path, &[]);
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![golden::genesis().to_vec()];
    seeds.extend(golden::files("config_updates", "envelope"));
    seeds.extend(golden::files("policy", ".mspconfig"));
    seeds
}
