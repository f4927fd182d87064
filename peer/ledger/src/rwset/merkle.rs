use crate::Version;
use bytes::Bytes;
use prost::Message;
use selvedge_protos::kvrwset;
use sha2::{Digest, Sha256};

/// Rows that one hash covers, and hashes that one parent covers, when recording.
pub(crate) const MAX_DEGREE: u32 = 50;

/// Rows of a range as they are read: kept as they are while they are few, folded into a Merkle tree when they are many.
/// Used for recording and, at commit, for checking what others recorded (Fabric:
/// core/ledger/kvledger/txmgmt/rwsetutil/query_results_helper.go).
pub(crate) struct ReadsHelper {
    pending: Vec<kvrwset::KvRead>,
    /// Complete nodes by level; the first entry is the leaves.
    levels: Vec<Vec<Bytes>>,
    max_degree: u32,
}

#[derive(Debug, PartialEq)]
pub(crate) enum ReadsOutcome {
    Raw(Vec<kvrwset::KvRead>),
    Summary(kvrwset::QueryReadsMerkleSummary),
}

impl ReadsHelper {
    /// `None`: a degree below 2 makes no tree.
    pub(crate) fn new(max_degree: u32) -> Option<Self> {
        (max_degree >= 2).then(|| Self {
            pending: Vec::new(),
            levels: vec![Vec::new()],
            max_degree,
        })
    }

    pub(crate) fn recording() -> Self {
        Self {
            pending: Vec::new(),
            levels: vec![Vec::new()],
            max_degree: MAX_DEGREE,
        }
    }

    pub(crate) fn add(&mut self, key: String, version: Version) {
        self.pending.push(kvrwset::KvRead {
            key,
            version: Some(proto(version)),
        });
        if self.full(self.pending.len()) {
            self.fold_pending();
        }
    }

    /// The highest level in use, from 1, and its complete hashes.
    pub(crate) fn top(&self) -> (u32, &[Bytes]) {
        (
            self.levels.len() as u32,
            self.levels.last().map_or(&[], Vec::as_slice),
        )
    }

    pub(crate) fn finish(mut self) -> ReadsOutcome {
        if self.levels.len() == 1 && self.levels.first().is_none_or(Vec::is_empty) {
            return ReadsOutcome::Raw(self.pending);
        }
        if !self.pending.is_empty() {
            self.fold_pending();
        }
        let max_degree = self.max_degree;
        let (max_level, max_level_hashes) = self.close_tree();
        ReadsOutcome::Summary(kvrwset::QueryReadsMerkleSummary {
            max_degree,
            max_level,
            max_level_hashes,
        })
    }

    fn full(&self, count: usize) -> bool {
        count as u64 > u64::from(self.max_degree)
    }

    fn fold_pending(&mut self) {
        let reads = kvrwset::QueryReads {
            kv_reads: std::mem::take(&mut self.pending),
        };
        let leaf = sha256(&reads.encode_to_vec());
        self.push(0, leaf);
    }

    fn push(&mut self, level: usize, hash: Bytes) {
        let mut level = level;
        let mut hash = hash;
        loop {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let max = u64::from(self.max_degree);
            let Some(hashes) = self.levels.get_mut(level) else {
                return;
            };
            hashes.push(hash);
            if hashes.len() as u64 <= max {
                return;
            }
            hash = combine(&std::mem::take(hashes));
            level += 1;
        }
    }

    /// A lone node below the top is promoted as it is; several are combined.
    fn close_tree(mut self) -> (u32, Vec<Bytes>) {
        let mut top = self.levels.pop().unwrap_or_default();
        let mut carried: Vec<Bytes> = Vec::new();
        let mut height = 1;
        for mut hashes in self.levels {
            hashes.append(&mut carried);
            carried = if hashes.len() > 1 {
                vec![combine(&hashes)]
            } else {
                hashes
            };
            height += 1;
        }
        top.append(&mut carried);
        if top.len() as u64 > u64::from(self.max_degree) {
            return (height + 1, vec![combine(&top)]);
        }
        (height, top)
    }
}

