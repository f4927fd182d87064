//! A tar reader with the behaviour and the error texts of Go's `archive/tar`, which decides what a peer accepts.
//!
//! Reads ustar, PAX and GNU archives as a stream. Helper records (PAX `x`, GNU `L` and `K`) are applied to the entry
//! they precede; every other record surfaces as an entry with its type. Sparse files are not supported: GNU's own kind
//! has a type no package may contain, and PAX's is refused.

use std::io::{self, Read};

const BLOCK: usize = 512;
/// Go: archive/tar maxSpecialFileSize.
const MAX_HELPER: u64 = 1 << 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// As in the archive; bytes that are not UTF-8 are replaced.
    pub(crate) name: String,
    /// After Go's normalisation: NUL becomes `0`, or `5` when the name ends in a slash.
    pub(crate) kind: u8,
    pub(crate) size: u64,
}

impl Header {
    pub(crate) fn is_file(&self) -> bool {
        self.kind == b'0'
    }
}

pub(crate) struct TarReader<R> {
    inner: R,
    /// Bytes of the current body, and of its padding, that were not read yet.
    body: u64,
    padding: u64,
    entries_left: usize,
}

#[derive(Default)]
struct Overrides {
    name: Option<String>,
    size: Option<u64>,
}

impl<R: Read> TarReader<R> {
    /// Refuses the entry after `max_entries`, helper records included.
    pub(crate) fn new(inner: R, max_entries: usize) -> Self {
        Self {
            inner,
            body: 0,
            padding: 0,
            entries_left: max_entries,
        }
    }

    /// The next entry, or `None` at the end of the archive.
    pub(crate) fn next_header(&mut self) -> Result<Option<Header>, String> {
        let mut overrides = Overrides::default();
        loop {
            self.skip_rest()?;
            let Some(block) = self.header_block()? else {
                return Ok(None);
            };
            self.entries_left = self.entries_left.checked_sub(1).ok_or("too many entries")?;
            let header = header(&block)?;
            match header.kind {
                b'x' => {
                    let records = self.helper(header.size)?;
                    pax(&records, &mut overrides)?;
                }
                b'L' => overrides.name = Some(c_string(&self.helper(header.size)?)),
                b'K' => drop(self.helper(header.size)?),
                _ => return self.begin(header, overrides).map(Some),
            }
        }
    }

    /// The body of the current entry.
    pub(crate) fn body(&mut self, cap: usize) -> Result<Vec<u8>, String> {
        let size = self.body;
        if size > cap as u64 {
            return Err(format!("{size} bytes are more than the {cap} allowed"));
        }
        let mut body = Vec::new();
        (&mut self.inner)
            .take(size)
            .read_to_end(&mut body)
            .map_err(|e| e.to_string())?;
        self.body = size - body.len() as u64;
        if self.body > 0 {
            Err("unexpected EOF".to_owned())
        } else {
            Ok(body)
        }
    }

    fn begin(&mut self, mut header: Header, overrides: Overrides) -> Result<Header, String> {
        header.name = overrides.name.unwrap_or(header.name);
        header.size = overrides.size.unwrap_or(header.size);
        if header.kind == 0 {
            header.kind = if header.name.ends_with('/') {
                b'5'
            } else {
                b'0'
            };
        }
        // Links, devices, directories and FIFOs have no body, whatever their size field says.
        let bodyless = matches!(header.kind, b'1'..=b'6');
        self.set_body(if bodyless { 0 } else { header.size });
        Ok(header)
    }

    fn set_body(&mut self, size: u64) {
        self.body = size;
        self.padding = size.wrapping_neg() % BLOCK as u64;
    }

    fn helper(&mut self, size: u64) -> Result<Vec<u8>, String> {
        self.set_body(size);
        if size > MAX_HELPER {
            return Err("archive/tar: header field too long".to_owned());
        }
        self.body(MAX_HELPER as usize)
    }

    fn skip_rest(&mut self) -> Result<(), String> {
        let rest = self.body.saturating_add(self.padding);
        let skipped = io::copy(&mut (&mut self.inner).take(rest), &mut io::sink())
            .map_err(|e| e.to_string())?;
        // Padding may be cut off at the end of an archive; a body may not.
        let cut = skipped < self.body;
        (self.body, self.padding) = (0, 0);
        if cut {
            Err("unexpected EOF".to_owned())
        } else {
            Ok(())
        }
    }

