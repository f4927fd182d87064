use super::*;
use proptest::prelude::*;
use std::io::Write;

/// One header block and its body, as an old tar writes them.
fn entry(name: &str, kind: u8, body: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; BLOCK];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(b"0000644\0");
    write!(&mut block[124..136], "{:011o}\0", body.len()).unwrap();
    block[136..148].copy_from_slice(b"00000000000\0");
    block[156] = kind;
    seal(&mut block);
    let mut all = block.to_vec();
    all.extend_from_slice(body);
    all.resize(all.len().next_multiple_of(BLOCK), 0);
    all
}

fn seal(block: &mut [u8; BLOCK]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fn end() -> Vec<u8> {
    vec![0; 2 * BLOCK]
}

fn read(archive: &[u8]) -> Result<Vec<(String, u8, Vec<u8>)>, String> {
    let mut tar = TarReader::new(archive, 100);
    let mut entries = Vec::new();
    while let Some(header) = tar.next_header()? {
        let body = tar.body(1 << 20)?;
        entries.push((header.name, header.kind, body));
    }
    Ok(entries)
}

fn file(name: &str, body: &[u8]) -> (String, u8, Vec<u8>) {
    (name.to_owned(), b'0', body.to_vec())
}

#[test]
fn plain_archives_with_and_without_an_end() {
    let one = [entry("a", b'0', b"x"), entry("b", b'0', &[7; 600])].concat();
    let expected = vec![file("a", b"x"), file("b", &[7; 600])];
    assert_eq!(read(&one), Ok(expected.clone()));
    assert_eq!(read(&[one.clone(), end()].concat()), Ok(expected.clone()));
    assert_eq!(
        read(&[one.clone(), vec![0; BLOCK]].concat()),
        Ok(expected.clone())
    );
    // What follows the end is not read.
    assert_eq!(
        read(&[one.clone(), end(), entry("c", b'0', b"")].concat()),
        Ok(expected.clone())
    );
    // The padding of the last body may be missing.
    assert_eq!(read(&one[..one.len() - 100]), Ok(expected));
    assert_eq!(read(b""), Ok(vec![]));
}

#[test]
fn a_nul_type_is_a_file_or_a_directory() {
    let archive = [entry("a", 0, b"x"), entry("d/", 0, b"")].concat();
    assert_eq!(
        read(&archive),
        Ok(vec![file("a", b"x"), ("d/".to_owned(), b'5', vec![])])
    );
}

#[test]
fn broken_archives_have_the_texts_of_go() {
    let good = entry("a", b'0', b"x");
    let mut bad_sum = good.clone();
    bad_sum[0] = b'b';
    assert_eq!(
        read(&bad_sum),
        Err("archive/tar: invalid tar header".into())
    );
    assert_eq!(read(&good[..300]), Err("unexpected EOF".into()));
    assert_eq!(read(&good[..512]), Err("unexpected EOF".into()));
    let mut bad_size: [u8; BLOCK] = good[..BLOCK].try_into().unwrap();
    bad_size[124..136].copy_from_slice(b"0000000000x\0");
    seal(&mut bad_size);
    assert_eq!(
        read(&bad_size),
        Err("archive/tar: invalid tar header".into())
    );
    assert_eq!(
        read(&[vec![0; BLOCK], good].concat()),
        Err("archive/tar: invalid tar header".into())
    );
}

#[test]
fn long_names_of_gnu_and_pax() {
    let long = "n".repeat(300);
    let gnu = [
        entry("././@LongLink", b'L', format!("{long}\0").as_bytes()),
        entry("short", b'0', b"x"),
    ]
    .concat();
    assert_eq!(read(&gnu), Ok(vec![file(&long, b"x")]));
    let record = format!("310 path={long}\n");
    assert_eq!(record.len(), 310);
    let pax = [
        entry("h", b'x', record.as_bytes()),
        entry("short", b'0', b"x"),
        entry("next", b'0', b""),
    ]
    .concat();
    assert_eq!(read(&pax), Ok(vec![file(&long, b"x"), file("next", b"")]));
    let link = [entry("k", b'K', b"target\0"), entry("l", b'2', b"")].concat();
    assert_eq!(read(&link), Ok(vec![("l".to_owned(), b'2', vec![])]));
}

#[test]
fn pax_sizes_count_and_global_headers_surface() {
    let mut sized = entry("a", b'0', b"");
    sized.extend_from_slice(&entry("", b'0', b"")[..0]);
    let archive = [
        entry("h", b'x', b"9 size=3\n"),
        sized,
        b"xyz".to_vec(),
        vec![0; 509],
    ]
    .concat();
    assert_eq!(read(&archive), Ok(vec![file("a", b"xyz")]));
    let global = entry("pax_global_header", b'g', b"11 path=x\n\n");
    assert_eq!(read(&global).unwrap()[0].1, b'g');
    for bad in ["", "x", "99 path=x\n", "9 path=xx", "7 path\n", "5 =x\n"] {
        let archive = [entry("h", b'x', bad.as_bytes()), entry("a", b'0', b"")].concat();
        assert_eq!(read(&archive).is_err(), !bad.is_empty(), "{bad:?}");
    }
    let sparse = [
        entry("h", b'x', b"22 GNU.sparse.major=1\n"),
        entry("a", b'0', b""),
    ]
    .concat();
    assert_eq!(read(&sparse), Err("sparse files are not supported".into()));
}

#[test]
fn prefixes_are_ustars_alone() {
    let with = |magic: &[u8; 8]| {
        let mut block: [u8; BLOCK] = entry("name", b'0', b"")[..BLOCK].try_into().unwrap();
        block[257..265].copy_from_slice(magic);
        block[345..348].copy_from_slice(b"dir");
        seal(&mut block);
        read(&block).unwrap()[0].0.clone()
    };
    assert_eq!(with(b"ustar\x0000"), "dir/name");
    assert_eq!(with(b"ustar  \0"), "name");
}

#[test]
fn numbers_are_octal_or_binary() {
    assert_eq!(number(b"00000000017\0"), Some(15));
    assert_eq!(number(b"        17 \0"), Some(15));
    assert_eq!(number(b"\0\0\0\0"), Some(0));
    assert_eq!(number(b"18"), None);
    assert_eq!(number(b"-1"), None);
    assert_eq!(number(&[0x80, 0, 0, 1, 0]), Some(256));
    assert_eq!(number(&[0xff; 12]), Some(-1));
    assert_eq!(
        number(&[0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        None
    );
    assert_eq!(number(b""), Some(0));
}

#[test]
fn entries_are_counted() {
    let archive = entry("a", b'0', b"").repeat(5);
    let mut tar = TarReader::new(&archive[..], 4);
    let seen = std::iter::from_fn(|| tar.next_header().transpose())
        .take(5)
        .last()
        .unwrap();
    assert_eq!(seen, Err("too many entries".into()));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let _ = read(&bytes);
    }

    #[test]
    fn sealed_headers_with_arbitrary_fields_never_panic(
        fields in proptest::collection::vec(any::<u8>(), BLOCK),
        body in proptest::collection::vec(any::<u8>(), 0..600),
        kind in prop::sample::select(b"0\x00xgLK57S12".to_vec()),
    ) {
        let mut block: [u8; BLOCK] = fields.try_into().unwrap();
        block[156] = kind;
        seal(&mut block);
        let _ = read(&[&block[..], &body[..]].concat());
    }

    #[test]
    fn what_a_writer_writes_is_read(files in proptest::collection::vec(("[a-z]{1,200}", proptest::collection::vec(any::<u8>(), 0..1500)), 0..6)) {
        for header in [tar::Header::new_gnu(), tar::Header::new_ustar()] {
            let mut builder = tar::Builder::new(Vec::new());
            for (name, body) in &files {
                let mut header = header.clone();
                header.set_size(body.len() as u64);
                header.set_mode(0o644);
                builder.append_data(&mut header, name, &body[..]).unwrap();
            }
            let expected: Vec<_> = files.iter().map(|(name, body)| file(name, body)).collect();
            prop_assert_eq!(read(&builder.into_inner().unwrap()), Ok(expected));
        }
    }
}
