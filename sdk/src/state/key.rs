use crate::SdkError;
use crate::raw::push_part;
use crate::wire::Time;

/// Something that names a record: text, a number, a truth value, or several of them.
///
/// Parts are written so that their byte order is the order of the values, because the byte order is the only one a
/// ledger scan knows: integers as hexadecimal digits of fixed width, signed ones shifted to begin at zero. `u32` 9 comes
/// before 10, where the texts would not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key",
    label = "not a key",
    note = "keys are `String`, `bool`, `Time`, integers of up to 64 bits, tuples of up to four keys, and types with `#[derive(Key)]`"
)]
pub trait ToKey {
    /// How many parts of a composite key it takes.
    const PARTS: usize;

    /// Writes the parts.
    fn write_key(&self, key: &mut KeyWriter);
}

/// A [`ToKey`] that can be read back from a stored key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key",
    label = "not a key",
    note = "keys are `String`, `bool`, `Time`, integers of up to 64 bits, tuples of up to four keys, and types with `#[derive(Key)]`"
)]
pub trait Key: ToKey + Sized {
    /// Reads the parts in the order they were written.
    ///
    /// # Errors
    /// A key that something else wrote.
    fn read_key(key: &mut KeyReader<'_>) -> Result<Self, SdkError>;
}

/// A key under construction.
#[derive(Debug)]
pub struct KeyWriter {
    key: String,
    composite: bool,
    problem: Option<SdkError>,
}

impl KeyWriter {
    pub(super) fn simple() -> Self {
        Self {
            key: String::new(),
            composite: false,
            problem: None,
        }
    }

    pub(super) fn composite(name: &str) -> Self {
        let mut writer = Self {
            key: String::from(crate::raw::SEPARATOR),
            composite: true,
            problem: None,
        };
        writer.part(name);
        writer
    }

    /// Adds one part.
    pub fn part(&mut self, part: &str) {
        if !self.composite {
            self.key.push_str(part);
        } else if let Err(error) = push_part(&mut self.key, part)
            && self.problem.is_none()
        {
            self.problem = Some(SdkError::bad_request(error.as_str()));
        }
    }

    /// Makes the key an error of the caller, for a value that cannot be part of one.
    pub fn refuse(&mut self, text: &str) {
        self.problem
            .get_or_insert_with(|| SdkError::bad_request(text));
    }

    /// Adds a number in `digits` hexadecimal digits.
    fn number(&mut self, value: u64, digits: usize) {
        self.part(&format!("{value:0digits$x}"));
    }

    pub(super) fn finish(self) -> Result<String, SdkError> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        if !self.composite && self.key.starts_with(crate::raw::SEPARATOR) {
            return Err(SdkError::bad_request(format!(
                "first character of the key [{}] contains a null character which is not allowed",
                self.key
            )));
        }
        Ok(self.key)
    }
}

/// The parts of a stored key, from the first.
#[derive(Debug)]
pub struct KeyReader<'k> {
    key: &'k str,
    parts: std::str::Split<'k, char>,
}

impl<'k> KeyReader<'k> {
    pub(super) fn simple(key: &'k str) -> Self {
        Self {
            key,
            parts: key.split(crate::raw::SEPARATOR),
        }
    }

    /// Past the marker and the name of a composite key.
    pub(super) fn composite(key: &'k str) -> Self {
        let inner = key.strip_prefix(crate::raw::SEPARATOR).unwrap_or(key);
        let inner = inner.strip_suffix(crate::raw::SEPARATOR).unwrap_or(inner);
        let mut parts = inner.split(crate::raw::SEPARATOR);
        parts.next();
        Self { key, parts }
    }

    /// The next part.
    ///
    /// # Errors
    /// The key has no further part.
    pub fn part(&mut self) -> Result<&'k str, SdkError> {
        self.parts.next().ok_or_else(|| self.unreadable())
    }

    fn number(&mut self, digits: usize) -> Result<u64, SdkError> {
        let part = self.part()?;
        let well_formed =
            part.len() == digits && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        well_formed
            .then(|| u64::from_str_radix(part, 16).ok())
            .flatten()
            .ok_or_else(|| self.unreadable())
    }

    /// The error of a key that something else wrote.
    pub fn unreadable(&self) -> SdkError {
        SdkError::internal(format!(
            "key {:?} was not written by this contract's layout",
            self.key
        ))
    }
}

impl ToKey for str {
    const PARTS: usize = 1;

    fn write_key(&self, key: &mut KeyWriter) {
        key.part(self);
    }
}

impl ToKey for String {
    const PARTS: usize = 1;

    fn write_key(&self, key: &mut KeyWriter) {
        key.part(self);
    }
}

impl Key for String {
    fn read_key(key: &mut KeyReader<'_>) -> Result<Self, SdkError> {
        key.part().map(str::to_owned)
    }
}

impl<T: ToKey + ?Sized> ToKey for &T {
    const PARTS: usize = T::PARTS;

    fn write_key(&self, key: &mut KeyWriter) {
        (**self).write_key(key);
    }
}

impl ToKey for bool {
    const PARTS: usize = 1;

    fn write_key(&self, key: &mut KeyWriter) {
        key.part(if *self { "1" } else { "0" });
    }
}

impl Key for bool {
    fn read_key(key: &mut KeyReader<'_>) -> Result<Self, SdkError> {
        match key.part()? {
            "0" => Ok(false),
            "1" => Ok(true),
            _ => Err(key.unreadable()),
        }
    }
}

