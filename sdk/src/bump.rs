use std::alloc::Layout;

/// Hands out ranges of a fixed arena from the bottom up. Only the topmost range can be given back or resized: buffers
/// that grow while they are written, and temporaries, are just that.
#[derive(Debug)]
pub(crate) struct Bump<const SIZE: usize> {
    next: usize,
}

impl<const SIZE: usize> Bump<SIZE> {
    /// What the arena's base is aligned to.
    const MAX_ALIGN: usize = 16;

    /// All zeros, so that an arena and its `Bump` take no room in the module's data.
    pub(crate) const fn new() -> Self {
        Self { next: 0 }
    }

    /// The offset of a new range; `None` if it does not fit.
    pub(crate) fn alloc(&mut self, layout: Layout) -> Option<usize> {
        if layout.align() > Self::MAX_ALIGN {
            return None;
        }
        let start = self.next.checked_next_multiple_of(layout.align())?;
        let end = start
            .checked_add(layout.size())
            .filter(|end| *end <= SIZE)?;
        self.next = end;
        Some(start)
    }

    /// Takes the range back if it is the topmost; otherwise it is lost until the instance ends.
    pub(crate) fn free(&mut self, offset: usize, size: usize) {
        if offset + size == self.next {
            self.next = offset;
        }
    }

    /// Whether the range now has the new size where it is.
    pub(crate) fn resize(&mut self, offset: usize, old: usize, new: usize) -> bool {
        if offset + old != self.next {
            return new <= old;
        }
        match offset.checked_add(new) {
            Some(end) if end <= SIZE => {
                self.next = end;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: usize = 512;

    #[derive(Clone, Debug)]
    enum Step {
        Alloc { size: usize, align: u32 },
        Free { which: usize },
        Resize { which: usize, size: usize },
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (1usize..100, 0u32..6).prop_map(|(size, align)| Step::Alloc { size, align }),
            any::<usize>().prop_map(|which| Step::Free { which }),
            (any::<usize>(), 1usize..200).prop_map(|(which, size)| Step::Resize { which, size }),
        ]
    }

    proptest! {
        #[test]
        fn live_ranges_are_aligned_disjoint_and_inside(steps in prop::collection::vec(step(), 0..60)) {
            let mut bump = Bump::<SIZE>::new();
            let mut live: Vec<(usize, usize)> = Vec::new();
            for step in steps {
                match step {
                    Step::Alloc { size, align } => {
                        let layout = Layout::from_size_align(size, 1 << align).unwrap();
                        if let Some(offset) = bump.alloc(layout) {
                            prop_assert_eq!(offset % layout.align(), 0);
                            live.push((offset, size));
                        }
                    }
                    Step::Free { which } if !live.is_empty() => {
                        let (offset, size) = live.swap_remove(which % live.len());
                        bump.free(offset, size);
                    }
                    Step::Resize { which, size } if !live.is_empty() => {
                        let at = which % live.len();
                        let (offset, old) = live[at];
                        if bump.resize(offset, old, size) {
                            live[at].1 = size;
                        }
                    }
                    _ => {}
                }
                let mut sorted = live.clone();
                sorted.sort_unstable();
                prop_assert!(sorted.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0));
                prop_assert!(sorted.iter().all(|(offset, size)| offset + size <= SIZE));
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_left_to_others() {
        let mut bump = Bump::<SIZE>::new();
        assert_eq!(
            bump.alloc(Layout::from_size_align(SIZE + 1, 1).unwrap()),
            None
        );
        assert_eq!(bump.alloc(Layout::from_size_align(1, 32).unwrap()), None);
        assert_eq!(
            bump.alloc(Layout::from_size_align(SIZE, 16).unwrap()),
            Some(0)
        );
    }
}
