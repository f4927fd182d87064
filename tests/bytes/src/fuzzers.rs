//! The fuzzers are compiled where there is a compiler for them; that none is missing is seen everywhere.

use crate::TARGETS;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[test]
fn every_target_has_its_fuzzer_and_every_fuzzer_its_target() {
    let names: BTreeSet<String> = TARGETS.iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(names.len(), TARGETS.len());
    let fuzz = folder("../../fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(fuzz.join("fuzz_targets")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let call = format!("selvedge_bytes::{}.run", name.to_uppercase());
        assert!(
            text.contains(&call),
            "{} runs another target",
            path.display()
        );
        assert!(
            manifest.contains(&format!("name = \"{name}\"\n")),
            "{name} is not in fuzz/Cargo.toml"
        );
        files.insert(name);
    }
    assert_eq!(files, names);
    for entry in std::fs::read_dir(folder("corpus")).into_iter().flatten() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(&name), "corpus/{name} belongs to no target");
    }
}
