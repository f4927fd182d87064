use super::*;
use crate::PackageSource;
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tar(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, body) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(tar::EntryType::new(*kind));
        header.set_size(body.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *body).unwrap();
    }
    builder.into_inner().unwrap()
}

fn package(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    gz(&tar(entries))
}

fn refusal(bytes: &[u8]) -> String {
    Package::parse(bytes).unwrap_err().to_string()
}

const META: &[u8] = br#"{"path":"p","type":"golang","label":"kv_1.0"}"#;

#[test]
fn every_way_to_be_broken_has_its_text() {
    let code = gz(&tar(&[]));
    let good = [
        ("metadata.json", b'0', META),
        ("code.tar.gz", b'0', &code[..]),
    ];
    assert_eq!(refusal(b""), "error reading as gzip stream: EOF");
    assert_eq!(
        refusal(b"this is not gzip"),
        "error reading as gzip stream: gzip: invalid header"
    );
    assert_eq!(
        refusal(&gz(
            b"garbage that is no tar header but longer than nothing"
        )),
        "error inspecting next tar header: unexpected EOF"
    );
    assert_eq!(
        refusal(&gz(&[b'x'; 1024])),
        "error inspecting next tar header: archive/tar: invalid tar header"
    );
    for (kind, number) in [
        (b'5', 53),
        (b'2', 50),
        (b'1', 49),
        (b'g', 103),
        (b'7', 55),
        (b'S', 83),
    ] {
        assert_eq!(
            refusal(&package(&[("odd", kind, b"")])),
            format!("tar entry odd is not a regular file, type {number}")
        );
    }
    let whole = tar(&good);
    assert_eq!(
        refusal(&gz(&whole[..512 + 10])),
        "could not read metadata.json from tar: unexpected EOF"
    );
    assert_eq!(
        refusal(&package(&[("metadata.json", b'0', b""), good[1]])),
        "could not unmarshal metadata.json as json: unexpected end of JSON input"
    );
    assert_eq!(
        refusal(&package(&[good[0]])),
        "did not find a code package inside the package"
    );
    assert_eq!(
        refusal(&package(&[])),
        "did not find a code package inside the package"
    );
    assert_eq!(
        refusal(&package(&[good[1]])),
        "did not find any package metadata (missing metadata.json)"
    );
    assert_eq!(
        refusal(&package(&[
            ("metadata.json", b'0', br#"{"label":"a b"}"#),
            good[1]
        ])),
        "invalid label 'a b'. Label must be non-empty, can only consist of alphanumerics, symbols from '.+-_', and can only begin with alphanumerics"
    );
    assert_eq!(
        refusal(&package(&[good[0], ("code.tar.gz", b'0', b"")])),
        "error retrieving DB artifacts from code package: EOF"
    );
    assert_eq!(
        refusal(&package(&[
            good[0],
            ("code.tar.gz", b'0', b"no gzip at all")
        ])),
        "error retrieving DB artifacts from code package: gzip: invalid header"
    );
    assert!(Package::parse(&package(&good)).is_ok());
    let truncated = package(&good);
    assert!(refusal(&truncated[..truncated.len() / 2]).contains("unexpected EOF"));
}

#[test]
fn names_must_match_exactly_and_others_are_tolerated() {
    let code = gz(&tar(&[]));
    let dotted = package(&[
        ("./metadata.json", b'0', META),
        ("code.tar.gz", b'0', &code),
    ]);
    assert_eq!(
        refusal(&dotted),
        "did not find any package metadata (missing metadata.json)"
    );
    let more = package(&[
        ("README", b'0', b"x"),
        ("code.tar.gz", b'0', &code),
        ("metadata.json", 0, META),
    ]);
    assert_eq!(Package::parse(&more).unwrap().label.as_str(), "kv_1.0");
}

#[test]
fn of_two_the_last_is_parsed_and_the_first_is_built() {
    let (first, last) = (
        gz(&tar(&[("one", b'0', b"1")])),
        gz(&tar(&[("two", b'0', b"2")])),
    );
    let entries = [
        ("code.tar.gz", b'0', &first[..]),
        ("metadata.json", b'0', META),
        ("code.tar.gz", b'0', &last[..]),
    ];
    let package = Package::parse(&package(&entries)).unwrap();
    assert_eq!(package.code, last);
    assert_eq!(*package.build_code(), first);
}

#[test]
fn db_artifacts_are_found() {
    let code = gz(&tar(&[
        ("META-INF/statedb/couchdb/indexes/a.json", b'0', b"{}"),
        ("META-INF/other", b'0', b"no"),
        ("src/META-INF/statedb/x", b'0', b"no"),
        ("META-INF/statedb/", b'5', b""),
    ]));
    let package = Package::parse(&package(&[
        ("metadata.json", b'0', META),
        ("code.tar.gz", b'0', &code),
    ]))
    .unwrap();
    let name = "META-INF/statedb/couchdb/indexes/a.json".to_owned();
    assert_eq!(
        package.db_artifacts,
        [DbArtifact {
            name,
            content: "{}".into()
        }]
    );
}

#[test]
fn bombs_are_refused() {
    let bomb = gz(&tar(&[(
        "META-INF/statedb/bomb",
        b'0',
        &vec![0; MAX_ARTIFACTS + 1],
    )]));
    let package = package(&[("metadata.json", b'0', META), ("code.tar.gz", b'0', &bomb)]);
    assert_eq!(
        refusal(&package),
        "error retrieving DB artifacts from code package: 16777217 bytes are more than the 16777216 allowed"
    );
    let many = self::package(&[("x", b'0', &b""[..]); MAX_OUTER_ENTRIES + 1]);
    assert_eq!(
        refusal(&many),
        "error inspecting next tar header: too many entries"
    );
}

#[test]
fn code_is_a_few_plain_files() {
    let names = |entries: &[(&str, u8, &[u8])]| {
        code_files(&gz(&tar(entries)), 100, 10)
            .map(|files| files.into_iter().map(|f| f.name).collect::<Vec<_>>())
    };
    let good: &[(&str, u8, &[u8])] = &[
        ("./", b'5', b""),
        ("./a.wasm", b'0', b"x"),
        ("META-INF/statedb/i.json", b'0', &[0; 200]),
    ];
    assert_eq!(names(good), Ok(vec!["a.wasm".to_owned()]));
    for (entry, text) in [
        (
            ("a", b'2', &b""[..]),
            "code.tar.gz holds a, which is neither a file nor a directory (type 50)",
        ),
        (
            ("/a", b'0', b""),
            "code.tar.gz contains the absolute or escaping path '/a'",
        ),
        (
            ("x/../../a", b'0', b""),
            "code.tar.gz contains the absolute or escaping path 'x/../../a'",
        ),
        (
            ("a", b'0', &[0; 101]),
            "code.tar.gz holds a, which is too large: 101 bytes are more than the 100 allowed",
        ),
    ] {
        assert_eq!(names(&[entry]), Err(text.to_owned()));
    }
    assert_eq!(
        names(&[("a", b'0', &b""[..]); 11]),
        Err("code.tar.gz is broken: too many entries".to_owned())
    );
}

#[test]
fn recorded_packages_have_their_recorded_ids() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/packages");
    let ids = std::fs::read_to_string(dir.join("package_ids.txt")).unwrap();
    let mut count = 0;
    for line in ids.lines().filter(|l| !l.is_empty()) {
        let (file, id) = line.split_once(' ').unwrap();
        let package = Package::parse(&std::fs::read(dir.join(file)).unwrap()).unwrap();
        assert_eq!(package.id.as_str(), id.trim());
        assert_eq!(package.metadata.kind, "ccaas");
        count += 1;
    }
    assert_eq!(count, 4);
}

