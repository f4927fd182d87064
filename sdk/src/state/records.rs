use super::find::Find;
use super::history::Changes;
use super::key::{Key, Prefix, ToKey};
use super::layout::Layout;
use super::names::Names;
use super::page::{Page, PageOf};
use super::range::KeyRange;
use super::rows::Rows;
use super::table::{Public, Table, record};
use crate::{Query, SdkError, Tx, View};
use selvedge_interface::{Bytes, Change, Selection, Space};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Borrow;
use std::marker::PhantomData;

/// Records of one kind in public state, as JSON under their key. Declared as a constant.
///
/// Reads take any context and show what was committed before the transaction, never its own writes; writes take
/// [`&Tx`](Tx), also while a scan is running.
/// ```
/// # use selvedge_sdk::prelude::*;
/// # #[derive(Serialize, Deserialize)] struct Asset { owner: String }
/// const ASSETS: Records<String, Asset> = Records::plain();
///
/// fn take_over(tx: &Tx, owner: &str) -> Result<u32, SdkError> {
///     let mut taken = 0;
///     for row in ASSETS.range(tx, "a".."b")? {
///         let (id, mut asset) = row?;
///         asset.owner = owner.to_owned();
///         ASSETS.put(tx, &id, &asset)?;
///         taken += 1;
///     }
///     Ok(taken)
/// }
/// ```
#[derive(Debug)]
pub struct Records<K, V> {
    table: Table<Public>,
    record: PhantomData<fn() -> (K, V)>,
}

impl<K: Key, V: Serialize + DeserializeOwned> Records<K, V> {
    /// Records under composite keys that begin with `name`.
    pub const fn new(name: &'static str) -> Self {
        Self {
            table: Table {
                place: Public,
                names: Names(Some(name)),
            },
            record: PhantomData,
        }
    }

    /// Records under simple keys: the key of the record is the ledger's key, as in most Go, Node and Java chaincode.
    ///
    /// # Panics
    /// When the constant is evaluated, that is at compile time: if `K` has more than one part.
    pub const fn plain() -> Self {
        assert!(
            K::PARTS == 1,
            "simple keys have one part: use Records::new(\"name\") for keys of several"
        );
        Self {
            table: Table {
                place: Public,
                names: Names(None),
            },
            record: PhantomData,
        }
    }

    /// Where the records lie.
    pub const fn layout(&self) -> Layout {
        Layout::records(self.table.names.0, K::PARTS)
    }

    /// The committed record, if there is one.
    ///
    /// # Errors
    /// The peer's refusal; a value that is not a `V`.
    pub fn get<Q: ToKey + ?Sized>(&self, view: &View, key: &Q) -> Result<Option<V>, SdkError>
    where
        K: Borrow<Q>,
    {
        let key = self.table.key(key)?;
        self.table
            .read(view, &key)?
            .map(|value| record(&key, &value))
            .transpose()
    }

    /// The committed records of several keys, in the order of `keys`, with one question to the peer.
    ///
    /// # Errors
    /// As [`Records::get`].
    pub fn get_many<'k, Q: ToKey + ?Sized + 'k>(
        &self,
        view: &View,
        keys: impl IntoIterator<Item = &'k Q>,
    ) -> Result<Vec<Option<V>>, SdkError>
    where
        K: Borrow<Q>,
    {
        let keys = keys.into_iter().map(|key| self.table.key(key));
        self.table
            .read_many(view, &keys.collect::<Result<Vec<_>, _>>()?)
    }

    /// Whether a record is committed under the key. Its value is not read as a `V`.
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn exists<Q: ToKey + ?Sized>(&self, view: &View, key: &Q) -> Result<bool, SdkError>
    where
        K: Borrow<Q>,
    {
        Ok(self.table.read(view, &self.table.key(key)?)?.is_some())
    }

    /// Writes a record, whether or not one exists.
    ///
    /// # Errors
    /// The peer's refusal; a value that JSON cannot express.
    pub fn put<Q: ToKey + ?Sized>(&self, tx: &Tx, key: &Q, value: &V) -> Result<(), SdkError>
    where
        K: Borrow<Q>,
    {
        self.table.put(tx, &self.table.key(key)?, value)
    }

