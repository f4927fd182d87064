use super::{Result, SimulationError, Simulator};
use crate::VersionedValue;
use crate::store::decode_metadata;
use bytes::Bytes;
use selvedge_interface::MetadataEntry;

impl Simulator {
    /// Fails when this peer's private value is not the one the ledger's hash names.
    pub fn get_private(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Option<Bytes>> {
        self.check_collection(namespace, collection)?;
        self.check_open()?;
        self.check_key(key)?;
        let found = self.snapshot.private(namespace, collection, key)?;
        let version = found.as_ref().map(|found| found.version);
        let public = self
            .snapshot
            .private_hash(namespace, collection, key)?
            .map(|hash| hash.version);
        if public != version {
            return Err(SimulationError::StalePrivateData {
                public,
                private: version,
            });
        }
        self.builder
            .hashed_read(namespace, collection, key, version);
        self.note_private_read(namespace, collection);
        Ok(found.map(|found| self.shown(found.value)))
    }

    /// As Fabric's multi-key read: the version recorded is that of the private value, and nothing compares it with the
    /// hash (core/ledger/kvledger/txmgmt/txmgr/query_executor.go:GetPrivateDataMultipleKeys).
    pub fn get_private_multiple(
        &mut self,
        namespace: &str,
        collection: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Bytes>>> {
        self.check_collection(namespace, collection)?;
        self.check_open()?;
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            self.check_key(key)?;
            let found = self.snapshot.private(namespace, collection, key)?;
            self.builder.hashed_read(
                namespace,
                collection,
                key,
                found.as_ref().map(|found| found.version),
            );
            self.note_private_read(namespace, collection);
            values.push(found.map(|found| self.shown(found.value)));
        }
        Ok(values)
    }

    /// SHA-256 of the value; needs no private data on this peer.
    pub fn get_private_hash(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Option<Bytes>> {
        Ok(self
            .read_hash(namespace, collection, key)?
            .map(|found| found.value))
    }

    pub fn get_private_metadata(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Vec<MetadataEntry>> {
        let found = self.read_hash(namespace, collection, key)?;
        Ok(found
            .map(|found| decode_metadata(&found.metadata))
            .transpose()?
            .unwrap_or_default())
    }

    /// An empty value deletes.
    pub fn put_private(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        value: Bytes,
    ) -> Result<()> {
        self.check_collection(namespace, collection)?;
        self.before_write(key, &value)?;
        self.builder
            .private_write(namespace, collection, key, value);
        Ok(())
    }

    pub fn delete_private(&mut self, namespace: &str, collection: &str, key: &str) -> Result<()> {
        self.put_private(namespace, collection, key, Bytes::new())
    }

    /// Deletes the key, and on commit every older private value of it.
    pub fn purge_private(&mut self, namespace: &str, collection: &str, key: &str) -> Result<()> {
        self.check_collection(namespace, collection)?;
        self.before_write(key, &[])?;
        self.builder.purge(namespace, collection, key);
        Ok(())
    }

    pub fn put_private_metadata(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        entries: Vec<MetadataEntry>,
    ) -> Result<()> {
        self.check_collection(namespace, collection)?;
        self.before_write(key, &[])?;
        self.builder
            .private_metadata_write(namespace, collection, key, entries);
        Ok(())
    }

    fn read_hash(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Option<VersionedValue>> {
        self.check_collection(namespace, collection)?;
        self.check_open()?;
        let found = self.snapshot.private_hash(namespace, collection, key)?;
        self.builder.hashed_read(
            namespace,
            collection,
            key,
            found.as_ref().map(|found| found.version),
        );
        Ok(found)
    }

    fn note_private_read(&mut self, namespace: &str, collection: &str) {
        self.private_reads
            .insert((namespace.to_owned(), collection.to_owned()));
    }
}
