//! The only module with `unsafe` code: machine code is loaded here.
#![allow(
    unsafe_code,
    reason = "loading machine code that our own compiler wrote; see the safety notes"
)]

use super::CompileError;
use super::cache::CheckedPath;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Machine code that came from our own compiler, in this process or in a child of it.
pub(crate) struct Artifact(Vec<u8>);

impl Artifact {
    /// For the output of `precompile_component` alone, here or through the pipe of a child running our own binary.
    pub(super) fn from_our_compiler(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

pub(super) fn bytes(engine: &Engine, artifact: &Artifact) -> Result<Component, CompileError> {
    // SAFETY: `deserialize` requires bytes that `precompile_component` wrote. An `Artifact` holds nothing else: it is
    // made only from the compiler's result. Wasmtime itself refuses code for other settings or another version.
    unsafe { Component::deserialize(engine, artifact.as_bytes()) }.map_err(unloadable)
}

pub(super) fn file(engine: &Engine, path: &CheckedPath) -> Result<Component, CompileError> {
    // SAFETY: `deserialize_file` requires a file that holds what `precompile_component` wrote and that nobody changes
    // while it is mapped. A `CheckedPath` comes only from the cache, which has verified the file's MAC under a key that
    // none but this user can read, or has written the file, and since then neither the file nor its times are others; in
    // a directory that none but this user can write; and the cache replaces files by renaming and never writes into one.
    unsafe { Component::deserialize_file(engine, path) }.map_err(unloadable)
}

fn unloadable(error: wasmtime::Error) -> CompileError {
    CompileError::Refused(format!("{error:#}"))
}
