//! Packages of type `docker`, which hold a program or name an image, and need no build of Fabric's.
//!
//! `code.tar.gz` holds, besides `META-INF`, one of two files:
//!
//! * `chaincode`: a static Linux program for the engine's machine. It runs alone in an image `FROM scratch`.
//! * `image.json`: `{"image": "<name>@sha256:<64 digits>"}`, or `"sha256:<64 digits>"`, the ID of an image that the engine
//!   already has. `"command"`, a list of words, replaces the image's own command.
//!
//! Either is started with `--peer.address=<address>` behind its command and with Fabric's variables, `CORE_PEER_ADDRESS`
//! among them.

use super::Images;
use super::elf;
use super::platform::tail;
use selvedge_runtime::{Package, code_files};
use serde::Deserialize;

const PROGRAM: &str = "chaincode";
const REFERENCE: &str = "image.json";
/// A program of this size is a mistake, or has debug information that nobody needs there.
const MAX_PROGRAM: usize = 256 << 20;
const MAX_ENTRIES: usize = 1_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Direct {
    Program(Vec<u8>),
    Image(ImageReference),
}

/// An image that cannot change under its name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImageReference {
    pub(super) image: String,
    #[serde(default)]
    pub(super) command: Option<Vec<String>>,
}

impl ImageReference {
    /// Whether a registry can be asked for it.
    pub(super) fn can_be_pulled(&self) -> bool {
        self.image.contains('@')
    }
}

impl Direct {
    /// # Errors
    /// Says what is wrong with the package and what would be right.
    pub(super) fn read(package: &Package) -> Result<Self, String> {
        let mut files = code_files(package.build_code(), MAX_PROGRAM, MAX_ENTRIES)?;
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        let (true, Some(name)) = (names.len() == 1, names.first()) else {
            return Err(format!(
                "code.tar.gz holds {}; it must hold either {PROGRAM}, a static program, or {REFERENCE}, and META-INF only",
                listed(&names)
            ));
        };
        let (name, content) = ((*name).to_owned(), files.remove(0).content);
        match name.as_str() {
            PROGRAM => {
                elf::check(&content).map_err(|problem| format!("{PROGRAM} {problem}"))?;
                Ok(Self::Program(content))
            }
            REFERENCE => reference(&content).map(Self::Image),
            other => Err(format!(
                "code.tar.gz holds {other}; it must hold {PROGRAM}, a static program, or {REFERENCE}"
            )),
        }
    }
}

/// Whether a package is one of type `docker`, as install checks it.
///
/// # Errors
/// Says what is wrong with it and what would be right.
pub fn check_package(package: &Package) -> Result<(), String> {
    Direct::read(package).map(drop)
}

/// Of the image around a program.
pub(super) fn dockerfile(images: &Images) -> String {
    format!(
        "FROM scratch\nCOPY {PROGRAM} /usr/local/bin/{PROGRAM}\nUSER 65534:65534\nENTRYPOINT [\"/usr/local/bin/{PROGRAM}\"]\n{}",
        tail("DOCKER", images)
    )
}

/// The last argument of every command of this type.
pub(super) fn address_argument(peer_address: &str) -> String {
    format!("--peer.address={peer_address}")
}

fn reference(json: &[u8]) -> Result<ImageReference, String> {
    let reference: ImageReference =
        serde_json::from_slice(json).map_err(|cause| format!("{REFERENCE}: {cause}"))?;
    match is_pinned(&reference.image) {
        true => Ok(reference),
        false => Err(format!(
            "{REFERENCE}: the image '{}' is not pinned; give <name>@sha256:<64 hexadecimal digits>, since a tag may name another image tomorrow",
            reference.image
        )),
    }
}

fn is_pinned(image: &str) -> bool {
    let (name, digest) = image.rsplit_once('@').unwrap_or(("x", image));
    let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/:".contains(c);
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let digest = digest.strip_prefix("sha256:").unwrap_or_default();
    !name.is_empty()
        && name.chars().all(named)
        && !name.split('/').any(|part| matches!(part, "" | "." | ".."))
        && digest.len() == 64
        && digest.chars().all(hex)
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [first, second] => format!("{first} and {second}"),
        [first, rest @ ..] => format!("{first} and {} more files", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selvedge_runtime::PackageSource;

    fn package(files: &[(&str, &[u8])]) -> Package {
        let files = files
            .iter()
            .map(|(name, content)| ((*name).to_owned(), content.to_vec()))
            .collect();
        let source = PackageSource {
            label: "l".into(),
            kind: "docker".into(),
            path: String::new(),
            files,
        };
        Package::parse(&source.write().unwrap()).unwrap()
    }

    fn problem(files: &[(&str, &[u8])]) -> String {
        Direct::read(&package(files)).unwrap_err()
    }

    #[test]
    fn an_image_is_named_by_its_digest() {
        let digest = "0123456789abcdef".repeat(4);
        for image in [
            format!("ghcr.io/me/cc@sha256:{digest}"),
            format!("localhost:5000/cc:1.0@sha256:{digest}"),
            format!("sha256:{digest}"),
        ] {
            let json = format!(r#"{{"image":"{image}","command":["/cc","-v"]}}"#);
            let index = ("META-INF/statedb/couchdb/indexes/a.json", &b"{}"[..]);
            let read = Direct::read(&package(&[("image.json", json.as_bytes()), index])).unwrap();
            let Direct::Image(reference) = read else {
                panic!("{read:?}")
            };
            assert_eq!(reference.can_be_pulled(), image.contains('@'));
            assert_eq!(reference.image, image);
            assert_eq!(reference.command.unwrap(), ["/cc", "-v"]);
        }
        for image in [
            "cc:latest".to_owned(),
            "cc".to_owned(),
            format!("@sha256:{digest}"),
            format!("../cc@sha256:{digest}"),
            format!("cc@sha256:{}", &digest[1..]),
            format!("cc?x@sha256:{digest}"),
        ] {
            let json = format!(r#"{{"image":"{image}"}}"#);
            let error = problem(&[("image.json", json.as_bytes())]);
            assert!(error.contains("is not pinned"), "{image}: {error}");
        }
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        assert_eq!(
            problem(&[]),
            "code.tar.gz holds nothing; it must hold either chaincode, a static program, or image.json, and META-INF only"
        );
        assert!(problem(&[("a", b""), ("b", b"")]).starts_with("code.tar.gz holds a and b;"));
        assert!(problem(&[("main.go", b"x")]).starts_with("code.tar.gz holds main.go;"));
        assert!(problem(&[("image.json", b"{}")]).starts_with("image.json: missing field"));
        assert!(
            problem(&[("chaincode", b"#!/bin/sh\n")]).starts_with("chaincode is no Linux program")
        );
    }

    #[test]
    fn the_image_around_a_program_holds_nothing_else() {
        assert_eq!(
            dockerfile(&Images::of_release("3.1.5")),
            "FROM scratch\n\
             COPY chaincode /usr/local/bin/chaincode\n\
             USER 65534:65534\n\
             ENTRYPOINT [\"/usr/local/bin/chaincode\"]\n\
             LABEL org.hyperledger.fabric.chaincode.type=\"DOCKER\" \\\n      \
             org.hyperledger.fabric.version=\"3.1.5\"\n\
             ENV CORE_CHAINCODE_BUILDLEVEL=3.1.5"
        );
    }
}
