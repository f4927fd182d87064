use super::key::{Key, ToKey};
use super::table::{Table, record};
use super::{Private, Records};
use crate::wire::to_json;
use crate::{SdkError, Tx};
use selvedge_interface::{Bytes, Change, Space};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Borrow;
use std::collections::BTreeMap;

/// Records as they will be if the transaction commits: [`Tx::overlay`].
///
/// A read of Fabric never shows the transaction's own writes: add 1 twice to a stored number and 1 is what was added.
/// Through an overlay the second read sees the first write. What was read once is not asked for again, so the read set
/// has each record once, at its committed version. It knows what went through it, and only single records: ranges,
/// queries and writes past it are Fabric's.
/// ```
/// # use selvedge_sdk::prelude::*;
/// const BALANCES: Records<String, u64> = Records::new("balance");
///
/// fn pay_all(tx: &Tx, payments: &[(String, u64)]) -> Result<(), SdkError> {
///     let mut balances = tx.overlay();
///     for (account, amount) in payments {
///         let balance = balances.get(&BALANCES, account)?.unwrap_or(0);
///         balances.put(&BALANCES, account, &(balance + amount))?; // the same account may come twice
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Overlay<'t> {
    tx: &'t Tx,
    /// By collection, which is empty for public state, and key.
    known: BTreeMap<(String, String), Option<Bytes>>,
}

/// A table whose records an [`Overlay`] reads and writes: [`Records`] or [`Private`].
pub trait Overlaid<K, V>: sealed::Tabled {}

impl<K: Key, V: Serialize + DeserializeOwned> Overlaid<K, V> for Records<K, V> {}
impl<K: Key, V: Serialize + DeserializeOwned, C: AsRef<str>> Overlaid<K, V> for Private<K, V, C> {}

mod sealed {
    use super::{Space, Table};

    pub trait Tabled {
        #[doc(hidden)]
        fn shared_table(&self) -> TableOf<'_>;
    }

    /// Hides the table from the crate's users.
    pub struct TableOf<'c>(pub(super) Table<Space<'c>>);
}

impl<K: Key, V: Serialize + DeserializeOwned> sealed::Tabled for Records<K, V> {
    fn shared_table(&self) -> sealed::TableOf<'_> {
        sealed::TableOf(Table {
            place: Space::Public,
            names: self.table().names,
        })
    }
}

impl<K: Key, V: Serialize + DeserializeOwned, C: AsRef<str>> sealed::Tabled for Private<K, V, C> {
    fn shared_table(&self) -> sealed::TableOf<'_> {
        sealed::TableOf(self.table())
    }
}

impl<'t> Overlay<'t> {
    pub(crate) fn new(tx: &'t Tx) -> Self {
        Self {
            tx,
            known: BTreeMap::new(),
        }
    }

    /// What was last written here; else the committed record, if there is one.
    ///
    /// # Errors
    /// The peer's refusal; a value that is not a `V`.
    pub fn get<K: Borrow<Q>, V: DeserializeOwned, Q: ToKey + ?Sized>(
        &mut self,
        table: &impl Overlaid<K, V>,
        key: &Q,
    ) -> Result<Option<V>, SdkError> {
        let table = table.shared_table().0;
        let key = table.key(key)?;
        let place = (collection(table), key.clone());
        let value = match self.known.get(&place) {
            Some(known) => known.clone(),
            None => {
                let read = table.read(self.tx, &key)?;
                self.known.insert(place, read.clone());
                read
            }
        };
        value.map(|value| record(&key, &value)).transpose()
    }

    /// Writes a record, whether or not one exists.
    ///
    /// # Errors
    /// The peer's refusal; a value that JSON cannot express.
    pub fn put<K: Borrow<Q>, V: Serialize, Q: ToKey + ?Sized>(
        &mut self,
        table: &impl Overlaid<K, V>,
        key: &Q,
        value: &V,
    ) -> Result<(), SdkError> {
        let table = table.shared_table().0;
        let key = table.key(key)?;
        table.put(self.tx, &key, value)?;
        let written = to_json(value).map_err(|error| SdkError::internal(error.to_string()))?;
        self.known.insert((collection(table), key), Some(written));
        Ok(())
    }

    /// Deletes a record, whether or not it exists.
    ///
    /// # Errors
    /// The peer's refusal.
    pub fn delete<K: Borrow<Q>, V, Q: ToKey + ?Sized>(
        &mut self,
        table: &impl Overlaid<K, V>,
        key: &Q,
    ) -> Result<(), SdkError> {
        let table = table.shared_table().0;
        let key = table.key(key)?;
        table.write(self.tx, &key, Change::Delete)?;
        self.known.insert((collection(table), key), None);
        Ok(())
    }
}

fn collection(table: Table<Space<'_>>) -> String {
    table.place.collection().to_owned()
}
