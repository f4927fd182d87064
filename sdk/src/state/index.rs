use super::key::{Key, Prefix, ToKey};
use super::layout::Layout;
use super::names::Names;
use super::page::{Page, PageOf};
use super::table::{Public, Table};
use crate::raw::StateIterator;
use crate::{Query, SdkError, Tx, View};
use selvedge_interface::{Bytes, Change, Space};
use std::borrow::Borrow;
use std::marker::PhantomData;

/// A set of composite keys that finds records by something other than their key.
/// ```
/// # use selvedge_sdk::prelude::*;
/// const BY_OWNER: Index<(String, String)> = Index::new("owner~id");
///
/// fn ids_of(view: &View, owner: &str) -> Result<Vec<String>, SdkError> {
///     BY_OWNER.prefix(view, owner)?.map(|entry| Ok(entry?.1)).collect()
/// }
/// ```
#[derive(Debug)]
pub struct Index<K> {
    table: Table<Public>,
    key: PhantomData<fn() -> K>,
}

impl<K: Key> Index<K> {
    /// Entries under composite keys that begin with `name`, as in fabric-samples: `owner~id`.
    pub const fn new(name: &'static str) -> Self {
        Self {
            table: Table {
                place: Public,
                names: Names(Some(name)),
            },
            key: PhantomData,
        }
    }

    /// Where the entries lie.
    pub const fn layout(&self) -> Layout {
        let name = match self.table.names.0 {
            Some(name) => name,
            None => "",
        };
        Layout::index(name, K::PARTS)
    }

    /// Adds an entry. Its value is one zero byte, since an empty value would delete.
    ///
    /// # Errors
    /// The peer's refusal; a forbidden code point in a part.
    pub fn insert<Q: ToKey + ?Sized>(&self, tx: &Tx, entry: &Q) -> Result<(), SdkError>
    where
        K: Borrow<Q>,
    {
        Ok(tx.stub().put(
            Space::Public,
            &self.table.key(entry)?,
            Bytes::from_static(&[0]),
        )?)
    }

    /// Removes an entry, whether or not it exists.
    ///
    /// # Errors
    /// As [`Index::insert`].
    pub fn remove<Q: ToKey + ?Sized>(&self, tx: &Tx, entry: &Q) -> Result<(), SdkError>
    where
        K: Borrow<Q>,
    {
        self.table
            .write(tx, &self.table.key(entry)?, Change::Delete)
    }

    /// Whether the entry is committed.
    ///
    /// # Errors
    /// As [`Index::insert`].
    pub fn contains<Q: ToKey + ?Sized>(&self, view: &View, entry: &Q) -> Result<bool, SdkError>
    where
        K: Borrow<Q>,
    {
        Ok(self.table.read(view, &self.table.key(entry)?)?.is_some())
    }

    /// The entries that begin with these parts, in order.
    ///
    /// # Errors
    /// As [`Index::insert`].
    pub fn prefix<'v, P: Prefix<K> + ?Sized>(
        &self,
        view: &'v View,
        prefix: &P,
    ) -> Result<Entries<'v, K>, SdkError> {
        let (start, end) = self.table.prefix_bounds(prefix)?;
        Ok(Entries {
            names: self.table.names,
            rows: self.table.scan(view, &start, &end)?,
            key: PhantomData,
        })
    }

    /// One page of the entries that begin with these parts. Fabric paginates only in transactions that write nothing,
    /// hence the [`Query`].
    /// ```
    /// # use selvedge_sdk::prelude::*;
    /// # #[derive(Serialize, Deserialize)] struct Asset { owner: String }
    /// # const ASSETS: Records<String, Asset> = Records::plain();
    /// const BY_OWNER: Index<(String, String)> = Index::new("owner~id");
    ///
    /// fn assets_of(query: &Query, owner: &str, page: &Page) -> Result<PageOf<Asset>, SdkError> {
    ///     BY_OWNER.page(query, owner, page)?.try_map(|(_, id)| {
    ///         ASSETS.get(query, &id)?.ok_or_else(|| SdkError::new(404, format!("{id} is gone")))
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`Index::insert`].
    pub fn page<P: Prefix<K> + ?Sized>(
        &self,
        query: &Query,
        prefix: &P,
        page: &Page,
    ) -> Result<PageOf<K>, SdkError> {
        let bounds = self.table.prefix_bounds(prefix)?;
        let page = self.table.page(query, &bounds, page)?;
        PageOf::read_keys(self.table.names, page)
    }

    /// All entries, in order.
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn all<'v>(&self, view: &'v View) -> Result<Entries<'v, K>, SdkError> {
        let (start, end) = self.table.bounds::<K>(..)?;
        Ok(Entries {
            names: self.table.names,
            rows: self.table.scan(view, &start, &end)?,
            key: PhantomData,
        })
    }
}

/// Entries of an [`Index`] in order. The peer's cursor is closed when the iterator is dropped.
#[derive(Debug)]
pub struct Entries<'v, K> {
    names: Names,
    rows: StateIterator<'v>,
    key: PhantomData<fn() -> K>,
}

impl<K: Key> Iterator for Entries<'_, K> {
    type Item = Result<K, SdkError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next()?;
        Some(
            row.map_err(SdkError::from)
                .and_then(|row| self.names.read_key(&row.key)),
        )
    }
}
