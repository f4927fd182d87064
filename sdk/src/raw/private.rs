use super::composite::{partial_range, simple_range};
use super::stub::validation_parameter;
use super::{StateIterator, Stub};
use selvedge_interface::{Bytes, Change, Host, HostError, HostResult, Space};

/// Private data of the chaincode's collections.
impl Stub {
    /// The committed private value of a key.
    pub fn get_private_data(&self, collection: &str, key: &str) -> HostResult<Option<Bytes>> {
        let space = private(collection)?;
        self.with_host(|host| Host::get_state(host, space, key))
    }

    /// Several private values in one exchange, in the order of `keys`.
    pub fn get_multiple_private_data(
        &self,
        collection: &str,
        keys: &[String],
    ) -> HostResult<Vec<Option<Bytes>>> {
        self.get_multiple(private(collection)?, keys)
    }

    /// SHA-256 of a private value; answered by peers that do not hold the value as well.
    pub fn get_private_data_hash(&self, collection: &str, key: &str) -> HostResult<Option<Bytes>> {
        private(collection)?;
        self.with_host(|host| Host::get_private_data_hash(host, collection, key))
    }

    /// Writes a private value.
    pub fn put_private_data(
        &self,
        collection: &str,
        key: &str,
        value: impl Into<Bytes>,
    ) -> HostResult<()> {
        self.put(private(collection)?, key, value.into())
    }

    /// Deletes a private value from the state.
    pub fn del_private_data(&self, collection: &str, key: &str) -> HostResult<()> {
        self.write(private(collection)?, key, Change::Delete)
    }

    /// Deletes a private value and every past value of it, on every peer that holds them.
    pub fn purge_private_data(&self, collection: &str, key: &str) -> HostResult<()> {
        self.write(private(collection)?, key, Change::Purge)
    }

    /// Private values of the simple keys in `start..end`; an empty bound is open. Only in a transaction that writes
    /// nothing.
    pub fn get_private_data_by_range(
        &self,
        collection: &str,
        start: &str,
        end: &str,
    ) -> HostResult<StateIterator<'_>> {
        let space = private(collection)?;
        let (start, end) = simple_range(start, end)?;
        self.scan(space, start, end)
    }

    /// Private values whose composite key begins with these parts.
    pub fn get_private_data_by_partial_composite_key<S: AsRef<str>>(
        &self,
        collection: &str,
        object_type: &str,
        attributes: &[S],
    ) -> HostResult<StateIterator<'_>> {
        let space = private(collection)?;
        let (start, end) = partial_range(object_type, attributes)?;
        self.scan(space, &start, &end)
    }

    /// Private values selected by a rich query.
    pub fn get_private_data_query_result(
        &self,
        collection: &str,
        query: &str,
    ) -> HostResult<StateIterator<'_>> {
        self.rich(private(collection)?, query)
    }

    /// Sets the endorsement policy of one private key.
    pub fn set_private_data_validation_parameter(
        &self,
        collection: &str,
        key: &str,
        policy: impl Into<Bytes>,
    ) -> HostResult<()> {
        self.write(
            Space::from_collection(collection),
            key,
            validation_parameter(policy.into()),
        )
    }

    /// The endorsement policy of one private key, if it has its own.
    pub fn get_private_data_validation_parameter(
        &self,
        collection: &str,
        key: &str,
    ) -> HostResult<Option<Bytes>> {
        self.validation_parameter(Space::from_collection(collection), key)
    }
}

fn private(collection: &str) -> HostResult<Space<'_>> {
    if collection.is_empty() {
        return Err(HostError::verbatim(
            "collection must not be an empty string",
        ));
    }
    Ok(Space::Private(collection))
}
