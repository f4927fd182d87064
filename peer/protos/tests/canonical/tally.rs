//! Counts what was checked and keeps what did not come back.

use std::any::type_name;
use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message;

use crate::maps::{Maps, normalise};

#[derive(Default)]
pub(crate) struct Tally {
    place: String,
    checked: BTreeMap<String, usize>,
    exceptions: Vec<String>,
}

impl Tally {
    /// Names where the next messages come from.
    pub(crate) fn at(&mut self, place: impl Into<String>) {
        self.place = place.into();
    }

    /// Decodes a message whose encoding is canonical. Empty bytes are the empty message and prove nothing, so they
    /// are not counted.
    pub(crate) fn exact<M: Message + Default>(&mut self, bytes: &Bytes) -> Option<M> {
        self.check(bytes, |encoded| encoded == bytes)
    }

    /// Decodes a message that holds maps, of which there is more than one encoding.
    pub(crate) fn with_maps<M: Message + Default>(
        &mut self,
        bytes: &Bytes,
        maps: &Maps,
    ) -> Option<M> {
        self.check(bytes, |encoded| {
            let original = normalise(bytes, maps);
            original.is_some() && normalise(encoded, maps) == original
        })
    }

    fn check<M: Message + Default>(
        &mut self,
        bytes: &Bytes,
        same: impl Fn(&[u8]) -> bool,
    ) -> Option<M> {
        if bytes.is_empty() {
            return None;
        }
        let name = name::<M>();
        match M::decode(bytes.clone()) {
            Err(_) => self.except(&format!("{name} does not decode")),
            Ok(message) if !same(&message.encode_to_vec()) => {
                self.except(&format!("{name} encodes differently"));
            }
            Ok(message) => {
                *self.checked.entry(name).or_default() += 1;
                return Some(message);
            }
        }
        None
    }

    /// Notes something that did not come back.
    pub(crate) fn except(&mut self, what: &str) {
        self.exceptions.push(format!("{}: {what}", self.place));
    }

    /// Everything that did not come back is in `expected`, and the other way round.
    #[track_caller]
    pub(crate) fn assert_exceptions(&self, expected: &[&str]) {
        assert_eq!(self.exceptions, expected);
    }

    /// At least so many messages of each type came back.
    #[track_caller]
    pub(crate) fn assert_at_least(&self, expected: &[(&str, usize)]) {
        for (name, least) in expected {
            let count = self.checked.get(*name).copied().unwrap_or_default();
            assert!(
                count >= *least,
                "{name}: {count} of {least}; {:#?}",
                self.checked
            );
        }
    }

    /// At least so many messages in all.
    #[track_caller]
    pub(crate) fn assert_total(&self, least: usize) {
        let total: usize = self.checked.values().sum();
        assert!(total >= least, "{total} of {least}; {:#?}", self.checked);
    }
}

/// Protobuf package and Rust name, such as `common::Block`.
fn name<M>() -> String {
    let path = type_name::<M>();
    path.rsplit_once("generated::")
        .map_or(path, |(_, name)| name)
        .to_owned()
}
