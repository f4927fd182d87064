//! Compiles the `.proto` files beside this script, without `protoc`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = "proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={ROOT}");
    let mut files = Vec::new();
    collect(Path::new(ROOT), &mut files)?;
    // The order of a directory listing depends on the file system; the generated code must not.
    files.sort();
    let descriptors = protox::compile(&files, [ROOT])?;

    tonic_prost_build::configure()
        // A map in a message that is hashed or signed has to encode the same way twice.
        .btree_map(".")
        .bytes(".")
        // The transport constructor is called `connect`, and so is the one method of `protos.Chaincode`.
        .build_transport(false)
        .include_file("fabric.rs")
        .compile_fds(descriptors)?;
    Ok(())
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "proto")
        {
            files.push(path);
        }
    }
    Ok(())
}
