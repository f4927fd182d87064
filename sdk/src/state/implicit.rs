use super::Private;
use super::key::Key;
use super::layout::Layout;
use super::names::Names;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// What Fabric calls the collection that an organisation has for itself. Fabric: core/chaincode/implicitcollection.
const PREFIX: &str = "_implicit_org_";

/// Private records that each organisation keeps for itself, in its implicit collection: no definition names it, and what
/// is written to it a peer of that organisation must endorse. An organisation has one such collection for a whole
/// chaincode, so the records lie under composite keys that begin with a name.
/// ```
/// # use selvedge_sdk::prelude::*;
/// const BIDS: Implicit<String, u64> = Implicit::new("bid");
///
/// fn bid(tx: &Tx, auction: &str) -> Result<(), SdkError> {
///     let price = tx.transient("price")?; // an argument would be in the block
///     BIDS.of(tx.client()?.msp_id()).put(tx, auction, &price)
/// }
/// ```
#[derive(Debug)]
pub struct Implicit<K, V> {
    name: &'static str,
    record: PhantomData<fn() -> (K, V)>,
}

impl<K: Key, V: Serialize + DeserializeOwned> Implicit<K, V> {
    /// Records under composite keys that begin with `name`.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            record: PhantomData,
        }
    }

    /// Where the records lie.
    pub const fn layout(&self) -> Layout {
        Layout::implicit(self.name, K::PARTS)
    }

    /// Those of one organisation, by its MSP ID. A peer refuses what is asked of an organisation that is not of the
    /// channel.
    pub fn of(&self, msp_id: &str) -> Private<K, V, String> {
        Private::within(format!("{PREFIX}{msp_id}"), Names(Some(self.name)))
    }
}
