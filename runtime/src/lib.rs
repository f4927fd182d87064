//! Executes chaincode: packages, the registry of builds, and the Wasm engine.
//!
//! A runtime carries calls between a chaincode and a [`selvedge_interface::Host`]. It decides nothing about
//! definitions, channels or policies, and it reads no clock, no environment and no random source but what it is given.
//!
//! * A package's bytes: [`Package::parse`], [`PackageStore`], and [`PackageSource`] to write one.
//! * What a guest must be: [`encode_component`] makes it, [`check_component`] refuses what is not it.
//! * What runs it: [`Runtimes`] builds a package once and answers with a [`Chaincode`]; [`WasmEngine`] is the builder
//!   of packages of type `wasm`.

mod chaincode;
mod check;
mod compile;
mod component;
mod metrics;
mod package;
mod runtimes;
mod store;
mod wasm;

pub use chaincode::{Budget, Call, Chaincode, ExecuteError};
pub use check::{CheckError, MAX_COMPONENT_SIZE, check_component};
pub use compile::{COMPILE_WORKER, CompileError, compile_worker_main};
pub use component::{EncodeError, encode_component};
pub use metrics::{ChaincodeMetrics, NoMetrics, Request};
pub use package::{
    ArtifactError, CodeFile, DbArtifact, FileError, InvalidLabel, Label, LegacyCode, Package,
    PackageError, PackageId, PackageMetadata, PackageSource, SourceTree, StoredPackageError,
    WriteError, check_artifact, code_archive, code_files,
};
pub use runtimes::{
    BuildError, Builder, InstallError, Installed, OtherPackages, Present, Runtimes,
};
pub use store::{InstalledPackage, PackageStore, StoreError};
pub use wasm::{
    CacheConfig, ChildCompiler, Code, Compiler, EngineConfig, EngineError, EngineWork, Limits,
    LoadError, WasmEngine, Workers,
};