/// Made by GNU tar 1.34 with owners, times and `--format=gnu`, `pax` and `v7`, of one `code.tar.gz` that has directories
/// in it.
#[test]
fn packages_of_gnu_tar_are_packages() {
    let archives: [(&[u8], &str); 3] = [
        (
            include_bytes!("fixtures/gnu.tar.gz"),
            "ff3649201955f95a1adf29443bf237f603bb1479ed0b9e1e3ad66ac5e71c5737",
        ),
        (
            include_bytes!("fixtures/pax.tar.gz"),
            "ed7a9f5dcdc55f60c2490116599b028ece04aeb474fd12c2ce8f10ca397a85a2",
        ),
        (
            include_bytes!("fixtures/v7.tar.gz"),
            "46f492f3d766918027c73f129503856006ffab7a0e74d7cbec7b27598d44b4d9",
        ),
    ];
    for (bytes, hash) in archives {
        let package = Package::parse(bytes).unwrap();
        assert_eq!(package.id.as_str(), format!("gnu_1.0:{hash}"));
        assert_eq!(package.db_artifacts.len(), 1);
        let index = &package.db_artifacts[0];
        assert_eq!(index.name, "META-INF/statedb/couchdb/indexes/a.json");
        crate::check_artifact(&index.name, &index.content).unwrap();
        assert_eq!(Package::stored(&package.id, bytes), Ok(package.clone()));
        let files = code_files(&package.code, 1 << 20, 100).unwrap();
        assert_eq!(files[0].name, "src/main.go");
    }
}

fn source() -> impl Strategy<Value = PackageSource> {
    let files = proptest::collection::btree_map(
        "[a-zA-Z0-9_.]{1,20}(/[a-z]{1,120}){0,3}",
        any::<Vec<u8>>(),
        0..6,
    );
    (
        "[a-zA-Z0-9][a-zA-Z0-9_.+-]{0,20}",
        "[a-z]{0,8}",
        ".{0,20}",
        files,
    )
        .prop_map(|(label, kind, path, files)| {
            let files: BTreeMap<_, _> = files
                .into_iter()
                .filter(|(n, _)| !n.split('/').any(|p| p == "." || p == ".."))
                .collect();
            PackageSource {
                label,
                kind,
                path,
                files,
            }
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read(source in source()) {
        let bytes = source.write().unwrap();
        prop_assert_eq!(&bytes, &source.clone().write().unwrap());
        let package = Package::parse(&bytes).unwrap();
        prop_assert_eq!(package.label.as_str(), &source.label);
        prop_assert_eq!(&package.metadata.kind, &source.kind);
        prop_assert_eq!(&package.metadata.path, &source.path);
        let files: BTreeMap<_, _> =
            code_files(&package.code, 1 << 20, 100).unwrap().into_iter().map(|f| (f.name, f.content)).collect();
        prop_assert_eq!(files, source.files);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = Package::parse(&bytes);
        let _ = Package::parse(&gz(&bytes));
        let code = gz(&bytes);
        let _ = Package::parse(&package(&[("metadata.json", b'0', META), ("code.tar.gz", b'0', &code)]));
    }

    #[test]
    fn damaged_packages_never_panic(source in source(), at in any::<prop::sample::Index>(), mask in 1..=255_u8) {
        let mut bytes = source.write().unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= mask;
        let _ = Package::parse(&bytes);
    }
}
