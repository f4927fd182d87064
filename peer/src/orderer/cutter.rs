use bytes::Bytes;
use selvedge_identity::BatchParameters;
use std::mem;

/// One admitted message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// Serialized `common.Envelope`.
    pub(super) envelope: Bytes,
    /// Bytes of payload and signature, which is what Fabric counts.
    pub(super) size: usize,
}

/// Turns a sequence of messages into blocks.
///
/// Fabric: orderer/common/blockcutter/blockcutter.go.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    pending: Vec<Bytes>,
    size: usize,
}

impl Cutter {
    /// The batches that `message` completes: none, one, or two when it is too large to share a block.
    pub(super) fn add(&mut self, message: Message, limits: &BatchParameters) -> Vec<Vec<Bytes>> {
        let preferred = limits.preferred_max_bytes as usize;
        let mut batches = Vec::new();
        if self.size.saturating_add(message.size) > preferred {
            batches.extend(self.cut());
        }
        let alone = message.size > preferred;
        self.size = self.size.saturating_add(message.size);
        self.pending.push(message.envelope);
        if alone || self.pending.len() >= limits.max_message_count as usize {
            batches.extend(self.cut());
        }
        batches
    }

    /// What waits, as a block; `None` when nothing does.
    pub(super) fn cut(&mut self) -> Option<Vec<Bytes>> {
        self.size = 0;
        Some(mem::take(&mut self.pending)).filter(|batch| !batch.is_empty())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: &BatchParameters = &BatchParameters {
        max_message_count: 3,
        absolute_max_bytes: 100,
        preferred_max_bytes: 10,
        timeout: std::time::Duration::from_secs(1),
    };

    fn message(id: u8, size: usize) -> Message {
        Message {
            envelope: vec![id].into(),
            size,
        }
    }

    fn ids(batches: &[Vec<Bytes>]) -> Vec<Vec<u8>> {
        batches.iter().map(|batch| batch.concat()).collect()
    }

    #[test]
    fn cuts_by_count() {
        let mut cutter = Cutter::default();
        assert!(cutter.add(message(1, 1), LIMITS).is_empty());
        assert!(cutter.add(message(2, 1), LIMITS).is_empty());
        assert_eq!(ids(&cutter.add(message(3, 1), LIMITS)), [[1, 2, 3]]);
        assert!(cutter.is_empty());
        assert_eq!(cutter.cut(), None);
    }

    #[test]
    fn a_message_that_overflows_opens_the_next_block() {
        let mut cutter = Cutter::default();
        assert!(cutter.add(message(1, 6), LIMITS).is_empty());
        assert_eq!(ids(&cutter.add(message(2, 5), LIMITS)), [[1]]);
        assert_eq!(cutter.cut().map(|batch| batch.concat()), Some(vec![2]));
    }

    #[test]
    fn a_large_message_has_a_block_for_itself() {
        let mut cutter = Cutter::default();
        assert!(cutter.add(message(1, 1), LIMITS).is_empty());
        assert_eq!(ids(&cutter.add(message(2, 11), LIMITS)), [[1], [2]]);
        assert!(cutter.is_empty());
    }

    proptest! {
        #[test]
        fn keeps_order_and_limits(sizes in proptest::collection::vec(0usize..20, 0..50)) {
            let mut cutter = Cutter::default();
            let mut blocks = Vec::new();
            for (id, size) in sizes.iter().enumerate() {
                blocks.extend(cutter.add(message(id as u8, *size), LIMITS));
            }
            blocks.extend(cutter.cut());
            let flat: Vec<u8> = blocks.iter().flatten().flat_map(|bytes| bytes.to_vec()).collect();
            prop_assert_eq!(&flat, &(0..sizes.len() as u8).collect::<Vec<_>>());
            for block in &blocks {
                let bytes: usize = block.iter().map(|id| sizes[usize::from(id[0])]).sum();
                prop_assert!(!block.is_empty() && block.len() <= 3);
                prop_assert!(block.len() == 1 || bytes <= 10);
            }
        }
    }
}
