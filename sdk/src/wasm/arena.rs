#![allow(
    unsafe_code,
    reason = "a global allocator hands out memory; what it hands out is decided in `heap`, without unsafe code"
)]

use crate::heap::{Heap, Words};
use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32;
use std::cell::{RefCell, UnsafeCell};

/// Enough for a typical invocation. Untouched pages cost nothing.
const SIZE: usize = 256 * 1024;
/// By how much the memory grows at least, so that few calls of a large invocation wait for the host.
const GROWTH: usize = 256 * 1024;
const PAGE: usize = 64 * 1024;

/// Serves from a fixed arena first. A component whose memory never grows can be instantiated and dropped without the
/// host changing the protection of its pages, which locks the whole process: twice the instances per second on one
/// thread, and the only way that two threads are faster than one.
///
/// Nothing else in a component allocates: what C there is calls this one too.
pub(super) struct Arena {
    memory: UnsafeCell<Memory>,
    heap: RefCell<Heap>,
}

#[repr(align(16))]
#[allow(dead_code, reason = "reached through pointers only")]
struct Memory([u8; SIZE]);

// SAFETY: the target has one thread.
unsafe impl Sync for Arena {}

#[global_allocator]
pub(super) static ARENA: Arena = Arena {
    memory: UnsafeCell::new(Memory([0; SIZE])),
    heap: RefCell::new(Heap::new()),
};

/// The linear memory.
struct Linear;

impl Words for Linear {
    fn load(&self, address: usize) -> usize {
        // SAFETY: the heap asks for words of blocks that are free, aligned to sixteen.
        unsafe { *(address as *const usize) }
    }

    fn store(&mut self, address: usize, value: usize) {
        // SAFETY: as above.
        unsafe { *(address as *mut usize) = value }
    }
}

impl Arena {
    pub(super) fn allocate(&self, size: usize, align: usize) -> *mut u8 {
        let mut heap = self.heap.borrow_mut();
        match heap.alloc(size, align, &mut Linear) {
            Some(block) => block as *mut u8,
            None => self.allocate_more(&mut heap, size, align),
        }
    }

    #[cold]
    #[inline(never)]
    fn allocate_more(&self, heap: &mut Heap, size: usize, align: usize) -> *mut u8 {
        if heap.is_new() {
            let base = self.memory.get() as usize;
            heap.extend(base, base + SIZE);
            if let Some(block) = heap.alloc(size, align, &mut Linear) {
                return block as *mut u8;
            }
        }
        let grown = grow(heap, size, align).and_then(|()| heap.alloc(size, align, &mut Linear));
        grown.map_or(std::ptr::null_mut(), |block| block as *mut u8)
    }

    pub(super) fn release(&self, block: *mut u8, size: usize) {
        self.heap
            .borrow_mut()
            .free(block as usize, size, &mut Linear);
    }
}

fn grow(heap: &mut Heap, size: usize, align: usize) -> Option<()> {
    let missing = Heap::missing(size, align)?.checked_next_multiple_of(PAGE)?;
    let fit = |bytes: usize| match wasm32::memory_grow::<0>(bytes / PAGE) {
        usize::MAX => None,
        before => Some((before * PAGE, before * PAGE + bytes)),
    };
    let (start, end) = fit(missing.max(GROWTH)).or_else(|| fit(missing))?;
    heap.extend(start, end);
    Some(())
}

// SAFETY: `Heap` hands out disjoint, aligned blocks of memory that only it was given.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.allocate(layout.size(), layout.align())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.release(block, layout.size());
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let old = layout.size();
        if self.heap.borrow_mut().resize(block as usize, old, new_size) {
            return block;
        }
        let moved = self.allocate(new_size, layout.align());
        if !moved.is_null() {
            // SAFETY: the copy stays within both blocks, which do not overlap since both are live.
            unsafe { std::ptr::copy_nonoverlapping(block, moved, old.min(new_size)) };
            self.release(block, old);
        }
        moved
    }
}
