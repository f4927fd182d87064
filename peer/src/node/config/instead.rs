//! Why a key has no effect, and what there is instead.

/// The beginning of keys, and what to say of them. Lower case, as keys are compared; the first that fits counts.
const WHY: &[(&str, &str)] = &[
    (
        "chaincode.id.",
        "chaincode reads it, not a peer: set it for the chaincode's process",
    ),
    ("ledger.blockchain", "Fabric has nothing below it either"),
    (
        "ledger.pvtdatastore.purgeinterval",
        "private data goes with the block in which it expires or is purged",
    ),
    (
        "ledger.state.couchdbconfig.",
        "this peer answers rich queries itself and talks to no CouchDB",
    ),
    (
        "peer.bccsp.pkcs11.",
        "keys are files: peer.BCCSP.SW.FileKeyStore.KeyStore says where",
    ),
    ("peer.deliveryclient.blockgossipenabled", BLOCKS),
    (
        "peer.gossip.election.",
        "no leader is elected: every peer takes its blocks from the orderers",
    ),
    ("peer.gossip.maxblockcounttostore", BLOCKS),
    (
        "peer.gossip.maxpropagationburst",
        "a message is passed on at once; peer.gossip.propagateIterations and propagatePeerNum say to whom",
    ),
    (
        "peer.gossip.recvbuffsize",
        "messages are handled as they are read; who sends faster waits",
    ),
    (
        "peer.gossip.skipblockverification",
        "every block is verified",
    ),
    ("peer.gossip.state.", BLOCKS),
    (
        "peer.gossip.stateinforetentioninterval",
        "what a peer said of a channel is kept until the peer is forgotten: peer.gossip.aliveExpirationTimeout times msgExpirationFactor",
    ),
    (
        "peer.handlers.",
        "the handlers are built in, and plugins of Go cannot be loaded",
    ),
    (
        "peer.profile.",
        "it serves profiles of Go's runtime; perf and /metrics tell of this program",
    ),
    ("peer.tls.serverhostoverride", "it is for the client verbs"),
];

const BLOCKS: &str = "blocks are not passed on between peers: every peer takes them from the orderers, see peer.deliveryclient";

const UNKNOWN: &str = "neither Fabric v3.1 nor this program has such a key; is it misspelt?";

/// `key` is one of the file, or a variable.
pub(super) fn instead(key: &str) -> &'static str {
    let key = key.to_lowercase();
    let begins = |known: &str| {
        let variable = format!("core_{}", known.replace('.', "_"));
        key.starts_with(known) || key.starts_with(&variable)
    };
    let found = WHY.iter().find(|(known, _)| begins(known));
    found.map_or(UNKNOWN, |(_, why)| why)
}

/// The keys by what is said of them, in the order given.
pub(super) fn by_reason(keys: Vec<String>) -> Vec<(&'static str, Vec<String>)> {
    let mut reasons: Vec<(&'static str, Vec<String>)> = Vec::new();
    for key in keys {
        let why = instead(&key);
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, keys)) => keys.push(key),
            None => reasons.push((why, vec![key])),
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_fabric_has_a_reason_of_its_own() {
        for line in include_str!("fabric_keys.txt").lines() {
            let (fate, key) = line.split_once(' ').unwrap();
            let variable = format!("CORE_{}", key.replace('.', "_").to_uppercase());
            if fate == "named" {
                assert_ne!(instead(key), UNKNOWN, "{key}");
                assert_eq!(instead(key), instead(&variable), "{key}");
            }
        }
    }

    #[test]
    fn keys_are_named_by_what_there_is_instead() {
        let keys = [
            "peer.gossip.maxBlockCountToStore",
            "peer.gosip.pullInterval",
            "CORE_PEER_GOSSIP_STATE_BATCHSIZE",
        ];
        let told = by_reason(keys.map(str::to_owned).to_vec());
        let [known, misspelt, variable] = keys.map(str::to_owned);
        assert_eq!(
            told,
            [(BLOCKS, vec![known, variable]), (UNKNOWN, vec![misspelt])]
        );
    }
}
