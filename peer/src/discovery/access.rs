//! Who may ask.

use crate::node::Peer;
use lru::LruCache;
use parking_lot::Mutex;
use selvedge_identity::SignedData;
use selvedge_protos::common::msp_role::MspRoleType;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::num::NonZeroUsize;

/// Fabric: `peer.discovery`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoveryOptions {
    pub enabled: bool,
    /// Every member of the own organisation may ask questions about no channel, not only its administrators.
    pub members_allowed: bool,
    /// Answers to who may ask that are remembered for each channel; 0: none.
    pub remembered: usize,
    /// How many are dropped when there are that many. Fabric drops any, we those that were used least recently.
    pub dropped: usize,
}

impl Default for DiscoveryOptions {
    fn default() -> Self {
        Self {
            enabled: true,
            members_allowed: false,
            remembered: 1000,
            dropped: 250,
        }
    }
}

/// Decides who is answered. A request that was judged is remembered until the channel's configuration changes.
///
/// Fabric: discovery/authcache.go, discovery/support/acl/support.go.
#[derive(Debug)]
pub struct Access {
    options: DiscoveryOptions,
    channels: Mutex<HashMap<String, Judged>>,
}

#[derive(Debug)]
struct Judged {
    sequence: u64,
    requests: LruCache<[u8; 32], bool>,
}

impl Judged {
    fn put(&mut self, key: [u8; 32], granted: bool, dropped: usize) {
        if self.requests.len() == self.requests.cap().get() && !self.requests.contains(&key) {
            for _ in 0..dropped {
                self.requests.pop_lru();
            }
        }
        self.requests.put(key, granted);
    }
}

const WRITERS: &str = "/Channel/Application/Writers";

impl Access {
    pub fn new(options: DiscoveryOptions) -> Self {
        Self {
            options,
            channels: Mutex::default(),
        }
    }

    /// Whether the signer of a request may ask about a channel; an empty name stands for no channel.
    pub fn is_granted(&self, peer: &Peer, channel: &str, request: &SignedData) -> bool {
        let Some(sequence) = sequence(peer, channel) else {
            return false;
        };
        let Some(size) = NonZeroUsize::new(self.options.remembered) else {
            return self.judge(peer, channel, request);
        };
        let key = key(request);
        if let Some(judged) = self.channels.lock().get_mut(channel)
            && judged.sequence == sequence
            && let Some(granted) = judged.requests.get(&key)
        {
            return *granted;
        }
        let granted = self.judge(peer, channel, request);
        let mut channels = self.channels.lock();
        let judged = channels
            .entry(channel.to_owned())
            .or_insert_with(|| Judged {
                sequence,
                requests: LruCache::new(size),
            });
        if judged.sequence < sequence {
            judged.sequence = sequence;
            judged.requests.clear();
        }
        if judged.sequence == sequence {
            judged.put(key, granted, self.options.dropped);
        }
        granted
    }

    fn judge(&self, peer: &Peer, channel: &str, request: &SignedData) -> bool {
        let judged = if channel.is_empty() {
            self.judge_local(peer, request)
        } else {
            peer.channel(channel)
                .ok_or_else(|| "no such channel".to_owned())
                .and_then(|found| {
                    let signed = std::slice::from_ref(request);
                    let verdict = found.config().evaluate(WRITERS, signed);
                    verdict.map_err(|error| error.to_string())
                })
        };
        if let Err(error) = &judged {
            tracing::warn!(channel, error, "a discovery request is not allowed");
        }
        judged.is_ok()
    }

    fn judge_local(&self, peer: &Peer, request: &SignedData) -> Result<(), String> {
        let role = match self.options.members_allowed {
            true => MspRoleType::Member,
            false => MspRoleType::Admin,
        };
        let msp = peer.local_msp();
        let identity = msp.deserialize(&request.identity);
        let identity = identity.map_err(|error| error.to_string())?;
        msp.satisfies_role(&identity, role)
            .and_then(|()| identity.verify(&request.data, &request.signature))
            .map_err(|error| error.to_string())
    }
}

fn sequence(peer: &Peer, channel: &str) -> Option<u64> {
    if channel.is_empty() {
        return Some(0);
    }
    Some(peer.channel(channel)?.config().sequence())
}

fn key(request: &SignedData) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [&request.data, &request.identity, &request.signature] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_used_least_recently_are_dropped_when_there_is_no_room() {
        for (dropped, left) in [(0, 4), (1, 4), (3, 2), (9, 1)] {
            let mut judged = Judged {
                sequence: 0,
                requests: LruCache::new(NonZeroUsize::new(4).unwrap()),
            };
            for key in 0..4 {
                judged.put([key; 32], true, dropped);
            }
            judged.put([0; 32], false, dropped);
            assert_eq!(judged.requests.len(), 4, "known before");
            judged.put([9; 32], true, dropped);
            assert_eq!(judged.requests.len(), left, "{dropped} dropped");
            assert_eq!(judged.requests.contains(&[0; 32]), dropped < 4);
        }
    }
}
