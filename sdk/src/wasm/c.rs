//! What of the C library is taken from here instead, so that it brings neither its allocator, nor an environment that is
//! always empty, nor the texts of errors that no file or socket can make: sixteen kilobytes of every component.

#![allow(unsafe_code, reason = "C's functions, by C's rules")]
#![allow(clippy::missing_safety_doc, reason = "the rules are C's")]

use super::arena::ARENA;
use std::ffi::{c_char, c_int};

/// Before each block of C's, at least: the size of the heap's block, and how far into it C's begins.
const HEADER: usize = 16;

#[unsafe(no_mangle)]
extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut u8 {
    let offset = align.max(HEADER);
    let Some(whole) = size.checked_add(offset) else {
        return std::ptr::null_mut();
    };
    let block = ARENA.allocate(whole, offset);
    if block.is_null() {
        return block;
    }
    // SAFETY: within the block, which is longer than `offset`.
    unsafe {
        let user = block.add(offset);
        user.cast::<[usize; 2]>().sub(1).write([whole, offset]);
        user
    }
}

/// Size and beginning of the heap's block.
unsafe fn whole(user: *mut u8) -> (usize, *mut u8) {
    // SAFETY: the caller got `user` from `aligned_alloc`.
    unsafe {
        let [whole, offset] = user.cast::<[usize; 2]>().sub(1).read();
        (whole, user.sub(offset))
    }
}

#[unsafe(no_mangle)]
extern "C" fn malloc(size: usize) -> *mut u8 {
    aligned_alloc(HEADER, size)
}

#[unsafe(no_mangle)]
extern "C" fn calloc(count: usize, size: usize) -> *mut u8 {
    let Some(bytes) = count.checked_mul(size) else {
        return std::ptr::null_mut();
    };
    let user = malloc(bytes);
    if !user.is_null() {
        // SAFETY: of that size.
        unsafe { user.write_bytes(0, bytes) };
    }
    user
}

#[unsafe(no_mangle)]
unsafe extern "C" fn free(user: *mut u8) {
    if !user.is_null() {
        // SAFETY: C's promise.
        let (size, block) = unsafe { whole(user) };
        ARENA.release(block, size);
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(user: *mut u8, size: usize) -> *mut u8 {
    if user.is_null() {
        return malloc(size);
    }
    let moved = malloc(size);
    if !moved.is_null() {
        // SAFETY: C's promise; the copy stays within both blocks.
        unsafe {
            let (old, block) = whole(user);
            let kept = old - (user as usize - block as usize);
            std::ptr::copy_nonoverlapping(user, moved, kept.min(size));
            ARENA.release(block, old);
        }
    }
    moved
}

#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(out: *mut *mut u8, align: usize, size: usize) -> i32 {
    const ENOMEM: i32 = 48; // as WASI counts
    let user = aligned_alloc(align, size);
    if user.is_null() {
        return ENOMEM;
    }
    // SAFETY: C's promise.
    unsafe { *out = user };
    0
}

/// A component has no environment.
#[unsafe(no_mangle)]
extern "C" fn getenv(_: *const c_char) -> *const c_char {
    std::ptr::null()
}

/// Errors have numbers only.
#[unsafe(no_mangle)]
unsafe extern "C" fn strerror_r(_: c_int, text: *mut c_char, length: usize) -> c_int {
    if length > 0 {
        // SAFETY: C's promise.
        unsafe { *text = 0 };
    }
    0
}