macro_rules! unsigned {
    ($($type:ty),*) => {$(
        impl ToKey for $type {
            const PARTS: usize = 1;

            fn write_key(&self, key: &mut KeyWriter) {
                key.number(u64::from(*self), size_of::<Self>() * 2);
            }
        }

        impl Key for $type {
            fn read_key(key: &mut KeyReader<'_>) -> Result<Self, SdkError> {
                let value = key.number(size_of::<Self>() * 2)?;
                value.try_into().map_err(|_| key.unreadable())
            }
        }
    )*};
}
unsigned!(u8, u16, u32, u64);

macro_rules! signed {
    ($($type:ty as $unsigned:ty),*) => {$(
        impl ToKey for $type {
            const PARTS: usize = 1;

            fn write_key(&self, key: &mut KeyWriter) {
                (self.cast_unsigned() ^ (1 << (<$unsigned>::BITS - 1))).write_key(key);
            }
        }

        impl Key for $type {
            fn read_key(key: &mut KeyReader<'_>) -> Result<Self, SdkError> {
                let shifted = <$unsigned>::read_key(key)?;
                Ok((shifted ^ (1 << (<$unsigned>::BITS - 1))).cast_signed())
            }
        }
    )*};
}
signed!(i8 as u8, i16 as u16, i32 as u32, i64 as u64);

/// RFC 3339 in UTC with nine digits of fraction, for the years 0 to 9999: others have no fixed width.
impl ToKey for Time {
    const PARTS: usize = 1;

    fn write_key(&self, key: &mut KeyWriter) {
        let nanos = self.nanos();
        let whole = Time::new(self.seconds(), 0).to_string();
        match whole.strip_suffix('Z') {
            Some(whole) if whole.len() == 19 && (0..1_000_000_000).contains(&nanos) => {
                key.part(&format!("{whole}.{nanos:09}Z"));
            }
            _ => key.refuse(&format!(
                "the time {whole} cannot be a key: its year is not 0 to 9999"
            )),
        }
    }
}

impl Key for Time {
    fn read_key(key: &mut KeyReader<'_>) -> Result<Self, SdkError> {
        let part = key.part()?;
        Time::parse(part).ok_or_else(|| key.unreadable())
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+)),+) => {$(
        impl<$($name: ToKey),+> ToKey for ($($name,)+) {
            const PARTS: usize = 0 $(+ $name::PARTS)+;

            fn write_key(&self, key: &mut KeyWriter) {
                $(self.$index.write_key(key);)+
            }
        }

        impl<$($name: Key),+> Key for ($($name,)+) {
            fn read_key(key: &mut KeyReader<'_>) -> Result<Self, SdkError> {
                Ok(($($name::read_key(key)?,)+))
            }
        }
    )+};
}
tuples!((A 0, B 1), (A 0, B 1, C 2), (A 0, B 1, C 2, D 3));

/// The leading parts of a key `K`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not how `{K}` begins",
    note = "a prefix is the first member of the key tuple, or a tuple of its first members"
)]
pub trait Prefix<K>: ToKey {}

impl<A: Key, B: Key> Prefix<(A, B)> for A {}
impl<A: Key, B: Key, C: Key> Prefix<(A, B, C)> for A {}
impl<A: Key, B: Key, C: Key, D: Key> Prefix<(A, B, C, D)> for A {}
impl<A: Key, B: Key, C: Key> Prefix<(A, B, C)> for (A, B) {}
impl<A: Key, B: Key, C: Key, D: Key> Prefix<(A, B, C, D)> for (A, B) {}
impl<A: Key, B: Key, C: Key, D: Key> Prefix<(A, B, C, D)> for (A, B, C) {}
impl<B: Key> Prefix<(String, B)> for str {}
impl<B: Key, C: Key> Prefix<(String, B, C)> for str {}
impl<B: Key, C: Key, D: Key> Prefix<(String, B, C, D)> for str {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written<K: ToKey>(key: &K) -> String {
        let mut writer = KeyWriter::composite("t");
        key.write_key(&mut writer);
        writer.finish().unwrap()
    }

    fn check<K: Key + Ord + std::fmt::Debug>(a: K, b: K) {
        let (left, right) = (written(&a), written(&b));
        assert_eq!(left.cmp(&right), a.cmp(&b), "{a:?} against {b:?}");
        assert_eq!(K::read_key(&mut KeyReader::composite(&left)).unwrap(), a);
    }

    proptest! {
        #[test]
        fn byte_order_is_value_order(a: (i64, u32, String), b: (i64, u32, String)) {
            prop_assume!(!a.2.contains(['\0', '\u{10FFFF}']) && !b.2.contains(['\0', '\u{10FFFF}']));
            check(a.0, b.0);
            check(a.1, b.1);
            check(a.2.clone(), b.2.clone());
            check(a, b);
        }

        #[test]
        fn small_numbers_too(a: (i8, u8, bool), b: (i8, u8, bool)) {
            check(a, b);
        }

        #[test]
        fn times_too(a in (0i64..253_402_300_800, 0i32..1_000_000_000), b in (0i64..253_402_300_800, 0i32..1_000_000_000)) {
            check(Time::new(a.0, a.1), Time::new(b.0, b.1));
            check(Time::new(a.0, 0), Time::new(a.0, a.1));
        }

        #[test]
        fn no_stored_key_panics(text: String) {
            let _ = <(u64, String)>::read_key(&mut KeyReader::composite(&text));
            let _ = i32::read_key(&mut KeyReader::simple(&text));
        }
    }

    #[test]
    fn a_forbidden_part_is_the_callers_mistake() {
        let mut writer = KeyWriter::composite("t");
        ("a\0b".to_owned(), 1u8).write_key(&mut writer);
        assert_eq!(writer.finish().unwrap_err().status(), 400);
        let mut writer = KeyWriter::simple();
        "\0t\0".write_key(&mut writer);
        assert_eq!(writer.finish().unwrap_err().status(), 400);
    }
}
