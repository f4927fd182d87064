use super::key::{Key, KeyReader, KeyWriter, ToKey};
use super::range::{Bounds, KeyRange};
use crate::SdkError;
use crate::raw::{FIRST_SIMPLE, LAST};

/// The keys of one table, wherever it lies: the simple keys, or the composite keys of one name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names(pub(super) Option<&'static str>);

impl Names {
    pub(super) fn key<K: ToKey + ?Sized>(&self, key: &K) -> Result<String, SdkError> {
        let mut writer = self.0.map_or_else(KeyWriter::simple, KeyWriter::composite);
        key.write_key(&mut writer);
        writer.finish()
    }

    /// Whether the key is one of this table, by its beginning.
    pub(super) fn holds(&self, key: &str) -> bool {
        match (self.0, key.strip_prefix('\0')) {
            (None, composite) => composite.is_none(),
            (Some(name), composite) => composite
                .and_then(|rest| rest.strip_prefix(name))
                .is_some_and(|rest| rest.starts_with('\0')),
        }
    }

    pub(super) fn read_key<K: Key>(&self, key: &str) -> Result<K, SdkError> {
        let mut reader = if self.0.is_some() {
            KeyReader::composite(key)
        } else {
            KeyReader::simple(key)
        };
        K::read_key(&mut reader)
    }

    /// The half-open key range of `range`, never leaving the table.
    pub(super) fn bounds<K: Key>(
        &self,
        range: impl KeyRange<K>,
    ) -> Result<(String, String), SdkError> {
        let Bounds { start, end } = range.bounds(|key| self.key(key))?;
        let (first, last) = self.limits()?;
        // To Fabric an empty bound is an open one. Here it is a key, the least of all: nothing lies before it, and a
        // scan from it must not run into the composite keys.
        let at_least_first = |key: String| if key.is_empty() { first.clone() } else { key };
        let start = start.map_or_else(|| first.clone(), at_least_first);
        Ok((start, end.map_or(last, at_least_first)))
    }

    fn limits(&self) -> Result<(String, String), SdkError> {
        match self.0 {
            None => Ok((FIRST_SIMPLE.to_owned(), String::new())),
            Some(name) => {
                let first = KeyWriter::composite(name).finish()?;
                let last = format!("{first}{LAST}");
                Ok((first, last))
            }
        }
    }

    pub(super) fn prefix_bounds<P: ToKey + ?Sized>(
        &self,
        prefix: &P,
    ) -> Result<(String, String), SdkError> {
        let start = self.key(prefix)?;
        let end = format!("{start}{LAST}");
        Ok((start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(name: Option<&'static str>, range: impl KeyRange<String>) -> (String, String) {
        Names(name).bounds(range).unwrap()
    }

    fn pair(start: &str, end: &str) -> (String, String) {
        (start.to_owned(), end.to_owned())
    }

    #[test]
    fn ranges_of_simple_keys_stay_clear_of_composite_ones() {
        assert_eq!(bounds(None, ..), pair("\u{1}", ""));
        assert_eq!(bounds(None, "a".."b"), pair("a", "b"));
        assert_eq!(bounds(None, "".."b"), pair("\u{1}", "b"));
        assert_eq!(bounds(None, "a"..), pair("a", ""));
    }

    #[test]
    fn nothing_lies_before_the_empty_key() {
        assert_eq!(bounds(None, ..""), pair("\u{1}", "\u{1}"));
    }

    #[test]
    fn ranges_of_composite_keys_stay_in_their_table() {
        assert_eq!(bounds(Some("t"), ..), pair("\0t\0", "\0t\0\u{10FFFF}"));
        assert_eq!(bounds(Some("t"), "a".."b"), pair("\0t\0a\0", "\0t\0b\0"));
        assert_eq!(bounds(Some("t"), "".."b"), pair("\0t\0\0", "\0t\0b\0"));
    }

    #[test]
    fn a_table_holds_its_own_keys() {
        let named = Names(Some("t"));
        let plain = Names(None);
        let keys = ["a", "\0t\0a\0", "\0tt\0a\0", "\0t"];
        assert_eq!(
            keys.map(|key| named.holds(key)),
            [false, true, false, false]
        );
        assert_eq!(
            keys.map(|key| plain.holds(key)),
            [true, false, false, false]
        );
    }

    #[test]
    fn a_bound_in_the_composite_keys_is_refused() {
        let table = Names(None);
        assert_eq!(table.bounds::<String>("\0t\0"..).unwrap_err().status(), 400);
    }
}