    /// Writes a record unless one is committed under the key; `false` if so. The check is part of the read set, so two
    /// transactions that insert the same key cannot both become valid.
    ///
    /// # Errors
    /// As [`Records::put`].
    pub fn try_insert<Q: ToKey + ?Sized>(
        &self,
        tx: &Tx,
        key: &Q,
        value: &V,
    ) -> Result<bool, SdkError>
    where
        K: Borrow<Q>,
    {
        let key = self.table.key(key)?;
        if self.table.read(tx, &key)?.is_some() {
            return Ok(false);
        }
        self.table.put(tx, &key, value)?;
        Ok(true)
    }

    /// Deletes the record, whether or not it exists.
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn delete<Q: ToKey + ?Sized>(&self, tx: &Tx, key: &Q) -> Result<(), SdkError>
    where
        K: Borrow<Q>,
    {
        self.table.write(tx, &self.table.key(key)?, Change::Delete)
    }

    /// Records in key order. At commit, the peer checks that the range still holds the same records.
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn range<'v>(
        &self,
        view: &'v View,
        range: impl KeyRange<K>,
    ) -> Result<Rows<'v, K, V>, SdkError> {
        let (start, end) = self.table.bounds(range)?;
        Ok(Rows::new(
            self.table.names,
            self.table.scan(view, &start, &end)?,
        ))
    }

    /// The records whose key begins with these parts.
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn prefix<'v, P: Prefix<K> + ?Sized>(
        &self,
        view: &'v View,
        prefix: &P,
    ) -> Result<Rows<'v, K, V>, SdkError> {
        let (start, end) = self.table.prefix_bounds(prefix)?;
        Ok(Rows::new(
            self.table.names,
            self.table.scan(view, &start, &end)?,
        ))
    }

    /// One page of a range. Fabric paginates only in transactions that write nothing, hence the [`Query`].
    ///
    /// # Errors
    /// The peer's refusal; a value that is not a `V`.
    pub fn page(
        &self,
        query: &Query,
        range: impl KeyRange<K>,
        page: &Page,
    ) -> Result<PageOf<V>, SdkError> {
        let bounds = self.table.bounds(range)?;
        PageOf::read(self.table.names, self.table.page(query, &bounds, page)?)
    }

    /// One page of the records whose key begins with these parts.
    ///
    /// # Errors
    /// As [`Records::page`].
    pub fn prefix_page<P: Prefix<K> + ?Sized>(
        &self,
        query: &Query,
        prefix: &P,
        page: &Page,
    ) -> Result<PageOf<V>, SdkError> {
        let bounds = self.table.prefix_bounds(prefix)?;
        PageOf::read(self.table.names, self.table.page(query, &bounds, page)?)
    }

    /// The records that a rich query finds, in its order. Records under other names may match as well and are left out.
    ///
    /// # Errors
    /// The peer's refusal; a value that is not a `V`.
    pub fn find<'v>(&self, query: &'v Query, find: &Find) -> Result<Rows<'v, K, V>, SdkError> {
        self.find_unprotected(query, find)
    }

    /// As [`Records::find`], in a transaction that writes. At commit the records that were read must still be the same;
    /// but nobody checks that no other record matches by then.
    ///
    /// # Errors
    /// As [`Records::find`].
    pub fn find_unprotected<'v>(
        &self,
        view: &'v View,
        find: &Find,
    ) -> Result<Rows<'v, K, V>, SdkError> {
        Ok(Rows::found(self.table.names, self.table.find(view, find)?))
    }

    /// One page of what a rich query finds.
    ///
    /// # Errors
    /// As [`Records::find`].
    pub fn find_page(
        &self,
        query: &Query,
        find: &Find,
        page: &Page,
    ) -> Result<PageOf<V>, SdkError> {
        let selection = Selection::Rich {
            space: Space::Public,
            query: &find.text()?,
        };
        PageOf::read(
            self.table.names,
            query.stub().page(selection, page.size, &page.bookmark)?,
        )
    }

    /// Every change of the record, newest first, from blocks committed before this transaction was simulated.
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn history<'v, Q: ToKey + ?Sized>(
        &self,
        view: &'v View,
        key: &Q,
    ) -> Result<Changes<'v, V>, SdkError>
    where
        K: Borrow<Q>,
    {
        Ok(Changes::new(
            view.stub().get_history_for_key(&self.table.key(key)?)?,
        ))
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
        self.table.set_policy(tx, &self.table.key(key)?, policy)
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
        self.table.policy(view, &self.table.key(key)?)
    }

    pub(super) fn table(&self) -> Table<Public> {
        self.table
    }
}
