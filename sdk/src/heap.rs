//! Which memory is handed out, without touching it: the allocator of a component, minus the unsafe part.

/// Machine words within the memory that a heap manages; free blocks are linked through their first two.
pub(crate) trait Words {
    fn load(&self, address: usize) -> usize;
    fn store(&mut self, address: usize, value: usize);
}

const WORD: usize = size_of::<usize>();
/// What blocks and their sizes are multiples of; room for the two words.
const GRAIN: usize = 16;
/// Blocks up to this size have a list for each multiple of `GRAIN`: nearly all there are, and the quickest to find.
const SMALL: usize = 1024;
/// Blocks of more than this are kept in one list, whatever their size.
const LARGE: usize = 64 * 1024;
const SMALL_CLASSES: usize = SMALL / GRAIN + 1;
/// And two for every power of two between them.
const CLASSES: usize = SMALL_CLASSES + 2 * (LARGE.ilog2() - SMALL.ilog2()) as usize;

/// Hands out memory from the bottom up. A block that is the topmost is given back or resized where it is: buffers that grow
/// while they are written, and temporaries, are just that. Others wait in a list of their size for the next that asks for
/// it, so that a loop which allocates and frees runs in bounded memory. Nothing is coalesced: an instance lives for one
/// transaction.
#[derive(Debug)]
pub(crate) struct Heap {
    next: usize,
    end: usize,
    free: [usize; CLASSES],
    large: usize,
}

impl Heap {
    /// All zeros, so that a heap takes no room in the module's data.
    pub(crate) const fn new() -> Self {
        Self {
            next: 0,
            end: 0,
            free: [0; CLASSES],
            large: 0,
        }
    }

    pub(crate) const fn is_new(&self) -> bool {
        self.end == 0
    }

    /// More memory, above all there was, aligned to `GRAIN`. What is left below it is lost unless it borders.
    pub(crate) fn extend(&mut self, start: usize, end: usize) {
        if start != self.end {
            self.next = start;
        }
        self.end = end;
    }

    /// What [`Heap::extend`] must give at least for this block; `None` for one that no memory can hold.
    pub(crate) fn missing(size: usize, align: usize) -> Option<usize> {
        room(size)?.checked_add(align)
    }

    /// The address of a new block; `None` if the heap must grow.
    pub(crate) fn alloc(
        &mut self,
        size: usize,
        align: usize,
        words: &mut impl Words,
    ) -> Option<usize> {
        let room = room(size)?;
        if align <= GRAIN
            && let Some(block) = self.reuse(room, words)
        {
            return Some(block);
        }
        let start = match align <= GRAIN {
            true => self.next,
            false => self.next.checked_next_multiple_of(align)?,
        };
        let end = start.checked_add(room).filter(|end| *end <= self.end)?;
        self.next = end;
        Some(start)
    }

    fn reuse(&mut self, room: usize, words: &mut impl Words) -> Option<usize> {
        let Some(first) = class(room).and_then(|class| self.free.get_mut(class)) else {
            return self.reuse_large(room, words);
        };
        let block = *first;
        if block == 0 {
            return None;
        }
        *first = words.load(block);
        Some(block)
    }

    /// The first that is large enough; what is left of it stays.
    fn reuse_large(&mut self, room: usize, words: &mut impl Words) -> Option<usize> {
        let (mut before, mut block) = (0, self.large);
        while block != 0 {
            let (after, size) = (words.load(block), words.load(block + WORD));
            if size >= room {
                let rest = if size > room {
                    words.store(block + room, after);
                    words.store(block + room + WORD, size - room);
                    block + room
                } else {
                    after
                };
                match before {
                    0 => self.large = rest,
                    before => words.store(before, rest),
                }
                return Some(block);
            }
            (before, block) = (block, after);
        }
        None
    }

    /// Takes a block back.
    pub(crate) fn free(&mut self, block: usize, size: usize, words: &mut impl Words) {
        let Some(room) = room(size) else { return };
        if block + room == self.next {
            self.next = block;
            return;
        }
        match class(room).and_then(|class| self.free.get_mut(class)) {
            Some(first) => {
                words.store(block, *first);
                *first = block;
            }
            None => {
                words.store(block, self.large);
                words.store(block + WORD, room);
                self.large = block;
            }
        }
    }

    /// Whether the block now has the new size where it is.
    pub(crate) fn resize(&mut self, block: usize, old: usize, new: usize) -> bool {
        let (Some(old), Some(new)) = (room(old), room(new)) else {
            return false;
        };
        if old == new {
            return true;
        }
        match block.checked_add(new) {
            Some(end) if block + old == self.next && end <= self.end => {
                self.next = end;
                true
            }
            _ => false,
        }
    }
}

