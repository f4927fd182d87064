use parking_lot::Mutex;
use std::collections::VecDeque;

/// What was made of the latest blocks, for all who ask for it at the same time: so many blocks, without a gap, and so many
/// bytes together. What is larger, or older, everybody reads from the ledger.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    blocks: usize,
    bytes: usize,
    kept: Mutex<Kept<T>>,
}

#[derive(Debug)]
struct Kept<T> {
    /// Number, what is kept, and its size.
    blocks: VecDeque<(u64, T, usize)>,
    bytes: usize,
}

impl<T: Clone> Recent<T> {
    pub(crate) fn new(blocks: usize, bytes: usize) -> Self {
        let kept = Kept {
            blocks: VecDeque::new(),
            bytes: 0,
        };
        Self {
            blocks,
            bytes,
            kept: Mutex::new(kept),
        }
    }

    pub(crate) fn keep(&self, number: u64, value: T, size: usize) {
        let mut kept = self.kept.lock();
        let last = kept.blocks.back().map(|(last, ..)| *last);
        if last.is_some_and(|last| last.checked_add(1) != Some(number)) {
            kept.blocks.clear();
            kept.bytes = 0;
        }
        kept.blocks.push_back((number, value, size));
        kept.bytes = kept.bytes.saturating_add(size);
        while kept.blocks.len() > self.blocks || kept.bytes > self.bytes {
            let Some((_, _, size)) = kept.blocks.pop_front() else {
                break;
            };
            kept.bytes = kept.bytes.saturating_sub(size);
        }
    }

    pub(crate) fn get(&self, number: u64) -> Option<T> {
        let kept = self.kept.lock();
        let (first, ..) = kept.blocks.front()?;
        let place = usize::try_from(number.checked_sub(*first)?).ok()?;
        kept.blocks.get(place).map(|(_, value, _)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(recent: &Recent<char>) -> Vec<(u64, char)> {
        let numbers = 0..10;
        numbers
            .filter_map(|number| Some((number, recent.get(number)?)))
            .collect()
    }

    #[test]
    fn some_small_ones_are_kept_and_few_large_ones() {
        let recent = Recent::new(3, 100);
        for (number, value) in (1..).zip("abcd".chars()) {
            recent.keep(number, value, 1);
        }
        assert_eq!(there(&recent), [(2, 'b'), (3, 'c'), (4, 'd')]);
        recent.keep(5, 'e', 99);
        assert_eq!(there(&recent), [(4, 'd'), (5, 'e')]);
        recent.keep(6, 'f', 101);
        assert_eq!(there(&recent), []);
        recent.keep(7, 'g', 1);
        assert_eq!(there(&recent), [(7, 'g')]);
    }

    #[test]
    fn there_is_no_gap() {
        let recent = Recent::new(3, 100);
        recent.keep(1, 'a', 1);
        recent.keep(3, 'c', 1);
        assert_eq!(there(&recent), [(3, 'c')]);
    }
}
