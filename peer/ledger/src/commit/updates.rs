use crate::Version;
use bytes::Bytes;
use std::collections::BTreeMap;

/// What a key becomes with this block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    /// `None`: deleted.
    pub(super) value: Option<Bytes>,
    pub(super) metadata: Bytes,
    pub(super) version: Version,
}

pub(super) type Keys = BTreeMap<Bytes, Pending>;

/// The public and hashed writes of a block's valid transactions so far. Collection `""` is public state, so iteration
/// has the order of the commit hash: by namespace, public keys first, then by collection.
#[derive(Debug, Default)]
pub(super) struct Updates {
    namespaces: BTreeMap<String, BTreeMap<String, Keys>>,
}

impl Updates {
    pub(super) fn keys(&self, namespace: &str, collection: &str) -> Option<&Keys> {
        self.namespaces.get(namespace)?.get(collection)
    }

    pub(super) fn get(&self, namespace: &str, collection: &str, key: &[u8]) -> Option<&Pending> {
        self.keys(namespace, collection)?.get(key)
    }

    pub(super) fn put(&mut self, namespace: &str, collection: &str, key: Bytes, pending: Pending) {
        let namespace = self.namespaces.entry(namespace.to_owned()).or_default();
        namespace
            .entry(collection.to_owned())
            .or_default()
            .insert(key, pending);
    }

    /// (namespace, collection, keys), in order.
    pub(super) fn spaces(&self) -> impl Iterator<Item = (&str, &str, &Keys)> {
        self.namespaces.iter().flat_map(|(namespace, collections)| {
            collections
                .iter()
                .map(|(collection, keys)| (namespace.as_str(), collection.as_str(), keys))
        })
    }
}
