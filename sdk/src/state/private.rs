use super::find::Find;
use super::key::{Key, ToKey};
use super::layout::Layout;
use super::names::Names;
use super::range::KeyRange;
use super::rows::Rows;
use super::table::{Table, record};
use crate::{Query, SdkError, Tx, View};
use selvedge_interface::{Bytes, Change, Space};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Borrow;
use std::marker::PhantomData;

/// Records in a private data collection, as JSON under simple keys. The channel records their hashes; the values live on
/// the peers of the collection's members.
///
/// `C` is how the collection is named: as a constant here, at run time by [`Implicit::of`](super::Implicit::of).
#[derive(Debug)]
pub struct Private<K, V, C = &'static str> {
    collection: C,
    names: Names,
    record: PhantomData<fn() -> (K, V)>,
}

impl<K: Key, V: Serialize + DeserializeOwned> Private<K, V> {
    /// Records of a collection named in the chaincode's definition.
    ///
    /// # Panics
    /// When the constant is evaluated, that is at compile time: without a name, or if `K` has more than one part.
    pub const fn new(collection: &'static str) -> Self {
        assert!(!collection.is_empty(), "a collection has a name");
        assert!(K::PARTS == 1, "keys of private records have one part");
        Self {
            collection,
            names: Names(None),
            record: PhantomData,
        }
    }

    /// Where the records lie.
    pub const fn layout(&self) -> Layout {
        Layout::private(self.collection)
    }
}

impl<K: Key, V: Serialize + DeserializeOwned, C: AsRef<str>> Private<K, V, C> {
    pub(super) fn within(collection: C, names: Names) -> Self {
        Self {
            collection,
            names,
            record: PhantomData,
        }
    }

    pub(super) fn table(&self) -> Table<Space<'_>> {
        Table {
            place: Space::Private(self.collection.as_ref()),
            names: self.names,
        }
    }

    /// The committed record, if there is one. Only members' peers can answer.
    ///
    /// # Errors
    /// The peer's refusal; a value that is not a `V`.
    pub fn get<Q: ToKey + ?Sized>(&self, view: &View, key: &Q) -> Result<Option<V>, SdkError>
    where
        K: Borrow<Q>,
    {
        let key = self.table().key(key)?;
        self.table()
            .read(view, &key)?
            .map(|value| record(&key, &value))
            .transpose()
    }

    /// The committed records of several keys, in the order of `keys`, with one question to the peer.
    ///
    /// # Errors
    /// As [`Private::get`].
    pub fn get_many<'k, Q: ToKey + ?Sized + 'k>(
        &self,
        view: &View,
        keys: impl IntoIterator<Item = &'k Q>,
    ) -> Result<Vec<Option<V>>, SdkError>
    where
        K: Borrow<Q>,
    {
        let table = self.table();
        let keys = keys.into_iter().map(|key| table.key(key));
        table.read_many(view, &keys.collect::<Result<Vec<_>, _>>()?)
    }

    /// Whether a record is committed under the key. Every peer can answer: it is the hash that is asked for.
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn exists<Q: ToKey + ?Sized>(&self, view: &View, key: &Q) -> Result<bool, SdkError>
    where
        K: Borrow<Q>,
    {
        Ok(self.hash(view, key)?.is_some())
    }

    /// SHA-256 of the committed value. Every peer can answer.
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn hash<Q: ToKey + ?Sized>(
        &self,
        view: &View,
        key: &Q,
    ) -> Result<Option<[u8; 32]>, SdkError>
    where
        K: Borrow<Q>,
    {
        let hash = view
            .stub()
            .get_private_data_hash(self.collection.as_ref(), &self.table().key(key)?)?;
        hash.filter(|bytes| !bytes.is_empty())
            .map(|bytes| {
                <[u8; 32]>::try_from(bytes.as_ref()).map_err(|_| {
                    SdkError::internal("the peer answered a hash that is not 32 bytes")
                })
            })
            .transpose()
    }

    /// Whether the committed record is this one, by its hash: every peer can answer, also those that do not hold it.
    ///
    /// # Errors
    /// The peer's refusal; a value that JSON cannot express.
    pub fn is<Q: ToKey + ?Sized>(&self, view: &View, key: &Q, value: &V) -> Result<bool, SdkError>
    where
        K: Borrow<Q>,
    {
        let json = self.table().json(&self.table().key(key)?, value)?;
        Ok(self.hash(view, key)? == Some(crate::sha256(&json)))
    }

    /// Writes a record, whether or not one exists.
    ///
    /// # Errors
    /// The peer's refusal; a value that JSON cannot express.
    pub fn put<Q: ToKey + ?Sized>(&self, tx: &Tx, key: &Q, value: &V) -> Result<(), SdkError>
    where
        K: Borrow<Q>,
    {
        self.table().put(tx, &self.table().key(key)?, value)
    }

    /// Sets the endorsement policy of this one record: [`endorsed_by_all`](crate::endorsed_by_all), or other bytes of
    /// `common.SignaturePolicyEnvelope`.
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn set_policy<Q: ToKey + ?Sized>(
        &self,
        tx: &Tx,
        key: &Q,
        policy: Bytes,
    ) -> Result<(), SdkError>
    where
        K: Borrow<Q>,
    {
        self.table().set_policy(tx, &self.table().key(key)?, policy)
    }

    /// The endorsement policy of this one record, if it has its own: bytes of
    /// `common.SignaturePolicyEnvelope`.
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn policy<Q: ToKey + ?Sized>(&self, view: &View, key: &Q) -> Result<Option<Bytes>, SdkError>
    where
        K: Borrow<Q>,
    {
        self.table().policy(view, &self.table().key(key)?)
    }

    /// Deletes the record from the state.
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn delete<Q: ToKey + ?Sized>(&self, tx: &Tx, key: &Q) -> Result<(), SdkError>
    where
        K: Borrow<Q>,
    {
        self.table()
            .write(tx, &self.table().key(key)?, Change::Delete)
    }

    /// Deletes the record and every past value of it, on every peer that holds them.
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn purge<Q: ToKey + ?Sized>(&self, tx: &Tx, key: &Q) -> Result<(), SdkError>
    where
        K: Borrow<Q>,
    {
        self.table()
            .write(tx, &self.table().key(key)?, Change::Purge)
    }

    /// Records in key order. Fabric scans private data only in transactions that write nothing, hence the [`Query`].
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn range<'v>(
        &self,
        query: &'v Query,
        range: impl KeyRange<K>,
    ) -> Result<Rows<'v, K, V>, SdkError> {
        let (start, end) = self.table().bounds(range)?;
        Ok(Rows::new(
            self.names,
            self.table().scan(query, &start, &end)?,
        ))
    }

    /// The records that a rich query finds, in its order.
    ///
    /// # Errors
    /// The peer's refusal; a value that is not a `V`.
    pub fn find<'v>(&self, query: &'v Query, find: &Find) -> Result<Rows<'v, K, V>, SdkError> {
        Ok(Rows::found(self.names, self.table().find(query, find)?))
    }
}
