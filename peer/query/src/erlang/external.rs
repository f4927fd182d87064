//! Erlang's external term format, as far as CouchDB writes it: `term_to_binary(Term, [compressed, {minor_version, 1}])`
//! (Erlang/OTP, ERTS User's Guide, External Term Format). Our own: libraries trust counts that a client may have made up.

use super::Term;
use crate::json::MAX_DEPTH;
use flate2::read::ZlibDecoder;
use std::io::Read as _;

const VERSION: u8 = 131;
const COMPRESSED: u8 = 80;
const NEW_FLOAT: u8 = 70;
const SMALL_INTEGER: u8 = 97;
const INTEGER: u8 = 98;
const ATOM: u8 = 100;
const SMALL_TUPLE: u8 = 104;
const NIL: u8 = 106;
const STRING: u8 = 107;
const LIST: u8 = 108;
const BINARY: u8 = 109;
const SMALL_BIG: u8 = 110;
const SMALL_ATOM: u8 = 115;
const ATOM_UTF8: u8 = 118;
const SMALL_ATOM_UTF8: u8 = 119;

/// Bytes of a term that came compressed, which may be a thousandth of them; in memory a byte may become 32. Columns of an
/// index are much smaller.
const MAX_SIZE: u32 = 1024 * 1024;
/// Of a list of bytes that is written as a string.
const MAX_STRING: usize = 0xffff;
/// An object is three terms deep: a tuple, a list and a pair; and so is what stands around the values.
const MAX_TERM_DEPTH: usize = 3 * (MAX_DEPTH + 2);

