//! What the build script wrote.

#![allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    rustdoc::all,
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::large_futures,
    reason = "generated code; its style is the generator's"
)]

include!(concat!(env!("OUT_DIR"), "/fabric.rs"));
