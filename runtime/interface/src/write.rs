use bytes::Bytes;

/// Where a key lives, inside the namespace of the running chaincode. Another chaincode's namespace cannot be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space<'a> {
    Public,
    Private(&'a str),
}

impl<'a> Space<'a> {
    /// Fabric's wire form: the empty collection is public state.
    pub fn from_collection(collection: &'a str) -> Self {
        if collection.is_empty() {
            Self::Public
        } else {
            Self::Private(collection)
        }
    }

    pub fn collection(self) -> &'a str {
        match self {
            Self::Public => "",
            Self::Private(collection) => collection,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An empty value deletes.
    Put(Bytes),
    Delete,
    /// Deletes a private key and its history of values; private data only.
    Purge,
    /// Replaces all metadata of the key with this one entry.
    Metadata(MetadataEntry),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataEntry {
    pub name: String,
    pub value: Bytes,
}

/// One element of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Empty: public state.
    pub collection: String,
    pub key: String,
    pub change: Change,
}