/// Not compressed: every reader takes that, and nobody has the bytes of zlib but zlib.
pub(crate) fn encode(term: &Term) -> Vec<u8> {
    let mut out = vec![VERSION];
    write(term, &mut out);
    out
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

fn write(term: &Term, out: &mut Vec<u8>) {
    match term {
        Term::Atom(name) => {
            out.push(ATOM);
            out.extend_from_slice(&length(name.len())[2..]);
            out.extend_from_slice(name.as_bytes());
        }
        Term::Integer(integer) => write_integer(*integer, out),
        Term::Float(float) => {
            out.push(NEW_FLOAT);
            out.extend_from_slice(&float.to_be_bytes());
        }
        Term::Binary(bytes) => {
            out.push(BINARY);
            out.extend_from_slice(&length(bytes.len()));
            out.extend_from_slice(bytes);
        }
        Term::List(items) => write_list(items, out),
        Term::Tuple(items) => {
            // Of one item or two, as Term makes them.
            out.extend([SMALL_TUPLE, length(items.len())[3]]);
            items.iter().for_each(|item| write(item, out));
        }
    }
}

fn write_integer(integer: i128, out: &mut Vec<u8>) {
    if let Ok(byte) = u8::try_from(integer) {
        out.extend([SMALL_INTEGER, byte]);
    } else if let Ok(small) = i32::try_from(integer) {
        out.push(INTEGER);
        out.extend_from_slice(&small.to_be_bytes());
    } else {
        let digits = integer.unsigned_abs().to_le_bytes();
        let count = digits
            .iter()
            .rposition(|digit| *digit != 0)
            .map_or(0, |at| at + 1);
        out.extend([SMALL_BIG, length(count)[3], u8::from(integer < 0)]);
        out.extend_from_slice(&digits[..count]);
    }
}

fn write_list(items: &[Term], out: &mut Vec<u8>) {
    let byte = |item: &Term| match item {
        Term::Integer(integer) => u8::try_from(*integer).ok(),
        _ => None,
    };
    if items.is_empty() {
        return out.push(NIL);
    }
    if items.len() < MAX_STRING
        && let Some(bytes) = items.iter().map(byte).collect::<Option<Vec<u8>>>()
    {
        out.push(STRING);
        out.extend_from_slice(&length(bytes.len())[2..]);
        out.extend_from_slice(&bytes);
        return;
    }
    out.push(LIST);
    out.extend_from_slice(&length(items.len()));
    items.iter().for_each(|item| write(item, out));
    out.push(NIL);
}

/// `None`: these bytes are no term, or one that [`Term`] does not know.
pub(crate) fn decode(bytes: &[u8]) -> Option<Term> {
    let bytes = bytes.strip_prefix(&[VERSION])?;
    match bytes.strip_prefix(&[COMPRESSED]) {
        None => whole(bytes),
        Some(rest) => {
            let (size, body) = rest.split_first_chunk::<4>()?;
            let size = Some(u32::from_be_bytes(*size)).filter(|size| *size <= MAX_SIZE)?;
            let mut plain = Vec::new();
            let mut decoder = ZlibDecoder::new(body).take(u64::from(size) + 1);
            decoder.read_to_end(&mut plain).ok()?;
            (length(plain.len()) == size.to_be_bytes()).then_some(())?;
            whole(&plain)
        }
    }
}

fn whole(bytes: &[u8]) -> Option<Term> {
    let mut reader = Reader { left: bytes };
    let term = reader.term(0)?;
    reader.left.is_empty().then_some(term)
}

struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (found, left) = self.left.split_first_chunk()?;
        self.left = left;
        Some(*found)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (found, left) = self.left.split_at_checked(count)?;
        self.left = left;
        Some(found)
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn short(&mut self) -> Option<usize> {
        self.array()
            .map(|bytes| usize::from(u16::from_be_bytes(bytes)))
    }

    fn long(&mut self) -> Option<usize> {
        usize::try_from(u32::from_be_bytes(self.array()?)).ok()
    }

    fn term(&mut self, depth: usize) -> Option<Term> {
        (depth <= MAX_TERM_DEPTH).then_some(())?;
        Some(match self.byte()? {
            SMALL_INTEGER => Term::Integer(self.byte()?.into()),
            INTEGER => Term::Integer(i32::from_be_bytes(self.array()?).into()),
            SMALL_BIG => Term::Integer(self.big()?),
            NEW_FLOAT => {
                Term::Float(Some(f64::from_be_bytes(self.array()?)).filter(|it| it.is_finite())?)
            }
            ATOM | ATOM_UTF8 => {
                let count = self.short()?;
                self.atom(count)?
            }
            SMALL_ATOM | SMALL_ATOM_UTF8 => {
                let count = self.byte()?.into();
                self.atom(count)?
            }
            BINARY => {
                let count = self.long()?;
                Term::Binary(self.take(count)?.to_vec())
            }
            SMALL_TUPLE => {
                let count = self.byte()?.into();
                Term::Tuple(self.terms(count, depth)?)
            }
            NIL => Term::List(Vec::new()),
            STRING => {
                let count = self.short()?;
                let bytes = self.take(count)?.iter();
                Term::List(bytes.map(|byte| Term::Integer((*byte).into())).collect())
            }
            LIST => {
                let count = self.long()?;
                let items = self.terms(count, depth)?;
                (self.byte()? == NIL).then_some(())?;
                Term::List(items)
            }
            _ => return None,
        })
    }

    /// A count that is a lie ends with the bytes: none is trusted with memory.
    fn terms(&mut self, count: usize, depth: usize) -> Option<Vec<Term>> {
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(self.term(depth + 1)?);
        }
        Some(items)
    }

    fn atom(&mut self, count: usize) -> Option<Term> {
        let name = std::str::from_utf8(self.take(count)?).ok()?;
        Some(Term::Atom(name.to_owned()))
    }

    fn big(&mut self) -> Option<i128> {
        let count = self.byte()?.into();
        let is_negative = self.byte()? != 0;
        let digits = self.take(count)?;
        // The highest bit is left out: no integer of CouchDB's documents comes near it.
        (digits.len() < 16).then_some(())?;
        let size = digits
            .iter()
            .rev()
            .fold(0, |size, digit| size << 8 | i128::from(*digit));
        Some(if is_negative { -size } else { size })
    }
}
