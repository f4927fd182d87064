//! `selvedge new`: a contract crate that compiles and whose test passes as it is.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::super::build::quoted;
use super::args::NewArgs;

const FILES: [(&str, &str); 6] = [
    ("Cargo.toml", include_str!("template/manifest.toml")),
    ("src/lib.rs", include_str!("template/lib.rs.txt")),
    ("tests/notes.rs", include_str!("template/test.rs.txt")),
    ("selvedge-calls.json", include_str!("template/calls.json")),
    ("README.md", include_str!("template/readme.md")),
    (".gitignore", include_str!("template/gitignore.txt")),
];

pub(in crate::cli) fn new(args: &NewArgs) -> Result<String> {
    let name = crate_name(&args.path)?;
    let sdk = sdk(args.sdk.as_deref())?;
    if args.path.exists() {
        bail!(
            "{} exists already; name a folder that does not",
            args.path.display()
        );
    }
    let write = |file: &str, content: &str| -> Result<()> {
        let path = args.path.join(file);
        let parent = path.parent().unwrap_or(&args.path);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, content))
            .with_context(|| format!("writing {}", path.display()))
    };
    for (file, template) in FILES {
        write(file, &filled(template, &name, &sdk))?;
    }
    // The versions this program was tested with, and its compiled dependencies where they still are: RocksDB and
    // wasmtime take a quarter of an hour. The template's profile and the test kit's features are those that they were
    // compiled with.
    if let Ok(lock) = std::fs::read_to_string(sdk.join("../Cargo.lock")) {
        write("Cargo.lock", &lock)?;
    }
    if let Some(target) = target_directory() {
        let target = quoted(&target.display().to_string());
        write(
            ".cargo/config.toml",
            &format!("[build]\ntarget-dir = {target}\n"),
        )?;
    }
    Ok(format!(
        "{path}: a contract and its test\n\n  cd {path}\n  selvedge test\n  selvedge dev .\n",
        path = args.path.display()
    ))
}

/// The last part of the path, if cargo takes it as a name.
fn crate_name(path: &Path) -> Result<String> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let fine = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' || letter == '_'
    };
    let starts = name.starts_with(|letter: char| letter.is_ascii_lowercase());
    if !starts || !name.chars().all(fine) {
        bail!(
            "'{name}' cannot be the name of a contract: small letters, digits, '-' and '_', a letter first"
        );
    }
    if matches!(
        name,
        "test" | "core" | "std" | "alloc" | "selvedge-sdk" | "selvedge-testkit"
    ) {
        bail!("'{name}' is taken by another crate; choose another name");
    }
    Ok(name.to_owned())
}

fn sdk(given: Option<&Path>) -> Result<PathBuf> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk");
    let path = given.unwrap_or(&built_from);
    if !path.join("Cargo.toml").is_file() {
        bail!(
            "{} is not the folder of the SDK; name it with --sdk: it is `sdk` in this program's repository",
            path.display()
        );
    }
    path.canonicalize()
        .with_context(|| format!("reading {}", path.display()))
}

/// The target directory that this program was compiled into, if it still lies there.
fn target_directory() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let target = program.parent()?.parent()?;
    target
        .join("CACHEDIR.TAG")
        .is_file()
        .then(|| target.to_owned())
}

fn filled(template: &str, name: &str, sdk: &Path) -> String {
    template
        .replace("{{name}}", name)
        .replace("{{module}}", &name.replace('-', "_"))
        .replace("{{sdk}}", &quoted(&sdk.display().to_string()))
        .replace(
            "{{testkit}}",
            &quoted(&sdk.join("testkit").display().to_string()),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_crates() {
        assert_eq!(
            crate_name(Path::new("some/my-asset_2")).unwrap(),
            "my-asset_2"
        );
        for bad in ["", "Asset", "2nd", "a b", "a.b", "test", "..", "é"] {
            assert!(crate_name(Path::new(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn writes_a_crate_and_never_over_another() {
        let directory = tempfile::tempdir().unwrap();
        let args = NewArgs {
            path: directory.path().join("my-notes"),
            sdk: None,
        };
        new(&args).unwrap();
        let manifest = std::fs::read_to_string(args.path.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("name = \"my-notes\""), "{manifest}");
        let test = std::fs::read_to_string(args.path.join("tests/notes.rs")).unwrap();
        assert!(test.contains("use my_notes::"), "{test}");
        assert!(!test.contains("{{"), "{test}");
        let error = new(&args).unwrap_err().to_string();
        assert!(error.contains("exists already"), "{error}");
    }

    #[test]
    fn an_sdk_that_is_not_there_is_named() {
        let args = NewArgs {
            path: "never-made".into(),
            sdk: Some("/nowhere".into()),
        };
        let error = new(&args).unwrap_err().to_string();
        assert!(
            error.starts_with("/nowhere is not the folder of the SDK"),
            "{error}"
        );
        assert!(!Path::new("never-made").exists());
    }
}