pub(crate) fn proto(version: Version) -> kvrwset::Version {
    kvrwset::Version {
        block_num: version.block,
        tx_num: version.tx,
    }
}

fn combine(hashes: &[Bytes]) -> Bytes {
    let mut hasher = Sha256::new();
    for hash in hashes {
        hasher.update(hash);
    }
    Bytes::copy_from_slice(&hasher.finalize())
}

fn sha256(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Fabric's algorithm with its own data structures, written as its source reads.
    fn naive(keys: &[String], max_degree: u32) -> Option<(u32, Vec<Bytes>)> {
        let mut tree: BTreeMap<u32, Vec<Bytes>> = BTreeMap::new();
        let mut max_level = 1;
        let chunk = max_degree as usize + 1;
        for leaf in keys.chunks(chunk) {
            if leaf.len() < chunk && keys.len() < chunk {
                return None;
            }
            let complete = leaf.len() == chunk;
            let kv_reads = leaf
                .iter()
                .map(|key| kvrwset::KvRead {
                    key: key.clone(),
                    version: Some(proto(Version::new(1, 2))),
                })
                .collect();
            let hash = sha256(&kvrwset::QueryReads { kv_reads }.encode_to_vec());
            assert!(complete || leaf.as_ptr_range().end == keys.as_ptr_range().end);
            let mut level = 1;
            tree.entry(level).or_default().push(hash);
            while tree[&level].len() > max_degree as usize {
                let combined = combine(&tree.remove(&level).unwrap());
                level += 1;
                tree.entry(level).or_default().push(combined);
                max_level = max_level.max(level);
            }
        }
        let mut level = 1;
        while level < max_level {
            let hashes = tree.remove(&level).unwrap_or_default();
            level += 1;
            match hashes.len() {
                0 => continue,
                1 => tree.entry(level).or_default().push(hashes[0].clone()),
                _ => tree.entry(level).or_default().push(combine(&hashes)),
            }
        }
        let mut last = tree.remove(&max_level).unwrap_or_default();
        if last.len() > max_degree as usize {
            max_level += 1;
            last = vec![combine(&last)];
        }
        if keys.is_empty() {
            None
        } else {
            Some((max_level, last))
        }
    }

    fn summary(count: usize, max_degree: u32) -> ReadsOutcome {
        let mut helper = ReadsHelper::new(max_degree).unwrap();
        for key in 0..count {
            helper.add(format!("k{key:06}"), Version::new(1, 2));
        }
        helper.finish()
    }

    #[test]
    fn fifty_are_raw_and_fifty_one_are_hashed() {
        assert!(matches!(summary(50, 50), ReadsOutcome::Raw(reads) if reads.len() == 50));
        let ReadsOutcome::Summary(found) = summary(51, 50) else {
            panic!("not hashed")
        };
        assert_eq!(
            (
                found.max_degree,
                found.max_level,
                found.max_level_hashes.len()
            ),
            (50, 1, 1)
        );
    }

    #[test]
    fn degree_below_two_is_refused() {
        assert!(ReadsHelper::new(1).is_none());
        assert!(ReadsHelper::new(2).is_some());
    }

    proptest! {
        #[test]
        fn equals_the_naive_tree(count in 0_usize..400, max_degree in 2_u32..8) {
            let keys: Vec<String> = (0..count).map(|key| format!("k{key:06}")).collect();
            let expected = naive(&keys, max_degree);
            match summary(count, max_degree) {
                ReadsOutcome::Raw(reads) => prop_assert!(expected.is_none() && reads.len() == count),
                ReadsOutcome::Summary(found) => {
                    prop_assert_eq!(Some((found.max_level, found.max_level_hashes)), expected);
                }
            }
        }
    }
}