/// The size of the block for `size` bytes: a multiple of `GRAIN`; beyond `SMALL` a power of two or three quarters of one; of
/// large ones a multiple of `LARGE`.
fn room(size: usize) -> Option<usize> {
    if size <= SMALL {
        return Some((size.max(1) + GRAIN - 1) & !(GRAIN - 1));
    }
    if size > LARGE {
        return size.checked_next_multiple_of(LARGE);
    }
    let power = size.next_power_of_two();
    let less = power / 4 * 3;
    Some(if size <= less { less } else { power })
}

/// Where free blocks of a size that [`room`] gave are kept; `None` for large ones.
fn class(room: usize) -> Option<usize> {
    if room <= SMALL {
        return Some(room / GRAIN);
    }
    let power = room.next_power_of_two();
    let above = 2 * (power.ilog2() - SMALL.ilog2() - 1) as usize + usize::from(room == power);
    (room <= LARGE).then_some(SMALL_CLASSES + above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    impl Words for BTreeMap<usize, usize> {
        fn load(&self, address: usize) -> usize {
            self[&address]
        }

        fn store(&mut self, address: usize, value: usize) {
            self.insert(address, value);
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Alloc { size: usize, align: u32 },
        Free { which: usize },
        Resize { which: usize, size: usize },
        Extend { borders: bool },
    }

    fn size() -> impl Strategy<Value = usize> {
        prop_oneof![1usize..200, 1usize..300_000]
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (size(), 0u32..8).prop_map(|(size, align)| Step::Alloc { size, align }),
            3 => any::<usize>().prop_map(|which| Step::Free { which }),
            2 => (any::<usize>(), size()).prop_map(|(which, size)| Step::Resize { which, size }),
            1 => any::<bool>().prop_map(|borders| Step::Extend { borders }),
        ]
    }

    const BASE: usize = 4096;
    const SIZE: usize = 1 << 20;

    fn heap() -> Heap {
        let mut heap = Heap::new();
        heap.extend(BASE, BASE + SIZE);
        heap
    }

    proptest! {
        #[test]
        fn live_blocks_are_aligned_disjoint_and_inside(steps in prop::collection::vec(step(), 0..120)) {
            let (mut heap, mut words) = (heap(), BTreeMap::new());
            let mut given = vec![(BASE, BASE + SIZE)];
            let mut live: Vec<(usize, usize)> = Vec::new();
            for step in steps {
                match step {
                    Step::Alloc { size, align } => {
                        if let Some(block) = heap.alloc(size, 1 << align, &mut words) {
                            prop_assert_eq!(block % (1 << align), 0);
                            live.push((block, size));
                        }
                    }
                    Step::Free { which } if !live.is_empty() => {
                        let (block, size) = live.swap_remove(which % live.len());
                        heap.free(block, size, &mut words);
                    }
                    Step::Resize { which, size } if !live.is_empty() => {
                        let at = which % live.len();
                        let (block, old) = live[at];
                        if heap.resize(block, old, size) {
                            live[at].1 = size;
                        }
                    }
                    Step::Extend { borders } => {
                        let start = given[given.len() - 1].1 + if borders { 0 } else { 64 };
                        heap.extend(start, start + SIZE);
                        given.push((start, start + SIZE));
                    }
                    Step::Free { .. } | Step::Resize { .. } => {}
                }
                let mut sorted = live.clone();
                sorted.sort_unstable();
                prop_assert!(sorted.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0));
                let (last, first) = (given[given.len() - 1].1, given[0].0);
                prop_assert!(sorted.iter().all(|(block, size)| *block >= first && block + size <= last));
                // Its links lie in free blocks.
                let is_free = |word: &usize| live.iter().all(|(block, size)| word + WORD <= *block || *word >= block + size);
                words.retain(|word, _| is_free(word));
            }
        }
    }

    #[test]
    fn a_loop_that_frees_needs_no_more_than_its_first_round() {
        let (mut heap, mut words) = (heap(), BTreeMap::new());
        let mut highest = 0;
        for round in 0..1000 {
            let sizes = [24, 100, 5000, 70_000, 24];
            let blocks = sizes.map(|size| (heap.alloc(size, 8, &mut words).unwrap(), size));
            for (block, size) in blocks {
                heap.free(block, size, &mut words);
            }
            if round == 0 {
                highest = heap.next;
            }
        }
        assert!(heap.next <= highest, "{} after {highest}", heap.next);
    }

    #[test]
    fn what_does_not_fit_waits_for_more() {
        assert!(Heap::new().is_new() && !heap().is_new());
        let (mut heap, mut words) = (heap(), BTreeMap::new());
        assert_eq!(heap.alloc(SIZE + 1, 1, &mut words), None);
        assert_eq!(heap.alloc(usize::MAX, 1, &mut words), None);
        assert_eq!(Heap::missing(usize::MAX, 1), None);
        let more = Heap::missing(SIZE + 1, 32).unwrap();
        heap.extend(BASE + SIZE, BASE + SIZE + more);
        assert_eq!(heap.alloc(SIZE + 1, 32, &mut words), Some(BASE));
    }
}
