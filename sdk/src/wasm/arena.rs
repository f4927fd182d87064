#![allow(
    unsafe_code,
    reason = "a global allocator hands out memory; what it hands out is decided in `bump`, without unsafe code"
)]

use crate::bump::Bump;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{RefCell, UnsafeCell};

/// Enough for a typical invocation. Untouched pages cost nothing.
const SIZE: usize = 256 * 1024;

/// Serves from a fixed arena first. A component whose memory never grows can be instantiated and dropped without the
/// host changing the protection of its pages, which locks the whole process: twice the instances per second on one
/// thread, and the only way that two threads are faster than one.
struct Arena {
    memory: UnsafeCell<Memory>,
    bump: RefCell<Bump<SIZE>>,
}

#[repr(align(16))]
#[allow(dead_code, reason = "reached through pointers only")]
struct Memory([u8; SIZE]);

// SAFETY: the target has one thread.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena {
    memory: UnsafeCell::new(Memory([0; SIZE])),
    bump: RefCell::new(Bump::new()),
};

impl Arena {
    fn base(&self) -> *mut u8 {
        self.memory.get().cast()
    }

    /// The offset of a block of the arena.
    fn offset(&self, block: *mut u8) -> Option<usize> {
        (block as usize)
            .checked_sub(self.base() as usize)
            .filter(|offset| *offset < SIZE)
    }
}

// SAFETY: `Bump` hands out disjoint, aligned ranges within SIZE (the base is aligned to 16, `Bump` refuses more); all
// else is the system allocator's.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.bump.borrow_mut().alloc(layout) {
            // SAFETY: within the arena.
            Some(offset) => unsafe { self.base().add(offset) },
            // SAFETY: the caller's promises are the same.
            None => unsafe { System.alloc(layout) },
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match self.offset(block) {
            Some(offset) => self.bump.borrow_mut().free(offset, layout.size()),
            // SAFETY: not ours, so the system allocator gave it out.
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let Some(offset) = self.offset(block) else {
            // SAFETY: not ours, so the system allocator gave it out.
            return unsafe { System.realloc(block, layout, new_size) };
        };
        if self
            .bump
            .borrow_mut()
            .resize(offset, layout.size(), new_size)
        {
            return block;
        }
        // SAFETY: a layout with the caller's alignment and a size the caller promises to be valid; the copy stays
        // within both blocks, which do not overlap since both are live.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !moved.is_null() {
                std::ptr::copy_nonoverlapping(block, moved, layout.size().min(new_size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}
