/// One value of a DER encoding: its tag and its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tlv<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// Values one after another. Ends at the first that is broken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn next(&mut self) -> Option<Tlv<'a>> {
        let (tag, rest) = self.0.split_first()?;
        if tag & 0x1f == 0x1f {
            return None; // tags of several bytes do not occur in certificates
        }
        let (length, rest) = length(rest)?;
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Tlv { tag: *tag, content })
    }

    /// The next value, if it has this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<Tlv<'a>> {
        self.next().filter(|value| value.tag == tag)
    }

    /// The next value if it has this tag; otherwise nothing is consumed.
    pub(super) fn optional(&mut self, tag: u8) -> Option<Tlv<'a>> {
        if self.0.first() == Some(&tag) {
            self.next()
        } else {
            None
        }
    }
}

impl<'a> Tlv<'a> {
    /// The values inside.
    pub(super) fn inside(self) -> Reader<'a> {
        Reader(self.content)
    }
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((usize::from(*first), rest));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return None; // indefinite lengths are not DER, and no certificate has four gigabytes
    }
    let (digits, rest) = rest.split_at_checked(count)?;
    let length = digits.iter().try_fold(0usize, |sum, digit| {
        sum.checked_mul(256)?.checked_add(usize::from(*digit))
    })?;
    Some((length, rest))
}

/// An object identifier in dotted form.
pub(super) fn dotted(oid: &[u8]) -> Option<String> {
    let mut arcs = Vec::new();
    let mut arc = 0u64;
    for (index, byte) in oid.iter().enumerate() {
        arc = arc.checked_mul(128)? | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            arcs.push(arc);
            arc = 0;
        } else if index + 1 == oid.len() {
            return None;
        }
    }
    let (first, rest) = arcs.split_first()?;
    let root = (first / 40).min(2);
    let mut text = format!("{root}.{}", first - root * 40);
    for arc in rest {
        text.push_str(&format!(".{arc}"));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn object_identifiers() {
        assert_eq!(dotted(&[0x55, 0x04, 0x03]).as_deref(), Some("2.5.4.3"));
        assert_eq!(
            dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1]).as_deref(),
            Some("1.2.840.113549.1.9.1")
        );
        assert_eq!(dotted(&[0x2a, 0x86]), None);
        assert_eq!(dotted(&[]), None);
    }

    #[test]
    fn long_lengths() {
        let mut bytes = vec![0x04, 0x81, 0x80];
        bytes.extend([7; 0x80]);
        let value = Reader(&bytes).next().unwrap();
        assert_eq!(value.content.len(), 0x80);
        assert_eq!(Reader(&bytes[..50]).next(), None);
        assert_eq!(Reader(&[0x04, 0x80]).next(), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let mut reader = Reader(&bytes);
            while let Some(value) = reader.next() {
                let _ = dotted(value.content);
            }
        }
    }
}