    /// `None` at a clean end, or at two blocks of zeros, or at one with nothing behind it.
    fn header_block(&mut self) -> Result<Option<[u8; BLOCK]>, String> {
        let Some(block) = self.block()? else {
            return Ok(None);
        };
        if block.iter().any(|b| *b != 0) {
            return Ok(Some(block));
        }
        match self.block()? {
            Some(second) if second.iter().any(|b| *b != 0) => Err(INVALID.to_owned()),
            _ => Ok(None),
        }
    }

    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, String> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while let Some(rest @ [_, ..]) = block.get_mut(filled..) {
            match self.inner.read(rest) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err("unexpected EOF".to_owned()),
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.to_string()),
            }
        }
        Ok(Some(block))
    }
}

const INVALID: &str = "archive/tar: invalid tar header";

fn header(block: &[u8; BLOCK]) -> Result<Header, String> {
    let field = |at: usize, len: usize| block.get(at..at + len).unwrap_or_default();
    check_sum(block, field(148, 8))?;
    let size = number(field(124, 12)).ok_or(INVALID)?;
    let size = u64::try_from(size).map_err(|_| INVALID)?;
    let mut name = c_string(field(0, 100));
    // Only ustar has a prefix; GNU keeps times where ustar has it, and v7 has nothing.
    if field(257, 8) == b"ustar\x0000" {
        let prefix = c_string(field(345, 155));
        if !prefix.is_empty() {
            name = format!("{prefix}/{name}");
        }
    }
    Ok(Header {
        name,
        kind: block[156],
        size,
    })
}

/// The sum of all bytes with the checksum field as blanks, unsigned or, as old tars have it, signed.
fn check_sum(block: &[u8; BLOCK], field: &[u8]) -> Result<(), String> {
    let stated = number(field).ok_or(INVALID)?;
    let (mut unsigned, mut signed) = (0_i64, 0_i64);
    for (at, byte) in block.iter().enumerate() {
        let byte = if (148..156).contains(&at) {
            b' '
        } else {
            *byte
        };
        unsigned += i64::from(byte);
        signed += i64::from(byte.cast_signed());
    }
    if stated == unsigned || stated == signed {
        Ok(())
    } else {
        Err(INVALID.to_owned())
    }
}

/// Octal text, or binary with the top bit set (GNU).
fn number(field: &[u8]) -> Option<i64> {
    match field.first() {
        Some(first) if first & 0x80 != 0 => binary(field),
        _ => octal(field),
    }
}

fn octal(field: &[u8]) -> Option<i64> {
    let trimmed = c_string(
        field
            .trim_ascii_start()
            .strip_prefix(b"\0")
            .unwrap_or(field.trim_ascii_start()),
    );
    match trimmed.trim_end() {
        "" => Some(0),
        signed if signed.starts_with(['+', '-']) => None,
        digits => i64::from_str_radix(digits, 8).ok(),
    }
}

fn binary(field: &[u8]) -> Option<i64> {
    let negative = field.first()? & 0x40 != 0;
    let mut value: i128 = if negative { -1 } else { 0 };
    for (at, byte) in field.iter().enumerate() {
        let byte = if at == 0 && !negative {
            byte & 0x7f
        } else {
            *byte
        };
        value = (value << 8) | i128::from(byte);
        i64::try_from(value).ok()?;
    }
    i64::try_from(value).ok()
}

fn c_string(field: &[u8]) -> String {
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    String::from_utf8_lossy(field.get(..end).unwrap_or_default()).into_owned()
}

/// Records of the form `<length> <key>=<value>\n`, the length counting itself.
fn pax(mut records: &[u8], overrides: &mut Overrides) -> Result<(), String> {
    while !records.is_empty() {
        let (key, value, rest) = pax_record(records).ok_or(INVALID)?;
        records = rest;
        match key {
            b"path" if !value.is_empty() => {
                overrides.name = Some(String::from_utf8_lossy(value).into_owned())
            }
            b"size" if !value.is_empty() => {
                let size = std::str::from_utf8(value)
                    .ok()
                    .and_then(|v| v.parse::<u64>().ok());
                overrides.size = Some(size.filter(|s| *s <= i64::MAX as u64).ok_or(INVALID)?);
            }
            _ if key.starts_with(b"GNU.sparse.") => {
                return Err("sparse files are not supported".to_owned());
            }
            _ => {}
        }
    }
    Ok(())
}

type Record<'a> = (&'a [u8], &'a [u8], &'a [u8]);

fn pax_record(records: &[u8]) -> Option<Record<'_>> {
    let blank = records.iter().position(|b| *b == b' ')?;
    let length: usize = std::str::from_utf8(records.get(..blank)?)
        .ok()?
        .parse()
        .ok()?;
    let (record, rest) = records.split_at_checked(length)?;
    let record = record.get(blank + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|b| *b == b'=')?;
    let (key, value) = (record.get(..equals)?, record.get(equals + 1..)?);
    (!key.is_empty() && !key.contains(&0)).then_some((key, value, rest))
}

#[cfg(test)]
#[path = "tar_reader_tests.rs"]
mod tests;
