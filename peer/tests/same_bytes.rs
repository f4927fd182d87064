//! The same sources give the same package, wherever they and the SDK lie; and one project's dependencies are the next one's.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_selvedge");

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// What a component is compiled from, as a repository of its own.
fn copy_of_the_sdk(to: &Path) {
    let repository = repository();
    for folder in ["sdk/src", "sdk/macros", "runtime/interface"] {
        copy(&repository.join(folder), &to.join(folder));
    }
    for file in ["sdk/Cargo.toml", "Cargo.lock"] {
        fs::copy(repository.join(file), to.join(file)).unwrap();
    }
    let manifest = fs::read_to_string(repository.join("Cargo.toml")).unwrap();
    let (head, rest) = manifest.split_once("members = [").unwrap();
    let (_, tail) = rest.split_once(']').unwrap();
    let members = r#"members = ["sdk", "sdk/macros", "runtime/interface"]"#;
    fs::write(to.join("Cargo.toml"), [head, members, tail].concat()).unwrap();
}

fn selvedge(target: &Path, arguments: &[&str]) {
    let output = Command::new(PROGRAM)
        .args(arguments)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {complaint}");
}

/// A new contract in that folder, without what only its tests need, and the component that it becomes.
fn built(folder: &Path, sdk: &Path, target: &Path) -> Vec<u8> {
    let project = folder.join("my-notes");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    selvedge(target, &["new", &text(&project), "--sdk", &text(sdk)]);
    let manifest = project.join("Cargo.toml");
    let lines = fs::read_to_string(&manifest).unwrap();
    let lines = lines
        .lines()
        .filter(|line| !line.starts_with("selvedge-testkit"));
    fs::write(&manifest, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let (package, component) = (folder.join("package"), folder.join("component"));
    selvedge(
        target,
        &[
            "build",
            &text(&project),
            "--out",
            &text(&package),
            "--component",
            &text(&component),
        ],
    );
    fs::read(component).unwrap()
}

/// How often the SDK was compiled into that target directory.
fn compiled(target: &Path) -> usize {
    let entries = fs::read_dir(target.join("wasm32-wasip1/release/deps")).unwrap();
    entries
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name().into_string().unwrap();
            name.starts_with("libselvedge_sdk-") && name.ends_with(".rlib")
        })
        .count()
}

#[test]
fn a_component_does_not_tell_where_it_was_built() {
    let target = Path::new(PROGRAM).parent().unwrap().parent().unwrap();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (here, there) = (one.path().join("sdk"), two.path().join("in/another/place"));
    copy_of_the_sdk(&here);
    copy_of_the_sdk(&there);

    let first = built(&one.path().join("a"), &here.join("sdk"), target);
    let shown = String::from_utf8_lossy(&first);
    let home = std::env::home_dir().unwrap();
    for place in [one.path(), target, &home] {
        assert!(!shown.contains(place.to_str().unwrap()), "{place:?}");
    }
    let before = compiled(target);
    let neighbour = built(&one.path().join("b"), &here.join("sdk"), target);
    assert!(first == neighbour, "two projects with one SDK differ");
    assert_eq!(compiled(target), before, "compiled again for the second");

    let elsewhere = built(&two.path().join("c"), &there.join("sdk"), target);
    assert!(
        first == elsewhere,
        "projects with the SDK in two places differ"
    );
}
