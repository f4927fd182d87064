//! PEM as Go reads and writes it: the first complete block counts, its label is not checked, trailing data is ignored.

use base64::{Engine, engine::general_purpose::STANDARD};

/// One block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PemBlock {
    pub(crate) label: String,
    pub(crate) der: Vec<u8>,
}

/// The first block of a text; `None` when there is none that decodes.
pub(crate) fn first_block(text: &[u8]) -> Option<PemBlock> {
    let mut lines = text.split(|&byte| byte == b'\n').map(trim_end);
    loop {
        let line = lines.find(|line| line.starts_with(b"-----BEGIN "))?;
        let Some(label) = line
            .strip_prefix(b"-----BEGIN ")
            .and_then(|rest| rest.strip_suffix(b"-----"))
        else {
            continue;
        };
        if let Some(der) = body(&mut lines, label) {
            return Some(PemBlock {
                label: String::from_utf8_lossy(label).into_owned(),
                der,
            });
        }
    }
}

/// The decoded body up to the end line that fits `label`; header lines (`Key: value`) are skipped.
fn body<'a>(lines: &mut impl Iterator<Item = &'a [u8]>, label: &[u8]) -> Option<Vec<u8>> {
    let mut encoded = Vec::new();
    for line in lines {
        if let Some(end) = line
            .strip_prefix(b"-----END ")
            .and_then(|rest| rest.strip_suffix(b"-----"))
        {
            return (end == label)
                .then(|| STANDARD.decode(&encoded).ok())
                .flatten();
        }
        if !line.contains(&b':') {
            encoded.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
        }
    }
    None
}

fn trim_end(line: &[u8]) -> &[u8] {
    line.trim_ascii_end()
}

/// Encodes a block in Go's layout: lines of 64 characters, a newline at the end.
pub(crate) fn pem_encode(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn takes_the_first_block_whatever_its_label_and_neighbours() {
        let text = format!(
            "noise\n{}{}",
            pem_encode("ANYTHING", b"one"),
            pem_encode("CERTIFICATE", b"two")
        );
        let block = first_block(text.as_bytes()).unwrap();
        assert_eq!(
            (block.label.as_str(), block.der.as_slice()),
            ("ANYTHING", b"one".as_slice())
        );
        assert_eq!(first_block(b"-----BEGIN X-----\nAAAA\n"), None);
    }

    proptest! {
        #[test]
        fn blocks_survive(der in proptest::collection::vec(any::<u8>(), 0..300)) {
            let text = pem_encode("CERTIFICATE", &der);
            prop_assert_eq!(first_block(text.as_bytes()).unwrap().der, der);
        }
    }
}
