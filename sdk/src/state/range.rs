use super::key::{Key, ToKey};
use crate::SdkError;
use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

/// The written ends of a range; an absent one is the end of the table.
#[derive(Debug)]
pub struct Bounds {
    pub(super) start: Option<String>,
    pub(super) end: Option<String>,
}

/// A range of keys: `..`, `a..`, `..b`, `a..b`. Fabric's ranges are half-open, so `a..=b` does not compile.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a range of `{K}` keys",
    note = "ranges are half-open, as Fabric's are: `..`, `a..`, `..b` or `a..b`"
)]
pub trait KeyRange<K> {
    /// Writes the ends with `write`.
    ///
    /// # Errors
    /// An end that is no valid key.
    fn bounds<F>(&self, write: F) -> Result<Bounds, SdkError>
    where
        F: Fn(&dyn DynKey) -> Result<String, SdkError>;
}

/// A key whose type is forgotten.
pub trait DynKey {
    #[doc(hidden)]
    fn write_dyn(&self, key: &mut super::KeyWriter);
}

impl<K: ToKey> DynKey for K {
    fn write_dyn(&self, key: &mut super::KeyWriter) {
        self.write_key(key);
    }
}

impl ToKey for dyn DynKey + '_ {
    const PARTS: usize = 1;

    fn write_key(&self, key: &mut super::KeyWriter) {
        self.write_dyn(key);
    }
}

impl<K> KeyRange<K> for RangeFull {
    fn bounds<F>(&self, _: F) -> Result<Bounds, SdkError>
    where
        F: Fn(&dyn DynKey) -> Result<String, SdkError>,
    {
        Ok(Bounds {
            start: None,
            end: None,
        })
    }
}

macro_rules! ranges {
    ($([$($generics:tt)*] $key:ty, $bound:ty);* $(;)?) => {$(
        impl<$($generics)*> KeyRange<$key> for Range<$bound> {
            fn bounds<F>(&self, write: F) -> Result<Bounds, SdkError>
            where
                F: Fn(&dyn DynKey) -> Result<String, SdkError>,
            {
                Ok(Bounds { start: Some(write(&self.start)?), end: Some(write(&self.end)?) })
            }
        }

        impl<$($generics)*> KeyRange<$key> for RangeFrom<$bound> {
            fn bounds<F>(&self, write: F) -> Result<Bounds, SdkError>
            where
                F: Fn(&dyn DynKey) -> Result<String, SdkError>,
            {
                Ok(Bounds { start: Some(write(&self.start)?), end: None })
            }
        }

        impl<$($generics)*> KeyRange<$key> for RangeTo<$bound> {
            fn bounds<F>(&self, write: F) -> Result<Bounds, SdkError>
            where
                F: Fn(&dyn DynKey) -> Result<String, SdkError>,
            {
                Ok(Bounds { start: None, end: Some(write(&self.end)?) })
            }
        }
    )*};
}
ranges! {
    [K: Key] K, K;
    [] String, &str;
}
